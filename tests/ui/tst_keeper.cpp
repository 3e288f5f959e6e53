// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_window.h"
#include "tests/support/text.h"
#include "ui/session/keeper.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/empty_page.h"
#include "ui/widgets/tab_drawer.h"

#include <QClipboard>
#include <QLabel>
#include <QMessageBox>
#include <QProcess>
#include <QPushButton>
#include <QTabBar>
#include <QTemporaryDir>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void write(const QString& path, const QByteArray& text)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
}

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no such file");
}

QByteArray tinyLlama(int layers)
{
    return R"({"model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1,
               "intermediate_size": 12, "vocab_size": 16, "num_hidden_layers": )" +
           QByteArray::number(layers) + "}";
}

QString wordsOf(const Banner& banner)
{
    QStringList words;
    for (const auto* label : banner.findChildren<QLabel*>())
        words << label->text();
    return words.join(QLatin1Char('\n'));
}

/// Answers the question that comes next.
void answer(QMessageBox::StandardButton button)
{
    QTimer::singleShot(0, [button] {
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        QVERIFY2(box != nullptr, "nothing was asked");
        box->button(button)->click();
    });
}

} // namespace

class TestKeeper : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(q(name)); }
    QString tiny() const { return path("tiny.json"); }
    QString study() const { return path("study.sunflop.json"); }

    /// Saves a session of the tiny model with 64 tokens, the sweep's neighbour in front.
    void saveStudy()
    {
        TestWindow at;
        at.open(tiny());
        at.session().setInput(q("text_tokens"), q("64"));
        at.settle();
        at.part<TabDrawer>().setCurrentIndex(1);
        QVERIFY(at.window().keeper().save(study()));
    }

private Q_SLOTS:
    void init()
    {
        failOnWarnings();
        write(tiny(), tinyLlama(2));
        QFile::remove(study());
    }

    void aSavedSessionOpensAsItWas()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        TestWindow at;
        at.open(study());
        QTRY_COMPARE(at.window().keeper().path(), study());
        QCOMPARE(at.session().run().workload.textTokens, 64);
        QCOMPARE(at.part<TabDrawer>().currentIndex(), 1);
        QCOMPARE(at.window().opener().recent().front(), study());
        QVERIFY(at.window().windowTitle().startsWith(q("study[*] (tiny)")));
        QVERIFY(!at.window().isWindowModified());
        QVERIFY(!at.part<Banner>().isVisible());
    }

    void theTitleMarksWhatIsNotSaved()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        TestWindow at;
        at.open(study());
        QTRY_COMPARE(at.window().keeper().path(), study());
        at.focus().select(1);
        at.window().keeper().look();
        QVERIFY2(!at.window().isWindowModified(), "a selection is no change");
        at.session().setInput(q("text_tokens"), q("128"));
        at.settle();
        QTRY_VERIFY(at.window().isWindowModified());
        at.session().undoStack().undo();
        at.settle();
        QTRY_VERIFY(!at.window().isWindowModified());
        at.session().undoStack().redo();
        at.settle();
        at.key("Ctrl+S");
        QVERIFY(!at.window().isWindowModified());
        QVERIFY(content(study()).contains("\"text_tokens\": \"128\""));
    }

    void closingAsksForANamedSessionOnly()
    {
        const PreferencesSandbox sandbox;
        {
            TestWindow at;
            at.open(tiny());
            at.session().setInput(q("text_tokens"), q("32"));
            at.settle();
            QVERIFY(at.window().close());
        }
        saveStudy();
        TestWindow at;
        at.open(study());
        QTRY_COMPARE(at.window().keeper().path(), study());
        const QByteArray before = content(study());
        at.session().setInput(q("text_tokens"), q("128"));
        at.settle();
        answer(QMessageBox::Cancel);
        QVERIFY(!at.window().close());
        answer(QMessageBox::Cancel);
        at.open(q("qwen2.5-0.5b"));
        QCOMPARE(at.window().opener().place(), tiny());
        QCOMPARE(content(study()), before);
        answer(QMessageBox::Save);
        QVERIFY(at.window().close());
        QVERIFY(content(study()) != before);
    }

    void anotherModelLeavesTheNameBehind()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        TestWindow at;
        at.open(study());
        QTRY_COMPARE(at.window().keeper().path(), study());
        at.open(q("qwen2.5-0.5b"));
        QCOMPARE(at.window().keeper().path(), QString());
        QCOMPARE(at.window().windowTitle(), q("qwen2.5-0.5b — Sunflop"));
    }

    void theEmptyPageGoesOnWhereTheLastWindowWas()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        {
            TestWindow at;
            at.open(study());
            QTRY_COMPARE(at.window().keeper().path(), study());
            at.session().setInput(q("text_tokens"), q("128"));
            at.settle();
            answer(QMessageBox::Discard);
            QVERIFY(at.window().close());
        }
        TestWindow at;
        auto& go = at.part<QPushButton>(q("Continue with study: tiny, text_tokens=128"));
        QVERIFY(go.isVisible());
        at.click(go);
        QTRY_COMPARE(at.window().keeper().path(), study());
        at.settle();
        QCOMPARE(at.session().run().workload.textTokens, 128);
        QVERIFY2(at.window().isWindowModified(), "the file still has 64");
        QVERIFY(content(study()).contains("\"text_tokens\": \"64\""));
    }

    void aMissingModelIsSaidAndCanBeLocated()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        const QByteArray before = content(study());
        write(path("elsewhere/moved.json"), content(tiny()));
        QVERIFY(QFile::remove(tiny()));
        TestWindow at;
        at.open(study());
        auto& banner = at.part<Banner>();
        QTRY_VERIFY(banner.isVisible());
        QVERIFY2(wordsOf(banner).contains(tiny()), qPrintable(wordsOf(banner)));
        QVERIFY(at.part<QPushButton>(q("Locate…")).isVisible());
        QVERIFY(!at.session().hasModel());
        at.window().keeper().openWith(path("elsewhere/moved.json"));
        QTRY_COMPARE(at.window().keeper().path(), study());
        QCOMPARE(at.session().run().workload.textTokens, 64);
        QCOMPARE(content(study()), before);
    }

    void aChangedModelIsSaid()
    {
        const PreferencesSandbox sandbox;
        saveStudy();
        const QByteArray before = content(study());
        write(tiny(), tinyLlama(3));
        TestWindow at;
        at.open(study());
        auto& banner = at.part<Banner>();
        QTRY_VERIFY(banner.isVisible());
        QVERIFY2(wordsOf(banner).contains(q("tiny.json has changed since the session was saved.")),
                 qPrintable(wordsOf(banner)));
        QCOMPARE(at.session().run().workload.textTokens, 64);
        QCOMPARE(content(study()), before);
    }

    void theCommandOfTheViewGoesToTheClipboard()
    {
        const PreferencesSandbox sandbox;
        TestWindow at;
        at.open(q("qwen2.5-0.5b"));
        at.session().setInput(q("text_tokens"), q("64"));
        at.settle();
        at.key("Ctrl+Alt+C");
        QCOMPARE(QApplication::clipboard()->text(),
                 q("sunflop figure qwen2.5-0.5b --set text_tokens=64 -o figure.png"));
    }

    void whatWasShownSurvivesAKill()
    {
        const QString home = path("home");
        const QString autosaved = home + q("/sunflop/sunflop/autosave.sunflop.json");
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* variable : {"XDG_CONFIG_HOME", "XDG_DATA_HOME"})
            environment.insert(q(variable), home);
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(q(SUNFLOP_PROGRAM), {tiny()});
        QVERIFY(process.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(autosaved), 20'000);
        process.kill();
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);
        const auto state = readSessionFile(autosaved);
        QVERIFY2(state, state ? "" : state.error().text().c_str());
        QCOMPARE(state->models.front().source.path, tiny().toStdString());
        // The next start offers it, and leaves it alone until something is open.
        const QByteArray before = content(autosaved);
        Session session;
        Opener opener(session);
        Keeper keeper(session, opener,
                      {[](SessionState&) {}, [](const SessionState&, const Model*) { return QStringList(); }},
                      autosaved);
        QCOMPARE(keeper.lastWords(), q("tiny"));
        keeper.autosave();
        QCOMPARE(content(autosaved), before);
        keeper.continueLast();
        QTRY_COMPARE(opener.place(), tiny());
    }

    void whatCannotSaveItselfSaysSo()
    {
        const PreferencesSandbox sandbox;
        const QString file = Preferences().autosaveFile();
        QVERIFY(QDir().mkpath(file)); // a folder is in the way
        TestWindow at;
        at.open(tiny());
        at.window().keeper().autosave();
        const auto& banner = at.part<Banner>();
        QVERIFY(banner.isVisible());
        QVERIFY2(wordsOf(banner).contains(q("does not save itself")) && wordsOf(banner).contains(file),
                 qPrintable(wordsOf(banner)));
        // Said once; and again when it has worked meanwhile.
        at.key("Escape");
        at.session().setInput(q("text_tokens"), q("64"));
        at.settle();
        at.window().keeper().autosave();
        QVERIFY(!banner.isVisible());
        QVERIFY(QDir().rmdir(file));
        at.session().setInput(q("text_tokens"), q("65"));
        at.settle();
        at.window().keeper().autosave();
        QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }

    void aBrokenAutosaveIsNoOffer()
    {
        Session session;
        Opener opener(session);
        const QString file = path("broken/autosave.sunflop.json");
        write(file, "{\"sunflop\": 1, \"mod");
        Keeper keeper(session, opener,
                      {[](SessionState&) {}, [](const SessionState&, const Model*) { return QStringList(); }},
                      file);
        QCOMPARE(keeper.lastWords(), QString());
    }
};

QTEST_MAIN(TestKeeper)
#include "tst_keeper.moc"
