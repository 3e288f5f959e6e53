// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_card.h"

#include "ui/session/session.h"
#include "ui/sunburst/sunburst_legend.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/text.h"
#include "ui/widgets/estimate_mark.h"

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
    row->addWidget(new EstimateMark(m_session, this));
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
    const auto* mark = findChild<EstimateMark*>();
    const int marked = mark->isHidden() ? 0 : mark->sizeHint().width() + spacing;
    const int room =
        width() - margins.left() - margins.right() - m_colours->sizeHint().width() - spacing - marked;
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

namespace {

/// What stands around a sunburst, and how high it is.
struct Around {
    QFont small;
    double line = 0;
    double title = 0; ///< height, with the gap below it
    QStringList notes;
    Legend legend;
    double legendHeight = 0; ///< with the gap above it

    Around(const Session& session, const QFont& font, double width, const QPaintDevice* device)
        : small(scaled(font, 12.0 / 13)),
          line((device != nullptr ? QFontMetricsF(font, device) : QFontMetricsF(font)).height() * 1.3)
    {
        const Lens& lens = session.lens();
        const std::int32_t root = session.focus().root();
        title = lens.figureParts().hasTitle ? 1.4 * line : 0;
        notes = sunburstNotes(session.run(), lens.measure(), root).mid(0, 2);
        if (!lens.figureParts().hasLegend)
            return;
        legend =
            legendOf(session.run(), lens.measure(), lens.theme(), lens.colourBy(), root, Lens::mostRings);
        legendHeight = sunflop::legendHeight(legend, width, small, device) + 0.5 * line;
    }
    double below() const { return legendHeight + static_cast<double>(notes.size()) * line; }
};

void paintTitle(QPainter& painter, const QRectF& area, const Lens& lens, double line)
{
    QFont heading = painter.font();
    heading.setWeight(QFont::DemiBold);
    painter.setFont(heading);
    painter.setPen(lens.theme().text);
    painter.drawText(QRectF(area.left(), area.top(), area.width(), line), Qt::AlignLeft | Qt::AlignVCenter,
                     sunburstTitle(lens.measure()));
}

/// A line each, from `strip` downwards.
void paintNotes(QPainter& painter, QRectF strip, const Around& around, const Theme& theme)
{
    painter.setFont(around.small);
    painter.setPen(theme.dim);
    const QFontMetricsF metrics(around.small, painter.device());
    for (const QString& note : around.notes) {
        painter.drawText(strip, Qt::AlignCenter, metrics.elidedText(note, Qt::ElideMiddle, strip.width()));
        strip.translate(0, around.line);
    }
}

} // namespace

double sunburstHeight(const Session& session, const QFont& font, double width)
{
    if (!session.hasModel())
        return width;
    const Around around(session, font, width, nullptr);
    return around.title + width + around.below();
}

void paintSunburst(const Session& session, QPainter& painter, const QRectF& area)
{
    if (!session.hasModel())
        return;
    const Lens& lens = session.lens();
    const Theme& theme = lens.theme();
    const QFont font = painter.font();
    Around around(session, font, area.width(), painter.device());

    painter.save();
    if (lens.figureParts().hasTitle)
        paintTitle(painter, area, lens, around.line);
    const QRectF space = area.adjusted(0, around.title, 0, -around.below());
    const SunburstPainter picture({.run = session.sharedRun(),
                                   .measure = &lens.measure(),
                                   .root = session.focus().root(),
                                   .rings = lens.rings(),
                                   .foldsRepeats = lens.foldsRepeats()},
                                  {.theme = &theme,
                                   .font = font,
                                   .colourBy = lens.colourBy(),
                                   .showsLabels = lens.showsLabels(),
                                   .hasStraightLabels = lens.figureParts().hasStraightLabels,
                                   .device = painter.device()},
                                  space);
    picture.paint(painter);

    paintNotes(painter, {area.left(), space.bottom() + 0.25 * around.line, area.width(), around.line}, around,
               theme);
    if (lens.colourBy() == ColourBy::Depth && lens.figureParts().hasLegend)
        around.legend = legendOf(session.run(), lens.measure(), theme, ColourBy::Depth,
                                 session.focus().root(), picture.layout().rings());
    const double top = area.bottom() - around.legendHeight + 0.5 * around.line;
    if (lens.figureParts().hasLegend)
        paintLegend(painter, around.legend, {area.left(), top, area.width(), around.legendHeight}, theme,
                    around.small);
    painter.restore();
}

} // namespace sunflop
