// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_view.h"

#include "ui/charts/legend_bar.h"
#include "ui/text.h"

#include <QComboBox>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QHBoxLayout>
#include <QPainter>
#include <QSignalBlocker>

#include <algorithm>

namespace sunflop {

SweepView::SweepView(Session& session, QWidget* parent)
    : QWidget(parent), m_session(session), m_axisBox(new QComboBox(this)), m_groupingBox(new QComboBox(this)),
      m_legend(new LegendBar(this)), m_plot(new SweepPlot(this)),
      m_answers([this](std::shared_ptr<const SweepAnswer> answer) { take(std::move(answer)); })
{
    m_axisBox->setAccessibleName(tr("Input to sweep"));
    m_axisBox->setToolTip(tr("The input that varies from left to right"));
    m_axisBox->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_groupingBox->setAccessibleName(tr("Stack by"));
    m_groupingBox->setToolTip(tr("What the areas stand for"));
    m_groupingBox->addItem(tr("By branch"), static_cast<int>(Grouping::Branch));
    m_groupingBox->addItem(tr("By role"), static_cast<int>(Grouping::Role));
    m_plot->setToolTip({});
    auto* controls = new QHBoxLayout;
    controls->setSpacing(8);
    controls->addWidget(m_axisBox);
    controls->addWidget(m_groupingBox);
    controls->addWidget(m_legend, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 6);
    layout->setSpacing(6);
    layout->addLayout(controls);
    layout->addWidget(m_plot, 1);

    connect(m_axisBox, &QComboBox::activated, this,
            [this] { m_session.lens().setSweptInput(m_axisBox->currentData().toString()); });
    connect(m_axisBox, &QComboBox::currentIndexChanged, this, &SweepView::refresh);
    connect(m_groupingBox, &QComboBox::currentIndexChanged, this, &SweepView::refresh);
    connect(m_plot, &SweepPlot::picked, this, [this](qint64 value, bool isMoving) { set(value, isMoving); });
    connect(m_plot, &SweepPlot::moveEnded, &session, &Session::endMove);
    connect(&session, &Session::modelChanged, this, &SweepView::fillAxes);
    connect(&session, &Session::figuresChanged, this, &SweepView::refresh);
    connect(&session, &Session::moveEnded, this, &SweepView::refresh);
    connect(&session.lens(), &Lens::measureChanged, this, &SweepView::refresh);
    connect(&session.lens(), &Lens::sweptInputChanged, this,
            [this] { setAxis(m_session.lens().sweptInput()); });
    connect(&session.lens(), &Lens::themeChanged, this, &SweepView::restyle);
    restyle();
    fillAxes();
}

SweepView::~SweepView()
{
    m_stop.request_stop();
}

void SweepView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

const SweepAxis* SweepView::axis() const
{
    const int i = m_axisBox->currentIndex();
    return i < 0 ? nullptr : &m_axes[static_cast<std::size_t>(i)];
}

void SweepView::setAxis(const QString& id)
{
    const auto axis = std::ranges::find_if(m_axes, [&](const SweepAxis& one) {
        return one.id == id || std::ranges::find(one.inputs, id.toStdString()) != one.inputs.end();
    });
    if (axis != m_axes.end())
        m_axisBox->setCurrentIndex(static_cast<int>(axis - m_axes.begin()));
}

void SweepView::setGrouping(Grouping grouping)
{
    m_groupingBox->setCurrentIndex(m_groupingBox->findData(static_cast<int>(grouping)));
}

void SweepView::fillAxes()
{
    const QString chosen = m_axisBox->currentData().toString();
    {
        const QSignalBlocker blocker(m_axisBox);
        m_axisBox->clear();
        m_axes = m_session.hasModel() ? sweepAxes(m_session.model()) : std::vector<SweepAxis>{};
        for (const SweepAxis& axis : m_axes)
            m_axisBox->addItem(axis.title, axis.id);
        const int again = m_axisBox->findData(chosen);
        m_axisBox->setCurrentIndex(again >= 0 ? again : std::min(0, m_axisBox->count() - 1));
    }
    refresh();
}

void SweepView::refresh()
{
    if (!isVisible() || axis() == nullptr)
        return;
    const auto grouping = static_cast<Grouping>(m_groupingBox->currentData().toInt());
    SweepQuestion question = questionOf(m_session, *axis(), grouping);
    m_plot->setAccessibleName(tr("%1 by %2").arg(text::title(*question.measure), axis()->title.toLower()));
    if (m_asked && m_asked->hasSameCurve(question)) {
        moveCursor();
        return;
    }
    if (m_session.isBusyMoving())
        return;
    // A curve of the same axis is worth finishing: while another input is dragged the chart follows.
    if (m_asked && (m_asked->model != question.model || !(m_asked->axis == question.axis)))
        m_stop.request_stop();
    if (m_stop.stop_requested())
        m_stop = {};
    m_asked = question;
    m_answers.request([question = std::move(question), stop = m_stop.get_token()]() mutable {
        auto sweep = answer(question, stop);
        return sweep ? std::make_shared<const SweepAnswer>(std::move(question), *std::move(sweep)) : nullptr;
    });
}

void SweepView::take(std::shared_ptr<const SweepAnswer> answer)
{
    if (!answer || answer->question.model != m_session.sharedModel())
        return;
    SweepChart& chart = m_plot->sweepChart();
    chart.show(std::move(answer), text::name(m_session.run(), 0));
    m_legend->show(chart.legend(), m_session.lens().theme());
    moveCursor();
}

void SweepView::moveCursor()
{
    SweepChart& chart = m_plot->sweepChart();
    if (chart.answer())
        chart.setCursor(
            cursorOf(chart.answer()->question.axis, m_session.run(), *chart.answer()->question.measure));
}

void SweepView::restyle()
{
    m_plot->sweepChart().setTheme(m_session.lens().theme());
    m_legend->show(m_plot->sweepChart().legend(), m_session.lens().theme());
}

void SweepView::set(std::int64_t value, bool isMoving)
{
    std::vector<Assignment> values;
    for (const std::string& input : m_plot->sweepChart().answer()->question.axis.inputs)
        values.push_back({input, std::to_string(value)});
    m_session.setInputs(values, isMoving);
}

void SweepView::settle()
{
    m_session.settle();
    m_answers.wait();
}

std::optional<SweepCursor> cursorOf(const SweepAxis& axis, const Run& run, const Measure& measure)
{
    const auto value = currentValue(axis, run);
    if (!value)
        return std::nullopt;
    const Count figure = measure.of(run.costs.root().total);
    return SweepCursor{*value, figure,
                       currentText(axis, run) + QStringLiteral("  ·  ") + text::brief(figure, measure) +
                           QLatin1Char(' ') + text::shortTitle(measure)};
}

void paintSweep(const Session& session, QPainter& painter, const QRectF& area)
{
    const std::vector<SweepAxis> axes = sweepAxes(session.model());
    if (axes.empty())
        return;
    const auto chosen = std::ranges::find(axes, session.lens().sweptInput(), &SweepAxis::id);
    const SweepAxis& axis = chosen == axes.end() ? axes.front() : *chosen;
    const SweepQuestion question = questionOf(session, axis, Grouping::Branch);
    const Theme& theme = session.lens().theme();
    constexpr double header = 26;
    QGraphicsScene scene;
    auto* chart = new SweepChart;
    scene.addItem(chart);
    chart->setTheme(theme);
    chart->resize(area.size() - QSizeF(0, header));
    chart->show(std::make_shared<const SweepAnswer>(SweepAnswer{question, *answer(question, {})}),
                text::name(session.run(), 0));
    chart->setCursor(cursorOf(question.axis, session.run(), *question.measure));
    chart->layout()->activate();
    const QRectF plot(area.topLeft() + QPointF(0, header), chart->size());
    painter.setRenderHint(QPainter::Antialiasing);
    scene.render(&painter, plot, chart->geometry());
    const QRectF top(area.topLeft(), QSizeF(area.width(), header));
    const double legend =
        paintLegend(painter, top.adjusted(area.width() / 3, 0, -4, 0), chart->legend(), theme);
    painter.setPen(theme.text);
    painter.setFont(chartFont(QFont::DemiBold));
    painter.drawText(
        top.adjusted(4, 0, -legend - 12, 0), Qt::AlignVCenter | Qt::TextSingleLine,
        SweepView::tr("%1 by %2").arg(text::title(*question.measure), question.axis.title.toLower()));
}

} // namespace sunflop
