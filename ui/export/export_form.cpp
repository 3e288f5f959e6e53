// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_form.h"

#include "ui/text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QScopedValueRollback>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop {

namespace {

constexpr std::array fileFormats{FileFormat::Pdf, FileFormat::Svg, FileFormat::Png};

template<typename Entry>
void select(QComboBox& box, std::span<const Entry> entries, const Entry& entry)
{
    box.setCurrentIndex(static_cast<int>(&entry - entries.data()));
}

/// What differs from the preset's own value.
std::optional<double> chosen(const QDoubleSpinBox& box, double usual)
{
    return std::abs(box.value() - usual) < 0.05 ? std::nullopt : std::optional(box.value());
}

} // namespace

ExportForm::ExportForm(const std::vector<ExportSubject>& subjects, QWidget* parent)
    : QWidget(parent), m_subjects(subjects), m_rows(new QFormLayout(this)),
      m_subject(box(tr("What"), tr("A view as it stands, the window, or its figures as data"))),
      m_format(box(tr("Format"), tr("PDF and SVG are drawings, PNG is dots"))),
      m_preset(box(tr("For"), tr("Where the figure will stand: its width and the size of its text"))),
      m_width(number(tr("Width"), narrowestFigure, widestFigure, tr(" mm"))),
      m_height(number(tr("Height"), 0, widestFigure, tr(" mm"))),
      m_points(number(tr("Text"), smallestFont, largestFont, tr(" pt"))),
      m_dots(number(tr("Resolution"), fewestDots, mostDots, tr(" dpi"))),
      m_font(box(tr("Font"), tr("The family of all text"))),
      m_palette(box(tr("Palette"), tr("Colours of roles"))),
      m_hatches(check(tr("Hatches"), tr("Lines on every role, for print without colour"))),
      m_straight(check(tr("Straight labels"), tr("No text along arcs, so that all of it can be selected"))),
      m_title(check(tr("Title"), tr("The headline above the figure"))),
      m_legend(check(tr("Legend"), tr("What colours mean"))),
      m_caption(check(tr("Caption"), tr("Model, convention, inputs that are set and version"))),
      m_transparent(check(tr("Transparent ground"), tr("Nothing behind the figure"))),
      m_dark(check(tr("Dark"), tr("Dark ground, for screens")))
{
    m_height->setSpecialValueText(tr("as needed"));
    m_dots->setDecimals(0);
    m_ofFigures = {m_format,   m_preset, m_width,  m_height,  m_points,      m_font, m_palette, m_hatches,
                   m_straight, m_title,  m_legend, m_caption, m_transparent, m_dark, m_dots};
    fillBoxes();
    build();
    setSettings({});
    follow();
}

void ExportForm::follow()
{
    connect(m_preset, &QComboBox::activated, this, &ExportForm::takePreset);
    connect(m_palette, &QComboBox::activated, this, &ExportForm::takePalette);
    for (QComboBox* each : {m_subject, m_format, m_preset, m_font, m_palette})
        connect(each, &QComboBox::currentIndexChanged, this, &ExportForm::tell);
    for (QDoubleSpinBox* each : {m_width, m_height, m_points, m_dots})
        connect(each, &QDoubleSpinBox::valueChanged, this, &ExportForm::tell);
    for (QCheckBox* each : {m_hatches, m_straight, m_title, m_legend, m_caption, m_transparent, m_dark})
        connect(each, &QCheckBox::toggled, this, &ExportForm::tell);
}

QComboBox* ExportForm::box(const QString& name, const QString& help)
{
    auto* box = new QComboBox(this);
    box->setAccessibleName(name);
    box->setToolTip(help);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(14);
    return box;
}

QDoubleSpinBox* ExportForm::number(const QString& name, double least, double most, const QString& suffix)
{
    auto* box = new QDoubleSpinBox(this);
    box->setAccessibleName(name);
    box->setRange(least, most);
    box->setDecimals(1);
    box->setSuffix(suffix);
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setKeyboardTracking(false);
    return box;
}

QCheckBox* ExportForm::check(const QString& name, const QString& help)
{
    auto* box = new QCheckBox(name, this);
    box->setToolTip(help);
    return box;
}

void ExportForm::fillBoxes()
{
    for (const ExportSubject& subject : m_subjects)
        m_subject->addItem(subject.title);
    for (const FileFormat format : fileFormats)
        m_format->addItem(extensionOf(format).toUpper());
    for (const FigurePreset& preset : figurePresets())
        m_preset->addItem(preset.title());
    for (const Palette& palette : palettes())
        m_palette->addItem(palette.title());
    for (const QString& name : FigureStyle::fontFamilies())
        if (const auto family = fontFamilyNamed(name); family && m_font->findText(*family) < 0)
            m_font->addItem(*family);
}

void ExportForm::build()
{
    m_rows->setContentsMargins(0, 0, 8, 0);
    m_rows->setVerticalSpacing(7);
    m_rows->setRowWrapPolicy(QFormLayout::DontWrapRows);
    m_rows->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    for (QWidget* field : std::initializer_list<QWidget*>{m_subject, m_format, m_preset, m_width, m_height,
                                                          m_points, m_dots, m_font, m_palette})
        m_rows->addRow(field->accessibleName(), field);
    for (QWidget* field : std::initializer_list<QWidget*>{m_hatches, m_straight, m_title, m_legend, m_caption,
                                                          m_transparent, m_dark})
        m_rows->addRow(QString(), field);
}

const ExportSubject& ExportForm::subject() const
{
    return m_subjects[static_cast<std::size_t>(std::max(0, m_subject->currentIndex()))];
}

ExportSettings ExportForm::settings() const
{
    ExportSettings settings;
    settings.subject = subject().id;
    settings.format = fileFormats[static_cast<std::size_t>(m_format->currentIndex())];
    FigureStyle& style = settings.style;
    style.preset = &figurePresets()[static_cast<std::size_t>(m_preset->currentIndex())];
    style.palette = &palettes()[static_cast<std::size_t>(m_palette->currentIndex())];
    style.widthMillimetres = chosen(*m_width, style.preset->widthMillimetres);
    style.heightMillimetres = chosen(*m_height, style.preset->heightMillimetres);
    style.fontPoints = chosen(*m_points, style.preset->fontPoints);
    style.dotsPerInch = chosen(*m_dots, style.preset->dotsPerInch);
    style.fontFamily = m_font->currentText();
    if (m_hatches->isChecked() != !style.palette->isApartByColour)
        style.hatches = m_hatches->isChecked();
    style.hasStraightLabels = m_straight->isChecked();
    style.hasTitle = m_title->isChecked();
    style.hasLegend = m_legend->isChecked();
    style.hasCaption = m_caption->isChecked();
    style.isTransparent = m_transparent->isChecked();
    style.isDark = m_dark->isChecked();
    return settings;
}

void ExportForm::setSettings(const ExportSettings& settings)
{
    const QScopedValueRollback quiet(m_isTelling, false);
    const FigureStyle& style = settings.style;
    const auto subject = std::ranges::find(m_subjects, settings.subject, &ExportSubject::id);
    m_subject->setCurrentIndex(subject == m_subjects.end() ? 0
                                                           : static_cast<int>(subject - m_subjects.begin()));
    m_format->setCurrentIndex(
        static_cast<int>(std::ranges::find(fileFormats, settings.format) - fileFormats.begin()));
    select(*m_preset, figurePresets(), *style.preset);
    select(*m_palette, palettes(), *style.palette);
    m_width->setValue(style.width());
    m_height->setValue(style.height());
    m_points->setValue(style.points());
    m_dots->setValue(style.resolution());
    m_font->setCurrentIndex(std::max(0, m_font->findText(style.fontFamily)));
    m_hatches->setChecked(style.hasHatches());
    m_straight->setChecked(style.hasStraightLabels);
    m_title->setChecked(style.hasTitle);
    m_legend->setChecked(style.hasLegend);
    m_caption->setChecked(style.hasCaption);
    m_transparent->setChecked(style.isTransparent);
    m_dark->setChecked(style.isDark);
    fit();
}

/// Another preset brings its own sizes.
void ExportForm::takePreset()
{
    {
        const QScopedValueRollback quiet(m_isTelling, false);
        const FigurePreset& preset = figurePresets()[static_cast<std::size_t>(m_preset->currentIndex())];
        m_width->setValue(preset.widthMillimetres);
        m_height->setValue(preset.heightMillimetres);
        m_points->setValue(preset.fontPoints);
        m_dots->setValue(preset.dotsPerInch);
    }
    tell();
}

/// Another palette brings hatches where it needs them.
void ExportForm::takePalette()
{
    m_hatches->setChecked(!palettes()[static_cast<std::size_t>(m_palette->currentIndex())].isApartByColour);
}

void ExportForm::fit()
{
    const ExportSubject::Kind kind = subject().kind;
    const bool isFigure = kind == ExportSubject::Kind::Figure || kind == ExportSubject::Kind::Everything;
    const auto show = [this](QWidget* field, bool isShown) {
        field->setVisible(isShown);
        if (QWidget* label = m_rows->labelForField(field))
            label->setVisible(isShown);
    };
    for (QWidget* field : m_ofFigures)
        show(field, isFigure);
    show(m_dots,
         isFigure && fileFormats[static_cast<std::size_t>(m_format->currentIndex())] == FileFormat::Png);
    show(m_dark,
         isFigure && figurePresets()[static_cast<std::size_t>(m_preset->currentIndex())].isForScreens);
    const bool isSunburst =
        !isFigure || kind == ExportSubject::Kind::Everything || subject().figure.hasSunburst;
    show(m_straight, isFigure && isSunburst);
    show(m_hatches, isFigure && isSunburst);
}

void ExportForm::tell()
{
    if (!m_isTelling)
        return;
    fit();
    Q_EMIT changed();
}

} // namespace sunflop
