// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions of two models: saved, opened again, continued, and what changes them.

#include "tests/support/small_models.h"
#include "tests/support/test_window.h"
#include "tests/support/text.h"
#include "ui/compare/compare_inputs.h"
#include "ui/compare/compare_page.h"
#include "ui/session/keeper.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/empty_page.h"

#include <QClipboard>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>

using namespace sunflop;
using namespace sunflop::test;

namespace {

QString wordsOf(const Banner& banner)
{
    QStringList words;
    for (const auto* label : banner.findChildren<QLabel*>())
        words << label->text();
    return words.join(QLatin1Char('\n'));
}

} // namespace

class TestKeptComparison : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }
    QString study() const { return path("study.sunflop.json"); }

    void write(const char* name, int layers) const
    {
        auto config = smallDecoder("llama");
        config["num_hidden_layers"] = layers;
        const QByteArray text = QByteArray::fromStdString(config.dump());
        QVERIFY(QDir().mkpath(QFileInfo(path(name)).path()));
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }

    static void waitForB(TestWindow& at)
    {
        QTRY_VERIFY(at.window().comparison().isAligned());
        at.window().comparison().settle();
        at.settle();
    }
    /// A with 64 tokens, B with 32 counted as calflops does, a pair by hand, circles not to scale.
    void compareInto(TestWindow& at) const
    {
        at.open(path("a.json"));
        at.session().setInput(q("text_tokens"), q("64"));
        at.settle();
        CompareSession& comparison = at.window().comparison();
        comparison.compareWith(path("b.json"));
        waitForB(at);
        comparison.setLinksInputs(false);
        comparison.setSameScale(false);
        comparison.session(Side::B).setConvention(**conventionNamed("calflops"));
        comparison.session(Side::B).setInput(q("text_tokens"), q("32"));
        comparison.setPairs({{"model.embed_tokens", "lm_head"}});
        at.window().comparePage()->inputs().show(Side::B);
        comparison.settle();
        at.settle();
    }
    void saveStudy() const
    {
        TestWindow at;
        compareInto(at);
        QVERIFY(at.window().keeper().save(study()));
    }
    void expectStudy(TestWindow& at) const
    {
        QTRY_COMPARE(at.window().keeper().path(), study());
        at.settle();
        CompareSession& comparison = at.window().comparison();
        const Session& b = comparison.session(Side::B);
        QVERIFY(comparison.isAligned());
        QCOMPARE(at.session().run().workload.textTokens, 64);
        QCOMPARE(at.session().convention().id, std::string_view("exact"));
        QCOMPARE(b.run().workload.textTokens, 32);
        QCOMPARE(b.convention().id, std::string_view("calflops"));
        QCOMPARE(comparison.pairs().size(), std::size_t{1});
        QCOMPARE(comparison.pairs().front().b, std::string("lm_head"));
        QVERIFY(!comparison.linksInputs());
        QVERIFY(!comparison.hasSameScale());
        QVERIFY(at.window().comparePage()->isVisible());
        QVERIFY(at.window().comparePage()->inputs().shown() == Side::B);
        QVERIFY2(!at.session().undoStack().canUndo(), "there is nothing to undo in a session just opened");
    }

private Q_SLOTS:
    void init()
    {
        failOnWarnings();
        write("a.json", 2);
        write("b.json", 3);
        QFile::remove(study());
    }

    void aComparisonOpensAsItWasSaved()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        TestWindow at;
        at.open(study());
        expectStudy(at);
        QVERIFY(!at.part<Banner>().isVisible());
        QVERIFY(!at.window().isWindowModified());
        QCOMPARE(at.window().windowTitle(), q("study[*] (a ↔ b) — Sunflop"));
        QCOMPARE(at.window().opener().recent().front(), study());
    }

    void savedAgainItIsTheSameFile()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        const auto before = readSessionFile(study());
        TestWindow at;
        at.open(study());
        expectStudy(at);
        QVERIFY(at.window().keeper().save(study()));
        const auto after = readSessionFile(study());
        QVERIFY(before && after && *before == *after);
    }

    void whatIsDoneToEitherSideIsAChange()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        TestWindow at;
        at.open(study());
        expectStudy(at);
        CompareSession& comparison = at.window().comparison();
        Session& b = comparison.session(Side::B);
        const auto changes = [&](const char* what, const auto& change, const auto& back) {
            change();
            comparison.settle();
            QTRY_VERIFY2(at.window().isWindowModified(), what);
            back();
            comparison.settle();
            QTRY_VERIFY2(!at.window().isWindowModified(), what);
        };
        changes(
            "inputs of B", [&] { b.setInput(q("text_tokens"), q("48")); },
            [&] { b.setInput(q("text_tokens"), q("32")); });
        changes(
            "convention of B", [&] { b.setConvention(**conventionNamed("flopcounter")); },
            [&] { b.setConvention(**conventionNamed("calflops")); });
        changes(
            "pairs", [&] { comparison.setPairs({}); },
            [&] {
                comparison.setPairs({{"model.embed_tokens", "lm_head"}});
            });
        changes(
            "the link", [&] { comparison.setLinksInputs(true); }, [&] { comparison.setLinksInputs(false); });
        changes(
            "scale", [&] { comparison.setSameScale(true); }, [&] { comparison.setSameScale(false); });
        changes(
            "sides", [&] { comparison.swap(); }, [&] { comparison.swap(); });
        QCOMPARE(at.window().keeper().path(), study());
    }

    void theEmptyPageGoesOnWithTheComparison()
    {
        const PreferencesSandbox sandbox;
        {
            TestWindow at;
            compareInto(at);
            QVERIFY(at.window().close());
        }
        TestWindow at;
        at.click(at.part<QPushButton>(q("Continue with a ↔ b")));
        waitForB(at);
        QCOMPARE(at.window().comparison().session(Side::B).run().workload.textTokens, 32);
        QCOMPARE(at.window().comparison().pairs().size(), std::size_t{1});
        QCOMPARE(at.window().windowTitle(), q("a ↔ b — Sunflop"));
    }

    void aMovedBIsFoundBesideTheSession()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        QVERIFY(QDir().mkpath(path("moved")));
        for (const char* name : {"a.json", "b.json", "study.sunflop.json"})
            QFile::copy(path(name), path("moved/") + q(name));
        write("a.json", 5);
        QVERIFY(QFile::remove(path("b.json")));
        TestWindow at;
        at.open(path("moved/study.sunflop.json"));
        waitForB(at);
        QCOMPARE(at.window().comparison().session(Side::B).run().workload.textTokens, 32);
        QCOMPARE(at.window().comparison().opener(Side::B).place(), path("moved/b.json"));
    }

    void aMissingBIsSaidAndCanBeLocated()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        QVERIFY(QDir().mkpath(path("elsewhere")));
        QFile::remove(path("elsewhere/b2.json"));
        QVERIFY(QFile::rename(path("b.json"), path("elsewhere/b2.json")));
        TestWindow at;
        at.open(study());
        QTRY_VERIFY(at.part<Banner>().isVisible());
        QVERIFY2(wordsOf(at.part<Banner>()).contains(path("b.json")), qPrintable(wordsOf(at.part<Banner>())));
        QVERIFY(!at.session().hasModel());
        at.window().keeper().openWith(path("elsewhere/b2.json"));
        expectStudy(at);
    }

    void missingModelsAreLocatedOneAfterTheOther()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        QVERIFY(QDir().mkpath(path("else")));
        for (const char* name : {"a.json", "b.json"}) {
            QFile::remove(path("else/moved_") + q(name));
            QVERIFY(QFile::rename(path(name), path("else/moved_") + q(name)));
        }
        TestWindow at;
        at.open(study());
        QTRY_VERIFY(at.part<Banner>().isVisible());
        at.window().keeper().openWith(path("else/moved_a.json"));
        QVERIFY2(wordsOf(at.part<Banner>()).contains(path("b.json")), qPrintable(wordsOf(at.part<Banner>())));
        QVERIFY(!at.session().hasModel());
        at.window().keeper().openWith(path("else/moved_b.json"));
        expectStudy(at);
    }

    void aChangedBIsSaid()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        write("b.json", 4);
        TestWindow at;
        at.open(study());
        expectStudy(at);
        QTRY_VERIFY(at.part<Banner>().isVisible());
        QVERIFY2(wordsOf(at.part<Banner>()).contains(q("b.json has changed since the session was saved.")),
                 qPrintable(wordsOf(at.part<Banner>())));
    }

    void aPairThatIsGoneIsSaid()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        QFile file(study());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll().replace("\"lm_head\"", "\"no.such\"");
        file.close();
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
        file.close();
        TestWindow at;
        at.open(study());
        waitForB(at);
        QTRY_VERIFY(at.part<Banner>().isVisible());
        QVERIFY2(wordsOf(at.part<Banner>()).contains(q("no.such")), qPrintable(wordsOf(at.part<Banner>())));
        QVERIFY(at.window().comparison().pairs().empty());
    }

    void theCommandOfThePageGoesToTheClipboard()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        compareInto(at);
        at.key("Ctrl+Alt+C");
        QCOMPARE(QApplication::clipboard()->text(),
                 q("sunflop figure ") + path("a.json") + q(" --compare ") + path("b.json") +
                     q(" --set-a text_tokens=64 --set-b text_tokens=32 --convention-b calflops --pair "
                       "model.embed_tokens=lm_head --no-link --own-scales --inputs b -o figure.png"));
    }

    void aSessionOfOneModelLeavesTheComparison()
    {
        const PreferencesSandbox sandbox;
        {
            TestWindow at;
            at.open(path("a.json"));
            QVERIFY(at.window().keeper().save(path("one.sunflop.json")));
        }
        TestWindow at;
        compareInto(at);
        at.open(path("one.sunflop.json"));
        QTRY_COMPARE(at.window().keeper().path(), path("one.sunflop.json"));
        QVERIFY(!at.window().comparison().isOpen());
        QVERIFY(!at.window().isWindowModified());
    }
};

QTEST_MAIN(TestKeptComparison)
#include "tst_kept_comparison.moc"
