// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/memory_view.h"

#include "ui/charts/chart_host.h"
#include "ui/charts/legend_bar.h"
#include "ui/memory_text.h"
#include "ui/text.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>

namespace sunflop {

namespace {

QString headline(const Run& run)
{
    return MemoryView::tr("Peak %1, %2").arg(roomText(run), fitText(run));
}

} // namespace

MemoryView::MemoryView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_summary(new QLabel(this)), m_legend(new LegendBar(this)),
      m_chart(new MemoryChart), m_view(chartView(m_chart, this)),
      m_answers([this](std::vector<MemoryBar> bars) { take(std::move(bars)); })
{
    m_summary->setProperty("tone", QStringLiteral("heading"));
    m_summary->setTextFormat(Qt::PlainText);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->viewport()->installEventFilter(this);
    auto* head = new QHBoxLayout;
    head->setSpacing(12);
    head->addWidget(m_summary);
    head->addWidget(m_legend, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 6);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(m_view, 1);

    connect(&session, &Session::modelChanged, this, &MemoryView::refresh);
    connect(&session, &Session::figuresChanged, this, &MemoryView::refresh);
    connect(&session, &Session::moveEnded, this, &MemoryView::refresh);
    connect(&session.lens(), &Lens::themeChanged, this, &MemoryView::showBars);
}

void MemoryView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void MemoryView::refresh()
{
    if (!isVisible() || !m_session.hasModel())
        return;
    MemoryQuestion question = memoryQuestion(m_session);
    if (!m_asked || m_asked->model != question.model)
        m_others.clear();
    showBars();
    if (m_asked == question || m_session.isBusyMoving())
        return;
    m_asked = question;
    m_answers.request([question = std::move(question)] { return otherBars(question); });
}

void MemoryView::take(std::vector<MemoryBar> bars)
{
    if (!m_session.hasModel() || !m_asked || m_asked->model != m_session.sharedModel())
        return;
    m_others = std::move(bars);
    showBars();
}

void MemoryView::showBars()
{
    if (!m_session.hasModel())
        return;
    const Run& run = m_session.run();
    const Theme& theme = m_session.lens().theme();
    m_summary->setText(headline(run));
    m_chart->setTheme(theme);
    m_chart->show(allBars(run, m_others), *run.device);
    m_legend->show(m_chart->legend(), theme);
    m_view->setAccessibleName(
        tr("Memory on %1: %2").arg(text::from(run.device->name), m_chart->description()));
}

bool MemoryView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::MouseMove)
        m_chart->setHover(static_cast<QMouseEvent*>(event)->position().y());
    else if (event->type() == QEvent::Leave)
        m_chart->setHover(std::nullopt);
    else if (event->type() == QEvent::Wheel)
        return true; // the view would scroll its scene
    return QWidget::eventFilter(watched, event);
}

void MemoryView::settle()
{
    m_session.settle();
    m_answers.wait();
}

void paintMemory(const Session& session, QPainter& painter, const QRectF& area)
{
    const Theme& theme = session.lens().theme();
    auto* chart = new MemoryChart;
    chart->setTheme(theme);
    chart->show(allBars(session.run(), otherBars(memoryQuestion(session))), *session.run().device);
    const FigureHead head =
        figureHead(session.lens().figureParts(), headline(session.run()), chart->legend());
    paintChart(chart, head, painter, area, theme);
}

} // namespace sunflop
