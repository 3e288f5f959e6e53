// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The Export dialog: what, how it looks, where to.

#include "ui/export/export_job.h"
#include "ui/session/session.h"

#include <QDialog>

#include <functional>

class QLabel;
class QLineEdit;
class QPushButton;
class QTimer;

namespace sunflop {

class Banner;
class ExportForm;
class ExportPreview;
class Preferences;

/// Exports what is shown as it is now. Remembers its settings. Overwrites nothing unless it is told to
/// twice; what goes wrong is said in a banner.
class ExportDialog : public QDialog {
    Q_OBJECT
public:
    /// `view` is the id of the view to begin with, empty: the last one. `grabWindow` paints the window.
    ExportDialog(const Session& session, Preferences& preferences, const QString& view,
                 std::function<QImage()> grabWindow, QWidget* parent = nullptr);
    /// Of two models, with the rows that `rows` tells. Requires rows.
    ExportDialog(const CompareSession& session, const std::function<std::vector<ShownRow>()>& rows,
                 Preferences& preferences, const QString& view, std::function<QImage()> grabWindow,
                 QWidget* parent = nullptr);

    ExportForm& form() { return *m_form; }
    ExportPreview& preview() { return *m_preview; }
    ExportSettings settings() const;
    /// Paths that Save writes.
    QStringList paths() const;
    void save();
    void copy();
    /// Brings the preview up to date.
    void settle();

protected:
    void done(int result) override;
    void showEvent(QShowEvent* event) override;

private:
    ExportDialog(ExportSource source, Preferences& preferences, const QString& view,
                 std::function<QImage()> grabWindow, QWidget* parent);
    QLayout* buildPanes();
    QWidget* buildPlace();
    QWidget* buildButtons();
    void restore(const QString& view);
    void follow();
    void changed(bool isThere);
    void browse();
    void refresh();
    void showNames();
    void askAgain(bool isAsking);

    ExportSource m_source;
    Preferences& m_preferences;
    std::function<QImage()> m_grabWindow;
    ExportForm* m_form;
    ExportPreview* m_preview;
    Banner* m_banner;
    QLabel* m_size;
    QLineEdit* m_folder;
    QLineEdit* m_pattern;
    QLabel* m_name;
    QPushButton* m_save;
    QPushButton* m_copy;
    QTimer* m_frame;
    bool m_isOverwriting = false; ///< the user was told that files are there
};

} // namespace sunflop
