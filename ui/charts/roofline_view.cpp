// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/roofline_view.h"

#include "ui/charts/chart_host.h"
#include "ui/charts/legend_bar.h"
#include "ui/text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QSignalBlocker>

namespace sunflop {

RooflineView::RooflineView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_part(new QComboBox(this)), m_times(new QLabel(this)),
      m_legend(new LegendBar(this)), m_chart(new RooflineChart), m_view(chartView(m_chart, this))
{
    m_part->setAccessibleName(tr("Part of the run"));
    m_part->setToolTip(tr("Whose times the marks are"));
    m_part->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_times->setProperty("tone", QStringLiteral("dim"));
    m_times->setTextFormat(Qt::PlainText);
    m_times->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_legend->setMinimumWidth(150);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->viewport()->installEventFilter(this);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_part);
    head->addWidget(m_times, 3);
    head->addWidget(m_legend, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 6);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(m_view, 1);

    connect(m_part, &QComboBox::currentIndexChanged, this, &RooflineView::refresh);
    connect(&session, &Session::modelChanged, this, &RooflineView::refresh);
    connect(&session, &Session::figuresChanged, this, &RooflineView::refresh);
    connect(&session, &Session::moveEnded, this, &RooflineView::refresh);
    connect(&session.focus(), &Focus::selectedChanged, m_chart, &RooflineChart::setSelected);
    connect(&session.lens(), &Lens::themeChanged, this, &RooflineView::refresh);
    fillParts();
}

void RooflineView::fillParts()
{
    m_part->addItem(tr("All parts"), -1);
    m_part->addItem(tr("Prefill or forward"), static_cast<int>(Part::Prefill));
    m_part->addItem(tr("Decode"), static_cast<int>(Part::Decode));
    m_part->addItem(tr("Backward"), static_cast<int>(Part::Backward));
}

void RooflineView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void RooflineView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    showTimes();
}

void RooflineView::showTimes()
{
    if (!m_session.hasModel())
        return;
    const Run& run = m_session.run();
    const QString words = timesText(run) + QStringLiteral(" · ") + deviceText(run);
    m_times->setText(m_times->fontMetrics().elidedText(words, Qt::ElideRight, m_times->width()));
    m_times->setToolTip(words);
    m_times->setAccessibleName(words);
}

void RooflineView::refresh()
{
    if (!isVisible() || !m_session.hasModel() || m_session.isBusyMoving())
        return;
    const Theme& theme = m_session.lens().theme();
    const int part = m_part->currentData().toInt();
    m_chart->setTheme(theme);
    m_chart->setSelected(m_session.focus().selected());
    m_chart->show(m_session.sharedRun(), part < 0 ? std::nullopt : std::optional(static_cast<Part>(part)));
    m_legend->show(m_chart->legend(), theme);
    m_view->setAccessibleName(m_chart->description());
    showTimes();
}

bool RooflineView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::MouseMove) {
        m_chart->setHover(static_cast<QMouseEvent*>(event)->position());
    } else if (event->type() == QEvent::Leave) {
        m_chart->setHover(std::nullopt);
    } else if (event->type() == QEvent::MouseButtonPress) {
        const auto* press = static_cast<QMouseEvent*>(event);
        const std::int32_t module = m_chart->moduleAt(press->position());
        if (press->button() == Qt::LeftButton && module >= 0)
            m_session.focus().select(module);
    } else if (event->type() == QEvent::Wheel) {
        return true; // the view would scroll its scene
    }
    return QWidget::eventFilter(watched, event);
}

void paintRoofline(const Session& session, QPainter& painter, const QRectF& area)
{
    const Theme& theme = session.lens().theme();
    const Run& run = session.run();
    auto* chart = new RooflineChart;
    chart->setTheme(theme);
    chart->setSelected(session.focus().selected());
    chart->show(session.sharedRun(), std::nullopt);
    paintChart(chart,
               figureHead(session.lens().figureParts(),
                          timesText(run) + QStringLiteral(" · ") + deviceText(run), chart->legend()),
               painter, area, theme);
}

} // namespace sunflop
