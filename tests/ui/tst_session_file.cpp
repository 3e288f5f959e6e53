// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/text.h"
#include "ui/session/session_command.h"
#include "ui/session/session_file.h"
#include "ui/session/session_state.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

QByteArray tinyLlama(int layers)
{
    return R"({"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1,
               "intermediate_size": 12, "vocab_size": 16, "num_hidden_layers": )" +
           QByteArray::number(layers) + "}";
}

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no such file");
}

void write(const QString& path, const QByteArray& text)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
}

/// A session with a model.
struct Opened {
    Session session;

    explicit Opened(const QString& model)
    {
        const auto shown = session.show(*openModel(model));
        if (!shown)
            qFatal("%s", shown.error().text().c_str());
    }
    SessionState state() const { return {.models = {modelStateOf(session)}, .view = viewStateOf(session)}; }
    QStringList apply(const SessionState& state)
    {
        return sunflop::apply(session, state.models.front()) + sunflop::apply(session, state.view);
    }
    void set(const char* input, const char* value)
    {
        session.setInput(q(input), q(value));
        session.settle();
    }
};

} // namespace

class TestSessionFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }

    /// A session of models/tiny.json, saved under a name.
    SessionState saved(const char* name, int layers = 2)
    {
        write(path("models/tiny.json"), tinyLlama(layers));
        Opened opened(path("models/tiny.json"));
        opened.set("text_tokens", "64");
        const SessionState state = opened.state();
        QDir().mkpath(QFileInfo(path(name)).path());
        const auto written = writeSessionFile(path(name), state);
        if (!written)
            qFatal("%s", written.error().text().c_str());
        return state;
    }

private Q_SLOTS:
    void init() { QVERIFY(m_folder.isValid()); }

    void aStateGoesThroughAFileUnchanged()
    {
        const SessionState state = saved("study.sunflop.json");
        const auto again = readSessionFile(path("study.sunflop.json"));
        QVERIFY2(again, again ? "" : again.error().text().c_str());
        QVERIFY(*again == state);
        QVERIFY(content(path("study.sunflop.json")).contains("\"path\": \"models/tiny.json\""));
        const QByteArray bytes = content(path("study.sunflop.json"));
        QVERIFY(writeSessionFile(path("study.sunflop.json"), *again));
        QCOMPARE(content(path("study.sunflop.json")), bytes);
    }

    void aSessionComesIntoTheStateThatAnotherWasIn()
    {
        Opened a(q("ovis2-4b"));
        a.set("image_width", "896");
        a.set("new_tokens", "16");
        a.session.setConvention(**conventionNamed("calflops"));
        a.session.settle();
        a.session.pinBaseline();
        a.set("batch", "4");
        Lens& lens = a.session.lens();
        lens.setMeasure(measureNamed("macs"));
        lens.setColourBy(ColourBy::Depth);
        lens.setRings(3);
        lens.setFoldsRepeats(false);
        lens.setShowsLabels(false);
        lens.setSweptInput(q("batch"));
        a.session.finder().search(q("mlp"), &a.session.run());
        a.session.outline().openTo(a.session.run().costs, 5);
        a.session.outline().setSorting(Outline::Sorting{3, true});
        const auto row = rowAt(a.session.run().trace, a.session.outline().unfolding(), "llm.model.layers.17");
        a.session.focus().zoom(row->node);
        a.session.focus().select(row->node, row->number);
        a.session.outline().setOpen(*row, false);

        Opened b(q("ovis2-4b"));
        QCOMPARE(b.apply(a.state()), QStringList());
        QVERIFY(b.state() == a.state());
        QCOMPARE(b.state().view.selected, std::string("llm.model.layers.17"));
        QCOMPARE(b.session.run().costs.root().total.forward.macs,
                 a.session.run().costs.root().total.forward.macs);
        QCOMPARE(b.session.baseline().costs.root().total.forward.macs,
                 a.session.baseline().costs.root().total.forward.macs);
        QCOMPARE(b.session.undoStack().count(), 0);
        for (const CostNode& node : a.session.run().costs.nodes) {
            const auto id = static_cast<std::int32_t>(&node - a.session.run().costs.nodes.data());
            for (std::int32_t i = 0; i < a.session.outline().unfolding().copies(id); ++i)
                QCOMPARE(b.session.outline().isOpen({id, i}), a.session.outline().isOpen({id, i}));
        }
    }

    void equalMembersAreOnePath()
    {
        Opened opened(q("qwen2.5-0.5b"));
        opened.session.lens().setFoldsRepeats(false);
        opened.session.outline().openTo(opened.session.run().costs, 4);
        const auto expanded = *opened.state().view.expanded;
        QCOMPARE(std::ranges::count(expanded, "model.layers.0-23"), 1);
        const auto row =
            rowAt(opened.session.run().trace, opened.session.outline().unfolding(), "model.layers.3");
        opened.session.outline().setOpen(*row, false);
        const auto fewer = *opened.state().view.expanded;
        // The run becomes its 24 members less one.
        QCOMPARE(fewer.size(), expanded.size() - 1 + (24 - 1));
        QCOMPARE(std::ranges::count(fewer, "model.layers.3"), 0);
    }

    void whatTheSourceOpensWithIsKeptAsSet()
    {
        // A printed report opens with inferred inputs: leaving one at its default must be said.
        Opened opened(path("models/tiny.json"));
        Model model = opened.session.model();
        model.settings = {{"new_tokens", "8"}};
        QVERIFY(opened.session.show(model));
        opened.session.setInput(q("new_tokens"), q("0"));
        opened.session.settle();
        QCOMPARE(modelStateOf(opened.session).inputs, (std::vector<Assignment>{{"new_tokens", "0"}}));
        QCOMPARE(apply(opened.session, modelStateOf(opened.session)), QStringList());
        QCOMPARE(opened.session.run().workload.newTokens, 0);
        QCOMPARE(apply(opened.session, ModelState{}), QStringList());
        QCOMPARE(opened.session.run().workload.newTokens, 8);
    }

    void aSourceThatMovedWithItsSessionIsFound()
    {
        saved("one/study.sunflop.json");
        QVERIFY(QDir(m_folder.path()).rename(q("one"), q("two")));
        const auto state = readSessionFile(path("two/study.sunflop.json"));
        const auto found = find(state->models.front().source, path("two/study.sunflop.json"));
        QVERIFY(found);
        QCOMPARE(found->place, path("models/tiny.json"));
        QCOMPARE(found->notes, QStringList());
    }

    void aSourceThatLiesBesideTheSessionIsFoundAndSaid()
    {
        saved("beside/study.sunflop.json");
        QVERIFY(QFile::rename(path("models/tiny.json"), path("beside/tiny.json")));
        const auto state = readSessionFile(path("beside/study.sunflop.json"));
        const auto found = find(state->models.front().source, path("beside/study.sunflop.json"));
        QVERIFY(found);
        QCOMPARE(found->place, path("beside/tiny.json"));
        QCOMPARE(found->notes.size(), 1);
        QVERIFY(found->notes.front().contains(path("models/tiny.json")));
    }

    void aModelsFolderBesideTheSessionIsFound()
    {
        write(path("far/llama/config.json"), tinyLlama(2));
        const Opened opened(path("far/llama"));
        QVERIFY(QDir().mkpath(path("near")));
        QVERIFY(writeSessionFile(path("near/study.sunflop.json"), opened.state()));
        QVERIFY(QDir(m_folder.path()).rename(q("far/llama"), q("near/llama")));
        const auto state = readSessionFile(path("near/study.sunflop.json"));
        const auto found = find(state->models.front().source, path("near/study.sunflop.json"));
        QVERIFY(found);
        QCOMPARE(found->place, path("near/llama/config.json"));
    }

    void anotherFileOfTheSameNameIsNotTakenForTheSource()
    {
        saved("other/study.sunflop.json");
        QVERIFY(QFile::remove(path("models/tiny.json")));
        const auto state = readSessionFile(path("other/study.sunflop.json"));
        const SourceReference& source = state->models.front().source;
        auto found = find(source, path("other/study.sunflop.json"));
        QVERIFY(!found);
        QVERIFY2(q(found.error().text()).contains(q("it is not beside the session file either")),
                 found.error().text().c_str());
        write(path("other/tiny.json"), tinyLlama(3));
        found = find(source, path("other/study.sunflop.json"));
        QVERIFY(!found);
        QVERIFY2(q(found.error().text()).contains(q("has other contents")), found.error().text().c_str());
    }

    void aChangedSourceIsSaid()
    {
        saved("study.sunflop.json");
        write(path("models/tiny.json"), tinyLlama(3));
        const auto state = readSessionFile(path("study.sunflop.json"));
        const auto found = find(state->models.front().source, path("study.sunflop.json"));
        QVERIFY(found);
        QCOMPARE(found->notes, QStringList{q("tiny.json has changed since the session was saved.")});
        SourceReference bundled{.bundled = "ovis2-4b", .fingerprint = {3, std::string(64, '0')}};
        QCOMPARE(find(bundled, path("study.sunflop.json"))->notes.size(), 1);
    }

    void whatTheModelDoesNotOfferIsListed()
    {
        Opened opened(q("qwen2.5-0.5b"));
        SessionState state = opened.state();
        state.models.front().inputs = {{"batch", "2"}, {"frames", "3"}, {"new_tokens", "-1"}};
        state.view.selected = "vision.tower";
        state.view.expanded = {"", "model", "gone"};
        state.view.sorting = ViewState::Sorting{"beauty", false};
        state.view.tab = "icicle";
        const QStringList lost = opened.apply(state);
        QCOMPARE(lost.size(), 6);
        for (const char* word : {"frames=3", "new_tokens=-1", "vision.tower", "gone", "beauty", "icicle"})
            QCOMPARE(lost.filter(q(word)).size(), 1);
        QCOMPARE(opened.session.run().workload.batch, 2);
    }

    void inputsThatExcludeEachOtherAreListed()
    {
        Opened opened(q("ovis2-4b"));
        ModelState state = modelStateOf(opened.session);
        state.inputs = {{"image_width", "896"}, {"images", "1"}, {"tiles", "4"}};
        const QStringList lost = apply(opened.session, state);
        QCOMPARE(lost.size(), 1);
        QVERIFY2(lost.front().contains(q("image_width=896")), qPrintable(lost.front()));
        QCOMPARE(opened.session.run().workload.tiles, 4);
    }

    void manyNamesOfTheSameRowsDoNotHoldItUp()
    {
        Opened opened(q("qwen2.5-72b"));
        SessionState state = opened.state();
        state.view.foldsRepeats = false;
        state.view.expanded = std::vector<std::string>(300'000, "model.layers.0-79");
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(opened.apply(state).size(), 1);
        QVERIFY(timer.elapsed() < 10'000);
    }

    void aFileThatCannotBeWrittenLeavesTheOldOne()
    {
        const SessionState state = saved("kept.sunflop.json");
        const QByteArray before = content(path("kept.sunflop.json"));
        QVERIFY(!writeSessionFile(path("no/such/folder.sunflop.json"), state));
        QVERIFY(QFile::setPermissions(m_folder.path(), QFile::ReadOwner | QFile::ExeOwner));
        const auto written = writeSessionFile(path("kept.sunflop.json"), {});
        QFile::setPermissions(m_folder.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        if (!written) // root may write anywhere
            QCOMPARE(content(path("kept.sunflop.json")), before);
    }

    void aHugeFileIsRefusedBeforeItIsRead()
    {
        QFile file(path("huge.sunflop.json"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(qint64{1} << 40));
        const auto state = readSessionFile(file.fileName());
        QVERIFY(!state);
        QVERIFY(q(state.error().text()).contains(q("more than 16777216 bytes")));
        // A checkpoint of a terabyte is known by its first 64 MiB.
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(fingerprintOf(file.fileName()).bytes, std::int64_t{1} << 40);
        QVERIFY(timer.elapsed() < 10'000);
    }

    void wordsOfACommandAreQuotedForTheShell_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("quoted");
        const auto row = [](const char* word, const char* quoted) {
            QTest::newRow(word) << q(word) << q(quoted);
        };
        row("ovis2-4b", "ovis2-4b");
        row("/models/a_b.json", "/models/a_b.json");
        row("", "''");
        row("my model", "'my model'");
        row("it's", "'it'\\''s'");
        row("$HOME;rm", "'$HOME;rm'");
        row("~", "'~'");
    }

    void wordsOfACommandAreQuotedForTheShell()
    {
        QFETCH(QString, word);
        QTEST(shellWord(word), "quoted");
    }

    void theCommandNamesWhatIsNotAtItsDefault()
    {
        Opened opened(q("qwen2.5-0.5b"));
        QCOMPARE(commandOf(opened.state()), q("sunflop figure qwen2.5-0.5b -o figure.png"));
        opened.set("text_tokens", "64");
        opened.session.setConvention(**conventionNamed("calflops"));
        opened.session.lens().setRings(2);
        opened.session.finder().search(q("self attn"), &opened.session.run());
        QCOMPARE(commandOf(opened.state()),
                 q("sunflop figure qwen2.5-0.5b --set text_tokens=64 --convention calflops --rings 2 "
                   "--search 'self attn' -o figure.png"));
    }
};

QTEST_MAIN(TestSessionFile)
#include "tst_session_file.moc"
