// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_card.h"

#include "ui/session/session.h"
#include "ui/sunburst/sunburst_legend.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFontMetricsF>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

namespace sunflop {

namespace {

constexpr int spacing = 10;

} // namespace

SunburstCard::SunburstCard(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_title(new QLabel(this)), m_folds(new QCheckBox(this)),
      m_ringsName(new QLabel(tr("Rings"), this)), m_rings(new QSpinBox(this)), m_colours(new QComboBox(this)),
      m_sunburst(new SunburstWidget(session, this)), m_legend(new SunburstLegend(session, this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 10, 14, 12);
    column->setSpacing(6);
    column->addWidget(makeHead());
    column->addWidget(m_sunburst, 1);
    column->addWidget(m_legend);
    follow();
    showLens();
}

QWidget* SunburstCard::makeHead()
{
    auto* head = new QWidget(this);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing);
    m_title->setProperty("tone", QStringLiteral("heading"));
    m_title->setMinimumWidth(0);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_folds->setText(tr("Fold repeats"));
    m_folds->setToolTip(tr("Equal layers are one row of the table, and one slice with a tick for each"));
    m_rings->setRange(1, Lens::mostRings);
    m_rings->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_rings->setAlignment(Qt::AlignCenter);
    m_rings->setFixedWidth(38);
    m_rings->setAccessibleName(tr("Rings"));
    m_rings->setToolTip(tr("Most rings that are drawn; turn the wheel over the sunburst"));
    m_ringsName->setBuddy(m_rings);
    m_ringsName->setProperty("tone", QStringLiteral("dim"));
    m_colours->addItem(tr("Colour: role"), int(ColourBy::Role));
    m_colours->addItem(tr("Colour: branch"), int(ColourBy::Branch));
    m_colours->addItem(tr("Colour: depth"), int(ColourBy::Depth));
    m_colours->addItem(tr("Colour: intensity"), int(ColourBy::Intensity));
    m_colours->setAccessibleName(tr("Colour of slices"));
    m_colours->setToolTip(
        tr("What the colours tell; intensity is FLOPs per byte that operators read and write"));
    row->addWidget(m_title, 1);
    row->addWidget(m_folds);
    row->addWidget(m_ringsName);
    row->addWidget(m_rings);
    row->addWidget(m_colours);
    return head;
}

void SunburstCard::follow()
{
    Lens& lens = m_session.lens();
    connect(&lens, &Lens::measureChanged, this, &SunburstCard::showLens);
    connect(&lens, &Lens::pictureChanged, this, &SunburstCard::showLens);
    connect(m_folds, &QCheckBox::toggled, this, [&lens](bool on) { lens.setFoldsRepeats(on); });
    connect(m_rings, &QSpinBox::valueChanged, this, [&lens](int rings) { lens.setRings(rings); });
    connect(m_colours, &QComboBox::activated, this, [this, &lens](int index) {
        lens.setColourBy(static_cast<ColourBy>(m_colours->itemData(index).toInt()));
    });
    // Pictures are made while painting; a legend must not change its height then.
    connect(m_sunburst, &SunburstWidget::ringsChanged, m_legend, &SunburstLegend::setRings,
            Qt::QueuedConnection);
}

void SunburstCard::showLens()
{
    const Lens& lens = m_session.lens();
    m_folds->setChecked(lens.foldsRepeats());
    const QSignalBlocker blocker(m_rings);
    m_rings->setValue(lens.rings());
    m_colours->setCurrentIndex(m_colours->findData(int(lens.colourBy())));
    fit();
}

void SunburstCard::fit()
{
    const Measure& measure = m_session.lens().measure();
    m_title->ensurePolished();
    const auto titleWidth = [this](const QString& title) {
        return m_title->fontMetrics().horizontalAdvance(title) + 2;
    };
    const QMargins margins = layout()->contentsMargins();
    const int room = width() - margins.left() - margins.right() - m_colours->sizeHint().width() - spacing;
    const int folds = m_folds->sizeHint().width() + spacing;
    const int rings = m_ringsName->sizeHint().width() + m_rings->sizeHint().width() + 2 * spacing;
    // The best title that leaves room for the switch, which goes last.
    QString title = sunburstTitle(measure);
    for (const QString& shorter : {text::title(measure), text::shortTitle(measure)})
        if (titleWidth(title) + folds > room)
            title = shorter;
    const int needed = titleWidth(title) + folds;
    m_title->setText(title);
    m_title->setToolTip(sunburstTitle(measure));
    m_folds->setVisible(needed <= room);
    m_ringsName->setVisible(needed + rings <= room);
    m_rings->setVisible(needed + rings <= room);
}

void SunburstCard::resizeEvent(QResizeEvent* event)
{
    fit();
    QWidget::resizeEvent(event);
}

void paintSunburst(const Session& session, QPainter& painter, const QRectF& area)
{
    if (!session.hasModel())
        return;
    const Lens& lens = session.lens();
    const Theme& theme = lens.theme();
    const QFont font = painter.font();
    QFont heading = font;
    heading.setWeight(QFont::DemiBold);
    const double line = QFontMetricsF(font, painter.device()).height() * 1.3;
    const QFont small = scaled(font, 12.0 / 13);
    const std::int32_t root = session.focus().root();

    painter.save();
    painter.setFont(heading);
    painter.setPen(theme.text);
    painter.drawText(QRectF(area.left(), area.top(), area.width(), line), Qt::AlignLeft | Qt::AlignVCenter,
                     sunburstTitle(lens.measure()));

    const QStringList notes = sunburstNotes(session.run(), lens.measure(), root).mid(0, 2);
    Legend legend = legendOf(session.run(), lens.measure(), theme, lens.colourBy(), root, Lens::mostRings);
    const double below = legendHeight(legend, area.width(), small, painter.device()) + 0.5 * line;
    const QRectF space = area.adjusted(0, 1.4 * line, 0, -below - static_cast<double>(notes.size()) * line);
    const SunburstPainter picture({.run = session.sharedRun(),
                                   .measure = &lens.measure(),
                                   .root = root,
                                   .rings = lens.rings(),
                                   .foldsRepeats = lens.foldsRepeats()},
                                  {.theme = &theme,
                                   .font = font,
                                   .colourBy = lens.colourBy(),
                                   .showsLabels = lens.showsLabels(),
                                   .device = painter.device()},
                                  space);
    picture.paint(painter);

    QRectF strip(area.left(), space.bottom() + 0.25 * line, area.width(), line);
    painter.setFont(small);
    painter.setPen(theme.dim);
    for (const QString& note : notes) {
        painter.drawText(strip, Qt::AlignCenter, note);
        strip.translate(0, line);
    }
    if (lens.colourBy() == ColourBy::Depth)
        legend =
            legendOf(session.run(), lens.measure(), theme, ColourBy::Depth, root, picture.layout().rings());
    paintLegend(painter, legend, {strip.left(), area.bottom() - below + 0.5 * line, area.width(), below},
                theme, small);
    painter.restore();
}

} // namespace sunflop
