// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/exporter.h"
#include "tests/support/drawn.h"
#include "ui/charts/chart_theme.h"
#include "ui/charts/type_view.h"
#include "ui/notes.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/views/view.h"
#include "ui/widgets/notes_pane.h"
#include "ui/widgets/report_pane.h"

#include <QAbstractItemModelTester>
#include <QImage>
#include <QPainter>
#include <QPieSeries>
#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void show(Session& session, const char* model)
{
    const auto shown = session.show(*openModel(QString::fromLatin1(model)));
    if (!shown)
        qFatal("%s", shown.error().text().c_str());
}

/// The colour that the largest part of a view's figure has.
QColor colourOf(const View& view, const Theme& theme)
{
    if (view.id == "sweep")
        return theme.branch(0, 0);
    return theme.role(view.id == "memory" || view.id == "roofline" ? Role::Attention : Role::Mlp);
}

const Note* noteOf(const std::vector<Note>& notes, Note::Kind kind)
{
    const auto found = std::ranges::find(notes, kind, &Note::kind);
    return found == notes.end() ? nullptr : &*found;
}

} // namespace

class TestCharts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ticksAreRound()
    {
        QStringList labels;
        for (const Tick& tick : amountTicks(38e12, measureNamed("flops"), 5))
            labels << tick.label.simplified();
        QCOMPARE(labels.join(QLatin1Char(',')), QStringLiteral("0,10 T,20 T,30 T,40 T"));
        labels.clear();
        for (const Tick& tick : amountTicks(9.0 * (1 << 30), measureNamed("weight_bytes"), 5))
            labels << tick.label.simplified();
        QCOMPARE(labels.join(QLatin1Char(',')), QStringLiteral("0,2 GiB,4 GiB,6 GiB,8 GiB,10 GiB"));
        labels.clear();
        for (const Tick& tick : powerTicks(1, 256, QStringLiteral("sequences"), 5))
            labels << tick.label;
        QCOMPARE(labels.join(QLatin1Char(',')), QStringLiteral("1,4,16,64,256"));
        const auto pixels = valueTicks(112, 1792, QStringLiteral("px"), 4);
        QCOMPARE(pixels.front().position, 448.0);
        QCOMPARE(pixels.back().position, 1792.0);
    }

    void aRingHasAtMostTenSlicesAndSumsToTheTotal()
    {
        Session session;
        show(session, "ovis2-4b");
        TypeView view(session, nullptr);
        view.resize(900, 300);
        view.show();
        for (const Grouping grouping : {Grouping::Role, Grouping::Class, Grouping::Operator}) {
            view.setGrouping(grouping);
            const auto& rows = view.model().table().rows;
            Count sum;
            for (const BreakdownRow& row : rows)
                sum += row.figure;
            QCOMPARE(sum, session.run().costs.root().total.forward.flops);
            QVERIFY(std::ranges::is_sorted(rows, std::ranges::greater{}, &BreakdownRow::figure));
            QVERIFY(view.donut().slices().count() <= 10);
            // Doubles hold these sums to one part in 10^12.
            QVERIFY(qAbs(view.donut().slices().sum() / static_cast<double>(sum.value()) - 1) < 1e-12);
        }
        QCOMPARE(view.donut().slices().count(), 10);
        QCOMPARE(view.donut().slices().slices().last()->label(), QStringLiteral("other"));
    }

    void aRingWithoutFiguresIsHidden()
    {
        Session session;
        show(session, "ovis2-4b");
        session.setInput(QStringLiteral("new_tokens"), QStringLiteral("1"));
        session.settle();
        session.lens().setMeasure(measureNamed("backward_flops")); // nothing is trained while generating
        TypeView view(session, nullptr);
        view.show();
        QVERIFY(!view.donut().slices().isVisible());
        session.lens().setMeasure(measureNamed("params"));
        QVERIFY(view.donut().slices().isVisible());
    }

    void operatorsAreMeasuredInWorkWhereTheyHoldNothing()
    {
        Session session;
        show(session, "qwen2.5-7b");
        session.lens().setMeasure(measureNamed("params"));
        const BreakdownTable table =
            breakdownTable(session.run(), Grouping::Operator, session.lens().measure(), Theme::light());
        QCOMPARE(table.measure->id, std::string_view("flops"));
    }

    void theTableKeepsTheRulesOfModels()
    {
        Session session;
        show(session, "ovis2-4b");
        BreakdownModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (const Grouping grouping : {Grouping::Role, Grouping::Class, Grouping::Operator})
            model.setTable(breakdownTable(session.run(), grouping, measureNamed("flops"), Theme::light()));
        QVERIFY(!model.data(model.index(model.rowCount(), 0), Qt::DisplayRole).isValid());
    }

    void theReportIsTheExportersText()
    {
        Session session;
        show(session, "qwen2.5-7b");
        ReportPane pane(session, nullptr);
        QVERIFY(pane.text().isEmpty()); // not seen yet
        pane.show();
        for (const Exporter& exporter : exporters()) {
            pane.setExporter(exporter);
            QCOMPARE(pane.text(), text::from(exportedText(exporter, session.run())));
        }
        session.setInput(QStringLiteral("text_tokens"), QStringLiteral("9"));
        session.settle();
        QCOMPARE(pane.text(), text::from(exportedText(exporters().back(), session.run())));
        pane.setMemoryShown(false);
        QCOMPARE(pane.text(),
                 text::from(exportedText(exporters().back(), session.run(), {.hasMemory = false})));
    }

    void aReportIsSaved()
    {
        Session session;
        show(session, "qwen2.5-7b");
        ReportPane pane(session, nullptr);
        pane.show();
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("report.txt"));
        QVERIFY(pane.saveTo(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(file.readAll()), pane.text());
        QVERIFY(!pane.saveTo(folder.filePath(QStringLiteral("no/such/folder.txt"))));
    }

    void notesTellWhatTheFiguresLeaveOut()
    {
        Session session;
        show(session, "ovis2-4b");
        auto notes = notesOf(session.run());
        QVERIFY(noteOf(notes, Note::Kind::Uncounted) == nullptr); // the default convention knows all
        QVERIFY(noteOf(notes, Note::Kind::Tie)->text.contains(QStringLiteral("llm.model.embed_tokens")));
        session.setConvention(**conventionNamed("fvcore"));
        session.setInput(QStringLiteral("images"), QStringLiteral("0"));
        session.settle();
        notes = notesOf(session.run());
        const auto silu = std::ranges::find_if(
            notes, [](const Note& note) { return note.text.contains(QStringLiteral("silu")); });
        QVERIFY(silu != notes.end());
        QVERIFY(silu->text.endsWith(QStringLiteral("36 calls."))); // one in each of 36 layers
        const Note* dormant = noteOf(notes, Note::Kind::Dormant);
        QVERIFY(dormant != nullptr);
        QCOMPARE(text::path(session.run(), dormant->node), QStringLiteral("visual_tokenizer"));
        QVERIFY(statusText(notes).contains(QStringLiteral("notes: ")));
    }

    void aLinkInTheNotesSelectsItsModule()
    {
        Session session;
        show(session, "ovis2-4b");
        NotesPane pane(session, nullptr);
        pane.show();
        const Note* tie = nullptr;
        const auto notes = notesOf(session.run());
        tie = noteOf(notes, Note::Kind::Tie);
        QVERIFY(pane.toHtml().contains(QStringLiteral("href=\"#%1\"").arg(tie->node)));
        Q_EMIT pane.anchorClicked(QUrl(QStringLiteral("#%1").arg(tie->node)));
        QCOMPARE(session.focus().selected(), tie->node);
    }

    void figuresOfViewsFillTheirArea()
    {
        Session session;
        show(session, "ovis2-4b");
        for (const View& view : views()) {
            if (view.paint == nullptr || view.place != View::Place::Tab)
                continue;
            QImage image(560, 260, QImage::Format_ARGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            view.paint(session, painter, QRectF(0, 0, 560, 260));
            painter.end();
            const Theme& theme = Theme::light();
            QVERIFY2(isDrawn(image, colourOf(view, theme)), view.id.data());
        }
    }
};

QTEST_MAIN(TestCharts)
#include "tst_charts.moc"
