// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/opener.h"
#include "ui/session/session.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace sunflop;

namespace {

/// A session with a bundled model.
struct Opened {
    Session session;

    explicit Opened(const char* model)
    {
        const auto shown = session.show(*openModel(QLatin1String(model)));
        if (!shown)
            qFatal("%s", shown.error().text().c_str());
    }
    std::int64_t textTokens() const { return session.run().workload.textTokens; }
    Count flops() const { return session.run().costs.root().total.forward.flops; }
};

void writeFile(const QString& path, const QByteArray& text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

QByteArray tinyLlama(int layers)
{
    return R"({"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1,
               "intermediate_size": 12, "vocab_size": 16, "num_hidden_layers": )" +
           QByteArray::number(layers) + "}";
}

} // namespace

class tst_Session : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aDragIsOneUndoStep()
    {
        Opened opened("qwen2.5-0.5b");
        Session& session = opened.session;
        const std::int64_t before = opened.textTokens();
        for (const char* tokens : {"600", "700", "800"})
            session.setInput(QStringLiteral("text_tokens"), QLatin1String(tokens), true);
        session.endMove();
        session.setInput(QStringLiteral("text_tokens"), QStringLiteral("900"), true);
        session.endMove();
        session.settle();
        QCOMPARE(session.undoStack().count(), 2);
        QCOMPARE(opened.textTokens(), 900);
        session.undoStack().undo();
        session.settle();
        QCOMPARE(opened.textTokens(), 800);
        session.undoStack().undo();
        session.settle();
        QCOMPARE(opened.textTokens(), before);
        session.undoStack().redo();
        session.settle();
        QCOMPARE(opened.textTokens(), 800);
    }

    void movesWithinAFrameAreCountedOnce()
    {
        Opened opened("qwen2.5-0.5b");
        QSignalSpy figures(&opened.session, &Session::figuresChanged);
        for (int tokens = 100; tokens < 200; ++tokens)
            opened.session.setInput(QStringLiteral("text_tokens"), QString::number(tokens), true);
        QCOMPARE(figures.count(), 0);
        QTRY_COMPARE(opened.textTokens(), 199);
        QCOMPARE(figures.count(), 1);
    }

    void newNumbersKeepTheSelectionAndAnotherReleaseFindsItByPath()
    {
        Opened opened("qwen2.5-0.5b");
        Session& session = opened.session;
        const auto pathOfSelection = [&] { return session.run().trace.path(session.focus().selected()); };
        for (std::int32_t node = 0; node < session.run().costs.root().end; ++node)
            if (session.run().trace.path(node) == "model.norm")
                session.focus().select(node);
        QCOMPARE(pathOfSelection(), std::string("model.norm"));
        QSignalSpy models(&session, &Session::modelChanged);
        session.setInput(QStringLiteral("text_tokens"), QStringLiteral("77"));
        session.settle();
        QCOMPARE(models.count(), 0);
        // From 4.48 on one rotary embedding serves all layers: other node ids.
        session.setInput(QStringLiteral("transformers"), QStringLiteral("5.0"));
        session.settle();
        QCOMPARE(models.count(), 1);
        QCOMPARE(pathOfSelection(), std::string("model.norm"));
    }

    void theNewestOfTwoExcludingInputsStands()
    {
        Opened opened("ovis2-4b");
        Session& session = opened.session;
        session.setInput(QStringLiteral("image_width"), QStringLiteral("1344"));
        session.setInput(QStringLiteral("image_height"), QStringLiteral("896"));
        session.setInput(QStringLiteral("tiles"), QStringLiteral("3"));
        QVERIFY(!session.isSet("image_width") && !session.isSet("image_height"));
        QVERIFY(session.isSet("tiles"));
        session.setInput(QStringLiteral("image_width"), QStringLiteral("1344"));
        QVERIFY(!session.isSet("tiles"));
        session.settle();
        QCOMPARE(session.run().workload.imageWidth, 1344);
    }

    void aRefusedValueChangesNothing()
    {
        Opened opened("qwen2.5-0.5b");
        QSignalSpy refusals(&opened.session, &Session::refused);
        opened.session.setInput(QStringLiteral("batch"), QStringLiteral("-3"));
        opened.session.setInput(QStringLiteral("batch"), QStringLiteral("many"));
        QCOMPARE(refusals.count(), 2);
        QCOMPARE(refusals.first().first().value<Error>().where, std::string("batch"));
        QVERIFY(opened.session.settings().empty());
        QCOMPARE(opened.session.undoStack().count(), 0);
    }

    void baselineFollowsTheConvention()
    {
        Opened opened("qwen2.5-0.5b");
        Session& session = opened.session;
        session.setInput(QStringLiteral("batch"), QStringLiteral("3"));
        session.settle();
        const auto flopsOf = [](const Run& run) { return run.costs.root().total.forward.flops; };
        QCOMPARE(opened.flops(), flopsOf(session.baseline()) * 3);
        session.setConvention(**conventionNamed("fvcore"));
        session.settle();
        QCOMPARE(session.baseline().convention->id, std::string_view("fvcore"));
        QCOMPARE(opened.flops(), flopsOf(session.baseline()) * 3);
        session.pinBaseline();
        QCOMPARE(opened.flops(), flopsOf(session.baseline()));
        QVERIFY(session.isAtBaseline());
    }

    void resetGoesBackToHowTheModelOpened()
    {
        Opened opened("qwen2.5-0.5b");
        const Count before = opened.flops();
        opened.session.setInput(QStringLiteral("batch"), QStringLiteral("3"));
        opened.session.setInput(QStringLiteral("text_tokens"), QStringLiteral("3"));
        opened.session.reset();
        opened.session.settle();
        QCOMPARE(opened.flops(), before);
        opened.session.undoStack().undo();
        opened.session.settle();
        QCOMPARE(opened.textTokens(), 3);
    }

    void historyGoesBackAndForth()
    {
        Opened opened("qwen2.5-0.5b");
        Focus& focus = opened.session.focus();
        focus.select(3);
        focus.zoom(2);
        focus.back();
        QCOMPARE(focus.selected(), 3);
        QCOMPARE(focus.root(), 0);
        focus.forward();
        QCOMPARE(focus.root(), 2);
        focus.back();
        focus.select(5);
        QVERIFY(!focus.canGoForward());
    }

    void searchCountsNestedMatchesOnce()
    {
        Opened opened("qwen2.5-0.5b");
        const Run& run = opened.session.run();
        Finder& finder = opened.session.finder();
        // "mlp" names the module; its class Qwen2MLP contains the word too.
        finder.search(QStringLiteral("MLP"), &run);
        QCOMPARE(finder.matches().size(), std::size_t{1});
        const Measure& params = measures().front();
        QCOMPARE(finder.sum(run, params), Count(24 * 3 * 896) * 4864);
        finder.search(QStringLiteral("Linear"), &run);
        QCOMPARE(finder.next(run, params, {finder.matches().back(), {}}, false).node,
                 finder.matches().front());
        QCOMPARE(finder.next(run, params, {finder.matches().front(), {}}, true).node,
                 finder.matches().back());
        finder.search(QStringLiteral("self_attn.q_proj"), &run);
        QCOMPARE(finder.matches().size(), std::size_t{1});
    }

    void openingIsBesideTheWindowAndRefusalsLeaveTheModel()
    {
        Session session;
        Opener opener(session);
        QSignalSpy refusals(&opener, &Opener::refused);
        opener.open(QStringLiteral("qwen2.5-0.5b"));
        QVERIFY(!session.hasModel());
        QTRY_VERIFY(session.hasModel());
        opener.open(QStringLiteral("no-such-model"));
        QTRY_COMPARE(refusals.count(), 1);
        QCOMPARE(session.model().source.name, std::string("qwen2.5-0.5b"));
        QVERIFY(opener.recent().isEmpty());
    }

    void aCancelledOpeningNeverArrives()
    {
        Session session;
        Opener opener(session);
        QSignalSpy opened(&opener, &Opener::opened);
        opener.open(QStringLiteral("ovis2-4b"));
        opener.cancel();
        opener.open(QStringLiteral("qwen2.5-0.5b"));
        QTRY_COMPARE(opened.count(), 1);
        QCOMPARE(session.model().source.name, std::string("qwen2.5-0.5b"));
    }

    void aChangedFileIsReadAgainWithItsInputs()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("tiny.json"));
        writeFile(path, tinyLlama(2));
        Session session;
        Opener opener(session);
        opener.open(path);
        QTRY_VERIFY(session.hasModel());
        QCOMPARE(opener.recent(), QStringList{path});
        const Count oneLayerTwice = session.run().costs.root().total.params;
        session.setInput(QStringLiteral("batch"), QStringLiteral("2"));
        session.settle();
        writeFile(path, tinyLlama(5));
        QTRY_VERIFY(session.run().costs.root().total.params > oneLayerTwice);
        QCOMPARE(session.run().workload.batch, 2);
        QSignalSpy refusals(&opener, &Opener::refused);
        writeFile(path, "{");
        QTRY_COMPARE(refusals.count(), 1);
        QVERIFY(session.hasModel());
    }
};

QTEST_MAIN(tst_Session)
#include "tst_session.moc"
