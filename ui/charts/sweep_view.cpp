// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_view.h"

#include "ui/charts/chart_host.h"
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

SweepView::SweepView(Session& session, QWidget* parent) : SweepView(std::vector{&session}, parent) {}

SweepView::SweepView(Session& a, Session& b, QWidget* parent) : SweepView(std::vector{&a, &b}, parent) {}

SweepView::SweepView(std::vector<Session*> sessions, QWidget* parent)
    : QWidget(parent), m_sessions(std::move(sessions)), m_session(*m_sessions.front()),
      m_axisBox(new QComboBox(this)), m_groupingBox(new QComboBox(this)), m_legend(new LegendBar(this)),
      m_plot(new SweepPlot(this)),
      m_answers([this](std::shared_ptr<const SweepAnswer> answer) { take(std::move(answer)); })
{
    m_axisBox->setAccessibleName(tr("Input to sweep"));
    m_axisBox->setToolTip(tr("The input that varies from left to right"));
    m_axisBox->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_groupingBox->setAccessibleName(tr("Stack by"));
    m_groupingBox->setToolTip(tr("What the areas stand for"));
    m_groupingBox->addItem(tr("By branch"), static_cast<int>(Grouping::Branch));
    m_groupingBox->addItem(tr("By role"), static_cast<int>(Grouping::Role));
    m_groupingBox->setVisible(!isComparison());
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
    for (Session* session : m_sessions) {
        connect(m_plot, &SweepPlot::moveEnded, session, &Session::endMove);
        connect(session, &Session::modelChanged, this, &SweepView::fillAxes);
        connect(session, &Session::figuresChanged, this, &SweepView::refresh);
        connect(session, &Session::moveEnded, this, &SweepView::refresh);
    }
    const Lens& lens = m_session.lens();
    connect(&lens, &Lens::measureChanged, this, &SweepView::refresh);
    connect(&lens, &Lens::sweptInputChanged, this, [this] { setAxis(m_session.lens().sweptInput()); });
    connect(&lens, &Lens::themeChanged, this, &SweepView::restyle);
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

bool SweepView::hasModels() const
{
    return std::ranges::all_of(m_sessions, &Session::hasModel);
}

SweepQuestion SweepView::question() const
{
    return isComparison()
               ? questionOf(m_session, *m_sessions.back(), *axis())
               : questionOf(m_session, *axis(), static_cast<Grouping>(m_groupingBox->currentData().toInt()));
}

QStringList SweepView::modelNames() const
{
    QStringList names;
    for (const Session* session : m_sessions)
        names << text::name(session->run(), 0);
    return names;
}

/// Whether a question is about the models that are open.
bool SweepView::isAbout(const SweepQuestion& question) const
{
    return std::ranges::equal(question.sides, m_sessions, [](const SweepSide& side, const Session* session) {
        return side.model == session->sharedModel();
    });
}

const Axis* SweepView::axis() const
{
    const int i = m_axisBox->currentIndex();
    return i < 0 ? nullptr : &m_axes[static_cast<std::size_t>(i)];
}

void SweepView::setAxis(const QString& id)
{
    const std::string wanted = id.toStdString();
    const auto axis = std::ranges::find_if(m_axes, [&](const Axis& one) {
        return one.id == wanted || std::ranges::find(one.inputs, wanted) != one.inputs.end();
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
        m_axes.clear();
        if (hasModels())
            m_axes = sharedAxes(m_session.model().inputs, m_sessions.back()->model().inputs);
        for (const Axis& axis : m_axes)
            m_axisBox->addItem(axisTitle(axis), text::from(axis.id));
        const int again = m_axisBox->findData(chosen);
        m_axisBox->setCurrentIndex(again >= 0 ? again : std::min(0, m_axisBox->count() - 1));
    }
    refresh();
}

void SweepView::refresh()
{
    if (!isVisible() || axis() == nullptr)
        return;
    SweepQuestion question = this->question();
    m_plot->setAccessibleName(
        tr("%1 by %2").arg(text::title(question.measure()), axisTitle(*axis()).toLower()));
    if (m_asked && m_asked->hasSameCurve(question)) {
        moveCursor();
        return;
    }
    if (std::ranges::any_of(m_sessions, &Session::isBusyMoving))
        return;
    // A curve of the same axis is worth finishing: while another input is dragged the chart follows.
    if (m_asked && (!isAbout(*m_asked) || !(m_asked->axis == question.axis)))
        m_stop.request_stop();
    if (m_stop.stop_requested())
        m_stop = {};
    m_asked = question;
    m_answers.request([question = std::move(question), stop = m_stop.get_token()]() mutable {
        auto sweep = answer(question, stop);
        return sweep
                   ? std::make_shared<const SweepAnswer>(SweepAnswer{std::move(question), *std::move(sweep)})
                   : nullptr;
    });
}

void SweepView::take(std::shared_ptr<const SweepAnswer> answer)
{
    if (!answer || !isAbout(answer->question))
        return;
    SweepChart& chart = m_plot->sweepChart();
    chart.show(std::move(answer), modelNames());
    m_legend->show(chart.legend(), m_session.lens().theme());
    moveCursor();
}

void SweepView::moveCursor()
{
    SweepChart& chart = m_plot->sweepChart();
    if (!chart.answer() || !hasModels())
        return;
    std::vector<const Run*> runs;
    for (const Session* session : m_sessions)
        runs.push_back(&session->run());
    chart.setCursor(cursorOf(chart.answer()->question.axis, runs, chart.answer()->question.measure()));
}

void SweepView::restyle()
{
    m_plot->sweepChart().setTheme(m_session.lens().theme());
    m_legend->show(m_plot->sweepChart().legend(), m_session.lens().theme());
}

void SweepView::set(std::int64_t value, bool isMoving)
{
    std::vector<Assignment> values;
    for (const std::string_view input : m_plot->sweepChart().answer()->question.axis.inputs)
        values.push_back({std::string(input), std::to_string(value)});
    for (Session* session : m_sessions)
        session->setInputs(values, isMoving);
}

void SweepView::settle()
{
    for (Session* session : m_sessions)
        session->settle();
    m_answers.wait();
}

std::optional<SweepCursor> cursorOf(const Axis& axis, const std::vector<const Run*>& runs,
                                    const Measure& measure)
{
    const auto value = currentValue(axis, *runs.front());
    if (!value)
        return std::nullopt;
    SweepCursor cursor{.value = *value, .label = currentText(axis, *runs.front())};
    for (const Run* run : runs) {
        if (!isKnown(run->costs, measure)) {
            cursor.label += QStringLiteral("  ·  ") + QStringLiteral("n/a");
            continue;
        }
        cursor.figures.push_back(measure.of(run->costs.root().total));
        cursor.label += QStringLiteral("  ·  ") + text::brief(cursor.figures.back(), measure);
    }
    cursor.label += QLatin1Char(' ') + text::shortTitle(measure);
    return cursor;
}

namespace {

/// "Forward FLOPs by text tokens"
QString headline(const SweepQuestion& question)
{
    return SweepView::tr("%1 by %2").arg(text::title(question.measure()), axisTitle(question.axis).toLower());
}

SweepChart* chartOf(const std::shared_ptr<const SweepAnswer>& answer, const QStringList& modelNames,
                    const Theme& theme, const QRectF& area)
{
    auto* chart = new SweepChart;
    chart->setTheme(theme);
    chart->resize(area.size());
    chart->show(answer, modelNames);
    return chart;
}

} // namespace

namespace {

/// The axis of the lens, else the first one; nothing without any.
std::optional<Axis> shownAxis(const std::vector<Axis>& axes, const Lens& lens)
{
    if (axes.empty())
        return std::nullopt;
    const auto chosen = std::ranges::find(axes, lens.sweptInput().toStdString(), &Axis::id);
    return chosen == axes.end() ? axes.front() : *chosen;
}

/// `sessions` are those that the question is of; the first one says how it looks.
void paintAnswer(const SweepQuestion& question, const std::vector<const Session*>& sessions,
                 QPainter& painter, const QRectF& area)
{
    const Session& first = *sessions.front();
    const auto found = std::make_shared<const SweepAnswer>(SweepAnswer{question, *answer(question, {})});
    QStringList names;
    std::vector<const Run*> runs;
    for (const Session* session : sessions) {
        names << text::name(session->run(), 0);
        runs.push_back(&session->run());
    }
    SweepChart* const chart = chartOf(found, names, first.lens().theme(), area);
    chart->setCursor(cursorOf(question.axis, runs, question.measure()));
    paintChart(chart, figureHead(first.lens().figureParts(), headline(question), chart->legend()), painter,
               area, first.lens().theme());
}

} // namespace

void paintSweep(const Session& session, QPainter& painter, const QRectF& area)
{
    if (const auto axis = shownAxis(axesOf(session.model().inputs), session.lens()))
        paintAnswer(questionOf(session, *axis, Grouping::Branch), {&session}, painter, area);
}

void paintSweep(const Session& a, const Session& b, QPainter& painter, const QRectF& area)
{
    if (const auto axis = shownAxis(sharedAxes(a.model().inputs, b.model().inputs), a.lens()))
        paintAnswer(questionOf(a, b, *axis), {&a, &b}, painter, area);
}

void paintSweep(const std::shared_ptr<const SweepAnswer>& answer, const QStringList& modelNames,
                const FigureParts& parts, const Theme& theme, QPainter& painter, const QRectF& area)
{
    SweepChart* const chart = chartOf(answer, modelNames, theme, area);
    paintChart(chart, figureHead(parts, headline(answer->question), chart->legend()), painter, area, theme);
}

} // namespace sunflop
