// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_summary.h"

#include "core/run/remarks.h"
#include "ui/compare/compare_card.h"
#include "ui/compare/comparison_text.h"
#include "ui/text.h"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace sunflop {

namespace {

constexpr int lowHeight = 330;

QLabel* label(const char* tone, Qt::Alignment alignment = Qt::AlignRight)
{
    auto* label = new QLabel;
    label->setProperty("tone", QLatin1String(tone));
    label->setAlignment(alignment | Qt::AlignVCenter);
    return label;
}

/// FLOPs of one token, or nothing where a run has none.
Count perToken(const Run& run)
{
    const Count tokens = text::tokens(run);
    const Count flops = run.costs.root().total.forward.flops;
    return tokens > Count(0) && !flops.isSaturated() ? Count(flops.value() / tokens.value()) : Count(0);
}

} // namespace

CompareSummary::CompareSummary(CompareSession& session, QWidget* parent)
    : QFrame(parent), m_session(session), m_title(label("heading", Qt::AlignLeft)), m_grid(new QGridLayout),
      m_sentence(label("formula", Qt::AlignLeft))
{
    setObjectName(QStringLiteral("card"));
    m_title->setText(tr("Summary"));
    m_grid->setHorizontalSpacing(14);
    m_grid->setColumnStretch(0, 1);
    const QStringList heads{QStringLiteral("A"), QStringLiteral("B"), QStringLiteral("B / A")};
    for (int i = 0; i < heads.size(); ++i) {
        auto* head = label("section");
        head->setText(heads[i]);
        m_grid->addWidget(head, 0, i + 1);
    }
    for (const std::string_view id : summaryMeasures)
        addLine(*m_grid, &measureNamed(id));
    addLine(*m_grid, nullptr);
    m_sentence->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 12, 14, 12);
    column->setSpacing(10);
    column->addWidget(m_title);
    column->addLayout(m_grid);
    column->addWidget(m_sentence);
    column->addStretch(1);
    connect(&session, &CompareSession::rowsChanged, this, &CompareSummary::showFigures);
    connect(&session, &CompareSession::figuresChanged, this, &CompareSummary::showFigures);
    connect(&session, &CompareSession::scaleChanged, this, &CompareSummary::showSentence);
    connect(&session, &CompareSession::linksChanged, this, &CompareSummary::showSentence);
    connect(&session.focus(), &Focus::rootChanged, this, &CompareSummary::showSentence);
    connect(&session.lens(), &Lens::measureChanged, this, &CompareSummary::showSentence);
    showFigures();
}

/// A low card has room for its figures only.
void CompareSummary::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    const bool isLow = height() < lowHeight;
    m_title->setVisible(!isLow);
    m_grid->setVerticalSpacing(isLow ? 2 : 7);
}

void CompareSummary::addLine(QGridLayout& grid, const Measure* measure)
{
    Line line{.measure = measure,
              .title = label("dim", Qt::AlignLeft),
              .a = label("heading"),
              .b = label("heading"),
              .ratio = label("dim")};
    line.title->setText(measure != nullptr ? text::title(*measure) : tr("FLOPs / token"));
    const int row = static_cast<int>(m_lines.size()) + 1;
    int column = 0;
    for (QLabel* cell : {line.title, line.a, line.b, line.ratio})
        grid.addWidget(cell, row, column++);
    m_lines.push_back(line);
}

void CompareSummary::showFigures()
{
    if (!m_session.isAligned())
        return;
    for (const Line& line : m_lines) {
        const Measure& measure = line.measure != nullptr ? *line.measure : measureNamed("flops");
        const auto of = [&](const Run& run) {
            return line.measure != nullptr ? measure.of(run.costs.root().total) : perToken(run);
        };
        const ComparedFigure figure{of(m_session.run(Side::A)), of(m_session.run(Side::B))};
        const auto side = [&](const Run& run, Count count) {
            const QString words = text::brief(count, measure);
            return isEstimate(run, measure) ? QStringLiteral("≈ ") + words : words;
        };
        line.a->setText(side(m_session.run(Side::A), figure.a));
        line.b->setText(side(m_session.run(Side::B), figure.b));
        line.ratio->setText(text::ratio(figure));
        line.a->setToolTip(text::exactWithUnit(figure.a, measure));
        line.b->setToolTip(text::exactWithUnit(figure.b, measure));
        line.ratio->setToolTip(tr("B − A: %1").arg(text::exactDelta(figure, measure)));
        line.ratio->setAccessibleName(tr("%1, B / A: %2").arg(line.title->text(), line.ratio->text()));
    }
    showSentence();
}

QString summarySentence(const CompareSession& session)
{
    const auto tr = [](const char* words) { return CompareSummary::tr(words); };
    const QString a = text::inputsLine(session.run(Side::A));
    const QString b = text::inputsLine(session.run(Side::B));
    QStringList sentences{a == b ? tr("Same inputs for both: %1.").arg(a) : tr("A: %1. B: %2.").arg(a, b)};
    const Convention& countsA = *session.run(Side::A).convention;
    const Convention& countsB = *session.run(Side::B).convention;
    if (&countsA != &countsB)
        sentences << tr("Counted by %1 in A, by %2 in B.")
                         .arg(text::from(countsA.title), text::from(countsB.title));
    if (const QStringList missing = session.notOffered(); session.linksInputs() && !missing.isEmpty())
        sentences << tr("B does not offer: %1.").arg(missing.join(QStringLiteral(", ")));
    const QString noun = text::noun(session.lens().measure());
    if (!session.hasSameScale())
        sentences << tr("Circles are not to scale.");
    else if (radiusShare(session, Side::A).isToScale && radiusShare(session, Side::B).isToScale)
        sentences << tr("Circle areas are proportional to the %1 they show.").arg(noun);
    else
        sentences
            << tr("The smaller circle is larger than its share of the %1, so that it can be seen.").arg(noun);
    return sentences.join(QLatin1Char(' '));
}

void CompareSummary::showSentence()
{
    if (m_session.isAligned())
        m_sentence->setText(summarySentence(m_session));
}

} // namespace sunflop
