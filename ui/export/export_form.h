// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The choices of the Export dialog.

#include "ui/export/export_job.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;

namespace sunflop {

/// Shows settings and lets the user change them; what means nothing for the subject is hidden.
class ExportForm : public QWidget {
    Q_OBJECT
public:
    /// `subjects` outlive it.
    explicit ExportForm(const std::vector<ExportSubject>& subjects, QWidget* parent = nullptr);

    const std::vector<ExportSubject>& subjects() const { return m_subjects; }
    const ExportSubject& subject() const;
    /// All but folder and pattern.
    ExportSettings settings() const;
    void setSettings(const ExportSettings& settings);

Q_SIGNALS:
    void changed(); ///< by the user

private:
    QComboBox* box(const QString& name, const QString& help);
    QDoubleSpinBox* number(const QString& name, double least, double most, const QString& suffix);
    QCheckBox* check(const QString& name, const QString& help);
    void fillBoxes();
    void build();
    void follow();
    void takePreset();
    void takePalette();
    void fit();
    void tell();

    const std::vector<ExportSubject>& m_subjects;
    QFormLayout* m_rows;
    QComboBox* m_subject;
    QComboBox* m_format;
    QComboBox* m_preset;
    QDoubleSpinBox* m_width;
    QDoubleSpinBox* m_height;
    QDoubleSpinBox* m_points;
    QDoubleSpinBox* m_dots;
    QComboBox* m_font;
    QComboBox* m_palette;
    QCheckBox* m_hatches;
    QCheckBox* m_straight;
    QCheckBox* m_title;
    QCheckBox* m_legend;
    QCheckBox* m_caption;
    QCheckBox* m_transparent;
    QCheckBox* m_dark;
    QList<QWidget*> m_ofFigures; ///< what data and the window do not need
    bool m_isTelling = true;
};

} // namespace sunflop
