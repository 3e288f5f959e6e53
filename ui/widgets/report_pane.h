// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The report tab: what an exporter writes of the present run, to read, copy or save.

#include "core/exporters/exporter.h"
#include "ui/session/session.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QPlainTextEdit;

namespace sunflop {

/// Writes only while it is seen: long models make long reports.
class ReportPane : public QWidget {
    Q_OBJECT
public:
    ReportPane(Session& session, QWidget* parent);

    QString text() const;
    void setExporter(const Exporter& exporter); ///< an entry of exporters()
    void setMemoryShown(bool isShown);          ///< bytes and seconds in tables for people
    /// Writes the text to a file; the reason if that fails.
    Result<void> saveTo(const QString& path) const;

protected:
    void showEvent(QShowEvent* event) override;

private:
    const Exporter& exporter() const;
    void refresh();
    void outdate();
    void copy() const;
    void save();

    Session& m_session;
    QComboBox* m_exporterBox;
    QCheckBox* m_memoryBox;
    QPlainTextEdit* m_text;
    bool m_isOutdated = true;
};

} // namespace sunflop
