// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sunburst/sunburst_widget.h"

#include "ui/sunburst/hover_card.h"
#include "ui/sunburst/sunburst_accessible.h"

#include <QEvent>
#include <QFontMetricsF>
#include <QPainter>
#include <QStyle>
#include <QVariantAnimation>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sunflop {

namespace {

constexpr int zoomMilliseconds = 180;
constexpr int mostMovingSlices = 800;
constexpr double margin = 6;
constexpr int mostNotes = 2;

} // namespace

SunburstWidget::SunburstWidget(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_zoom(new QVariantAnimation(this))
{
    installSunburstAccessibility();
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Sunburst"));
    m_zoom->setStartValue(0.0);
    m_zoom->setEndValue(1.0);
    m_zoom->setDuration(zoomMilliseconds);
    m_zoom->setEasingCurve(QEasingCurve::InOutCubic);
    connect(m_zoom, &QVariantAnimation::valueChanged, this, qOverload<>(&QWidget::update));
    connect(m_zoom, &QVariantAnimation::finished, this, &SunburstWidget::stopZoom);
    follow();
}

SunburstWidget::~SunburstWidget() = default;

void SunburstWidget::follow()
{
    const Focus& focus = m_session.focus();
    const Lens& lens = m_session.lens();
    connect(&m_session, &Session::modelChanged, this, &SunburstWidget::forget);
    connect(&m_session, &Session::figuresChanged, this, &SunburstWidget::outdate);
    connect(&focus, &Focus::rootChanged, this, &SunburstWidget::rootChanged);
    connect(&focus, &Focus::selectedChanged, this, &SunburstWidget::selectedChanged);
    connect(&focus, &Focus::hoveredChanged, this, qOverload<>(&QWidget::update));
    connect(&lens, &Lens::measureChanged, this, &SunburstWidget::outdate);
    connect(&lens, &Lens::pictureChanged, this, &SunburstWidget::outdate);
    connect(&lens, &Lens::themeChanged, this, &SunburstWidget::outdate);
    connect(&m_session.finder(), &Finder::changed, this, &SunburstWidget::redraw);
}

void SunburstWidget::forget()
{
    m_current = -1;
    m_hovered = -1;
    outdate();
}

void SunburstWidget::outdate()
{
    m_isOutdated = true;
    stopZoom();
    redraw();
}

void SunburstWidget::redraw()
{
    m_isStillValid = false;
    update();
}

void SunburstWidget::rootChanged()
{
    const bool isMovable = m_picture && !m_isOutdated && m_session.hasModel() && isVisible();
    auto before = isMovable ? std::move(m_picture) : nullptr;
    outdate();
    m_current = -1;
    if (before)
        startZoom(std::move(before));
}

void SunburstWidget::selectedChanged(std::int32_t node)
{
    // Picking a part of a module, or one member of a run, has selected the module: stay there.
    if (m_isOutdated || m_current < 0 || nodeOf(m_picture->layout().slice(m_current)) != node ||
        (m_picture->layout().slice(m_current).kind == Slice::Kind::Own) !=
            m_session.focus().selectedOwn().has_value())
        m_current = -1;
    update();
}

const SunburstPainter* SunburstWidget::picture()
{
    if (m_isOutdated)
        rebuild();
    return m_picture.get();
}

const QStringList& SunburstWidget::notes()
{
    picture();
    return m_notes;
}

void SunburstWidget::rebuild()
{
    m_isOutdated = false;
    const int rings = m_picture ? m_picture->layout().rings() : 0;
    const int count = m_picture ? m_picture->layout().count() : 0;
    m_picture.reset();
    m_notes.clear();
    if (!m_session.hasModel())
        return;
    const Lens& lens = m_session.lens();
    m_notes = sunburstNotes(m_session.run(), lens.measure(), m_session.focus().root());
    m_picture = makePicture();
    setAccessibleDescription(m_notes.join(QStringLiteral(". ")));
    if (m_current >= m_picture->layout().count() || m_picture->layout().count() != count)
        m_current = -1;
    m_hovered = underMouse() ? m_picture->layout().sliceAt(m_pointer) : -1;
    if (m_picture->layout().rings() != rings)
        Q_EMIT ringsChanged(m_picture->layout().rings());
    tellAccessibility(this);
}

std::unique_ptr<SunburstPainter> SunburstWidget::makePicture()
{
    const Lens& lens = m_session.lens();
    return std::make_unique<SunburstPainter>(SunburstPainter::Subject{.run = m_session.sharedRun(),
                                                                      .measure = &lens.measure(),
                                                                      .root = m_session.focus().root(),
                                                                      .rings = lens.rings(),
                                                                      .foldsRepeats = lens.foldsRepeats(),
                                                                      .branches = m_branches},
                                             SunburstStyle{.theme = &lens.theme(),
                                                           .font = font(),
                                                           .colourBy = lens.colourBy(),
                                                           .showsLabels = lens.showsLabels(),
                                                           .device = this},
                                             pictureArea());
}

QRectF SunburstWidget::pictureArea() const
{
    const auto lines = static_cast<double>(std::min<qsizetype>(mostNotes, m_notes.size()));
    const double strip = lines * (QFontMetricsF(font()).height() + 2);
    const QRectF room = QRectF(rect()).adjusted(margin, margin, -margin, -margin - strip);
    const double side = m_radiusShare * std::min(room.width(), room.height());
    return m_radiusShare < 1 ? QRectF(room.center() - QPointF(side, side) / 2, QSizeF(side, side)) : room;
}

void SunburstWidget::setBranchColours(BranchColours branches)
{
    if (m_branches == branches)
        return;
    m_branches = std::move(branches);
    outdate();
}

void SunburstWidget::setRadiusShare(double share)
{
    if (std::exchange(m_radiusShare, share) != share)
        outdate();
}

bool SunburstWidget::isZooming() const
{
    return m_zoom->state() != QAbstractAnimation::Stopped;
}

void SunburstWidget::startZoom(std::unique_ptr<SunburstPainter> before)
{
    const bool moves = m_session.lens().animates() &&
                       style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) > 0;
    if (!moves)
        return;
    const CostTree& costs = m_session.run().costs;
    const SunburstLayout& now = picture()->layout();
    const int count = std::max(before->layout().count(), now.count());
    const int inside =
        m_entered >= 0 ? m_entered : before->layout().sliceOf(m_picture->subject().root, costs);
    m_zoomsIn = inside >= 0;
    m_through = m_zoomsIn ? inside : now.sliceOf(before->subject().root, costs);
    if (count > mostMovingSlices || m_through < 0)
        return;
    m_before = std::move(before);
    m_zoom->start();
}

void SunburstWidget::stopZoom()
{
    m_zoom->stop();
    m_before.reset();
    update();
}

std::vector<bool> SunburstWidget::dimmedBySearch() const
{
    const Finder& finder = m_session.finder();
    if (!finder.isActive())
        return {};
    const Run& run = m_session.run();
    const CostTree& costs = run.costs;
    std::vector<bool> dimmed;
    for (const Slice& slice : m_picture->layout().slices()) {
        bool isMatch = false;
        if (slice.kind == Slice::Kind::Module)
            for (auto node = slice.last; !isMatch && node >= slice.node;
                 node = costs.nodes[static_cast<std::size_t>(node)].parent)
                isMatch = finder.isMatch(node);
        if (slice.kind == Slice::Kind::Own)
            isMatch = std::ranges::any_of(costs.ownOf(slice.node),
                                          [&](const OwnPart& part) { return finder.isMatch(run, part); });
        dimmed.push_back(!isMatch);
    }
    return dimmed;
}

bool SunburstWidget::isRelated(int index) const
{
    if (m_hovered >= 0)
        return m_picture->layout().isRelated(index, m_hovered);
    const auto& nodes = m_session.run().costs.nodes;
    const Slice& slice = m_picture->layout().slice(index);
    const std::int32_t node = m_session.focus().hovered();
    const bool isOwn = m_session.focus().hoveredOwn() && m_picture->layout().hasOwnSlice(node);
    const auto holds = [&](std::int32_t outer, std::int32_t inner) {
        return outer <= inner && inner < nodes[static_cast<std::size_t>(outer)].end;
    };
    if (isOwn && slice.kind == Slice::Kind::Own)
        return slice.node == node;
    if (isOwn)
        return slice.kind == Slice::Kind::Module && holds(slice.node, node);
    return slice.kind == Slice::Kind::Module ? holds(node, slice.last) || holds(slice.node, node)
                                             : holds(node, slice.node);
}

bool SunburstWidget::isSelected(int slice) const
{
    const Focus& focus = m_session.focus();
    const CostTree& costs = m_session.run().costs;
    const SunburstLayout& layout = m_picture->layout();
    const Slice& s = layout.slice(slice);
    // A part that is too thin to be seen is marked by its module.
    const bool isShown = s.kind == Slice::Kind::Own
                             ? focus.selectedOwn() && s.node == focus.selected()
                             : shows(s, focus.selected(), costs) &&
                                   !(focus.selectedOwn() && layout.hasOwnSlice(focus.selected()));
    return isShown && (focus.selectedInstance() == Focus::anyInstance ||
                       layout.isOnWay(slice, {focus.selected(), focus.selectedInstance()}, costs,
                                      m_session.outline().unfolding()));
}

std::optional<OwnKey> SunburstWidget::ownOf(int slice) const
{
    const OwnPart* const part = slice < 0 ? nullptr : m_picture->text().ownPart(slice);
    return part != nullptr ? std::optional(part->key()) : std::nullopt;
}

Instance SunburstWidget::rowOf(int slice) const
{
    const Unfolding& unfolding = m_session.outline().unfolding();
    const Instance row = m_picture->layout().rowOf(slice, m_session.run().costs, unfolding);
    return {row.node, unfolding.foldsRepeats() ? Focus::anyInstance : row.number};
}

void SunburstWidget::paintEvent(QPaintEvent*)
{
    if (picture() == nullptr)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (isZooming()) {
        paintZoom(painter);
        return;
    }
    if (!m_isStillValid)
        paintStill();
    painter.drawPixmap(0, 0, m_still);
    if (m_hovered >= 0 || m_session.focus().hovered() > 0)
        paintHover(painter);
    paintMarks(painter);
    if (m_hovered >= 0)
        paintCard(painter, cardOf(*m_picture, m_hovered), m_session.lens().theme(), font(), m_pointer,
                  rect());
}

void SunburstWidget::paintStill()
{
    const QSize pixels = size() * devicePixelRatioF();
    if (m_still.size() != pixels)
        m_still = QPixmap(pixels);
    m_still.setDevicePixelRatio(devicePixelRatioF());
    m_still.fill(Qt::transparent);
    m_isStillValid = true;
    QPainter painter(&m_still);
    m_picture->paint(painter, dimmedBySearch());
    paintNotes(painter);
}

void SunburstWidget::paintHover(QPainter& painter)
{
    // All recede, then what belongs together is painted again: cheaper than painting all.
    const SunburstLayout& layout = m_picture->layout();
    QColor veil = m_session.lens().theme().panel;
    veil.setAlphaF(static_cast<float>(SunburstPainter::dimming));
    QPainterPath ring;
    ring.addEllipse(layout.centre(), layout.radius() + 1, layout.radius() + 1);
    ring.addEllipse(layout.centre(), layout.hole(), layout.hole());
    painter.fillPath(ring, veil);
    for (int i = 0; i < layout.count(); ++i)
        if (isRelated(i))
            m_picture->paintSlice(painter, i, false);
    if (m_hovered >= 0)
        m_picture->paintOutline(painter, m_hovered, m_session.lens().theme().text, 1.8);
}

void SunburstWidget::paintMarks(QPainter& painter)
{
    const Theme& theme = m_session.lens().theme();
    const SunburstLayout& layout = m_picture->layout();
    for (int i = 0; i < layout.count(); ++i)
        if (isSelected(i))
            m_picture->paintOutline(painter, i, theme.text, 2.2);
    if (!hasFocus())
        return;
    if (current() >= 0) {
        m_picture->paintOutline(painter, m_current, theme.panel, 4.5);
        m_picture->paintOutline(painter, m_current, theme.accent, 2.5);
        return;
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.accent, 2 * layout.unit()));
    const double radius = layout.hole() - 3 * layout.unit();
    painter.drawEllipse(layout.centre(), radius, radius);
}

void SunburstWidget::paintZoom(QPainter& painter)
{
    const SunburstPainter& wide = m_zoomsIn ? *m_before : *m_picture;
    const SunburstPainter& narrow = m_zoomsIn ? *m_picture : *m_before;
    const ZoomPath way(wide.layout(), narrow.layout(), m_through);
    const double progress = m_zoom->currentValue().toDouble();
    painter.setPen(Qt::NoPen);
    for (int i = 0; i < wide.layout().count(); ++i) {
        const Arc arc = way.arc(i, m_zoomsIn ? progress : 1 - progress);
        if (arc.middleLength() < 0.5 || arc.outer - arc.inner < 0.5)
            continue;
        painter.setBrush(wide.fill(i));
        painter.drawPath(arcPath(wide.layout().centre(), arc, wide.layout().gap()));
    }
    m_picture->paintCentre(painter);
}

void SunburstWidget::paintNotes(QPainter& painter)
{
    const QFontMetricsF metrics(font());
    painter.setFont(font());
    painter.setPen(m_session.lens().theme().dim);
    double y = pictureArea().bottom() + margin;
    for (const QString& note : m_notes.mid(0, mostNotes)) {
        painter.drawText(QRectF(margin, y, width() - 2 * margin, metrics.height()), Qt::AlignCenter,
                         metrics.elidedText(note, Qt::ElideRight, width() - 2 * margin));
        y += metrics.height() + 2;
    }
}

void SunburstWidget::resizeEvent(QResizeEvent* event)
{
    outdate();
    QWidget::resizeEvent(event);
}

void SunburstWidget::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        outdate();
    QWidget::changeEvent(event);
}

} // namespace sunflop
