// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/timeline_view.h"

#include "ui/charts/chart_host.h"
#include "ui/text.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPushButton>

namespace sunflop {

namespace {

constexpr int listWidth = 208;
/// In a narrower tab the chart needs the room more than the list does.
constexpr int roomyWidth = 560;

} // namespace

TimelineView::TimelineView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_chart(new TimelineChart), m_view(chartView(m_chart, this)),
      m_list(makeOwners())
{
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->viewport()->installEventFilter(this);
    m_view->setToolTip({});
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 6);
    layout->setSpacing(12);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_list);

    connect(&session, &Session::modelChanged, this, &TimelineView::refresh);
    connect(&session, &Session::figuresChanged, this, &TimelineView::refresh);
    connect(&session, &Session::moveEnded, this, &TimelineView::refresh);
    connect(&session.lens(), &Lens::themeChanged, this, &TimelineView::restyle);
    restyle();
}

QWidget* TimelineView::makeOwners()
{
    auto* list = new QWidget(this);
    list->setFixedWidth(listWidth);
    list->setAccessibleName(tr("What holds most at the peak"));
    auto* layout = new QVBoxLayout(list);
    layout->setContentsMargins(0, 2, 0, 0);
    layout->setSpacing(6);
    m_listTitle = new QLabel(list);
    m_listTitle->setProperty("tone", QStringLiteral("section"));
    m_listTitle->setWordWrap(true);
    layout->addWidget(m_listTitle);
    for (std::size_t i = 0; i < mostOwners; ++i) {
        m_owners[i] = new QPushButton(list);
        m_owners[i]->setProperty("tone", QStringLiteral("note"));
        m_owners[i]->setCursor(Qt::PointingHandCursor);
        layout->addWidget(m_owners[i]);
        connect(m_owners[i], &QPushButton::clicked, this, [this, i] {
            const auto& owners = m_session.run().memory.owners;
            if (i < owners.size())
                m_session.focus().select(owners[i].module);
        });
    }
    layout->addStretch(1);
    return list;
}

void TimelineView::restyle()
{
    m_chart->setTheme(m_session.lens().theme());
}

void TimelineView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void TimelineView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_list->setVisible(width() >= roomyWidth);
}

void TimelineView::refresh()
{
    if (!isVisible() || !m_session.hasModel() || m_session.isBusyMoving())
        return;
    m_chart->show(m_session.sharedRun());
    m_view->setAccessibleName(m_chart->description());
    showOwners();
}

void TimelineView::showOwners()
{
    const Run& run = m_session.run();
    const auto& owners = run.memory.owners;
    m_listTitle->setText(owners.empty() ? tr("NO ACTIVATIONS AT THE PEAK")
                                        : tr("MOST ACTIVATIONS AT THE PEAK"));
    for (std::size_t i = 0; i < mostOwners; ++i) {
        QPushButton& button = *m_owners[i];
        button.setVisible(i < owners.size());
        if (i >= owners.size())
            continue;
        button.ensurePolished();
        const QString path = text::path(run, owners[i].module);
        const QString bytes = text::bytes(owners[i].bytes);
        // The end of a path tells most.
        button.setText(bytes + QLatin1Char('\n') +
                       button.fontMetrics().elidedText(path, Qt::ElideLeft, listWidth - 4));
        button.setToolTip(tr("%1\n%2 bytes\nClick to select").arg(path, text::exact(owners[i].bytes)));
        button.setAccessibleName(tr("%1, %2").arg(path, bytes));
    }
}

bool TimelineView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::MouseMove) {
        m_chart->setHover(static_cast<QMouseEvent*>(event)->position().x());
    } else if (event->type() == QEvent::Leave) {
        m_chart->setHover(std::nullopt);
    } else if (event->type() == QEvent::MouseButtonPress) {
        const auto* press = static_cast<QMouseEvent*>(event);
        const std::int32_t module = m_chart->moduleAt(press->position().x());
        if (press->button() == Qt::LeftButton && module >= 0)
            m_session.focus().select(module);
    } else if (event->type() == QEvent::Wheel) {
        return true; // the view would scroll its scene
    }
    return QWidget::eventFilter(watched, event);
}

void paintTimeline(const Session& session, QPainter& painter, const QRectF& area)
{
    const Theme& theme = session.lens().theme();
    auto* chart = new TimelineChart;
    chart->setTheme(theme);
    chart->resize(area.size());
    chart->show(session.sharedRun());
    paintChart(chart,
               figureHead(session.lens().figureParts(),
                          TimelineView::tr("Live bytes, peak in %1").arg(peakMoment(session.run())), {}),
               painter, area, theme);
}

} // namespace sunflop
