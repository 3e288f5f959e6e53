// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/small_program.h"
#include "tests/support/test_window.h"
#include "ui/model_files.h"
#include "ui/notes.h"
#include "ui/session/remembered.h"
#include "ui/session/session_state.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/estimate_mark.h"
#include "ui/widgets/input_row.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/value_slider.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QtTest>

#include <algorithm>
#include <memory>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void type(QWidget& editor, const char* text)
{
    auto* line = qobject_cast<QLineEdit*>(&editor);
    if (line == nullptr)
        line = editor.findChild<QLineEdit*>();
    editor.setFocus();
    line->selectAll();
    QTest::keyClicks(line, QLatin1String(text));
    QTest::keyClick(line, Qt::Key_Return);
}

} // namespace

/// A recorded program in the inputs panel and in the window.
class TestShapeRows : public QObject {
    Q_OBJECT

    PreferencesSandbox m_sandbox;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<InputsPanel> m_panel;

    template<typename T>
    T& part(std::string_view input) const
    {
        return *m_panel->row(input)->findChild<T*>();
    }
    QString shown(std::string_view shape) const { return part<QLineEdit>(shape).text(); }
    Count macs() const
    {
        m_session->settle();
        return m_session->run().costs.root().total.forward.macs;
    }

private Q_SLOTS:
    void initTestCase() { failOnWarnings(); }

    void init()
    {
        m_panel.reset();
        m_session = std::make_unique<Session>();
        QVERIFY(m_session->show(smallProgram()));
        m_panel = std::make_unique<InputsPanel>(*m_session);
        m_panel->resize(272, 1200);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
        m_panel->activateWindow();
    }

    void cleanup() { m_panel.reset(); }

    void everyFreeSizeHasASlider()
    {
        for (const char* id : {"x[0]", "x[1]", "y[0]"})
            QVERIFY2(m_panel->row(id) != nullptr && m_panel->row(id)->findChild<ValueSlider*>() != nullptr,
                     id);
        QCOMPARE(m_panel->row("x[2]"), m_panel->row("x")); // one size is no slider
        QCOMPARE(shown("x"), QStringLiteral("4x16x8"));
        QCOMPARE(m_panel->row("x")->title(), QStringLiteral("x · f32"));
        QCOMPARE(part<QLineEdit>("x").accessibleName(), QStringLiteral("x · f32"));
    }

    void typedShapeMovesItsSliders()
    {
        type(part<QLineEdit>("x"), "2x333x8");
        QCOMPARE(part<NumberBox>("x[1]").value(), 333);
        QCOMPARE(shown("y"), QStringLiteral("2x8"));
        QCOMPARE(macs(), Count(2 * 333 * 8 * 16));
        m_session->undoStack().undo();
        QCOMPARE(shown("x"), QStringLiteral("4x16x8"));
        QCOMPARE(macs(), Count(4 * 16 * 8 * 16));
    }

    void equalSizesMoveTogether()
    {
        type(part<NumberBox>("y[0]"), "7");
        QCOMPARE(part<NumberBox>("x[0]").value(), 7);
        QCOMPARE(shown("x"), QStringLiteral("7x16x8"));
        QVERIFY(!m_panel->row("x[0]")->isAtDefault());
        QCOMPARE(macs(), Count(7 * 16 * 8 * 16));
    }

    void dragOfASizeIsOneUndoStep()
    {
        auto& slider = part<ValueSlider>("x[1]");
        slider.setFocus();
        QTest::keyClick(&slider, Qt::Key_PageUp);
        QCOMPARE(part<NumberBox>("x[1]").value(), 32);
        QCOMPARE(m_session->undoStack().count(), 1);
        QCOMPARE(m_session->undoStack().undoText(), QStringLiteral("x[1]"));
        m_session->undoStack().undo();
        QCOMPARE(part<NumberBox>("x[1]").value(), 16);
    }

    void refusalStandsAtItsRow_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("row");
        QTest::newRow("rank") << QStringLiteral("4x16") << QStringLiteral("x");
        QTest::newRow("size that is fixed") << QStringLiteral("4x16x9") << QStringLiteral("x");
        QTest::newRow("out of range") << QStringLiteral("65x16x8") << QStringLiteral("x[0]");
        QTest::newRow("no shape") << QStringLiteral("4xax8") << QStringLiteral("x");
    }

    void refusalStandsAtItsRow()
    {
        QFETCH(QString, typed);
        QFETCH(QString, row);
        QSignalSpy refused(m_session.get(), &Session::refused);
        type(part<QLineEdit>("x"), qPrintable(typed));
        QCOMPARE(refused.count(), 1);
        QVERIFY(!m_panel->row(row.toStdString())->refusal().isEmpty());
        QCOMPARE(shown("x"), QStringLiteral("4x16x8"));
        QVERIFY(m_session->settings().empty());
    }

    void listsAreTypedAsSeveralShapes()
    {
        type(part<QLineEdit>("points"), "1x3,5x3,2x3");
        QCOMPARE(shown("points"), QStringLiteral("1x3,5x3,2x3"));
        m_session->settle();
        QCOMPARE(m_session->run().workload.text("points"), std::string("1x3,5x3,2x3"));
    }

    void resetReturnsToTheFilesOwnShapes()
    {
        type(part<QLineEdit>("x"), "2x333x8");
        type(part<NumberBox>("steps"), "5");
        m_session->reset();
        QCOMPARE(shown("x"), QStringLiteral("4x16x8"));
        QCOMPARE(part<NumberBox>("steps").value(), 1);
        QVERIFY(m_session->settings().empty());
    }

    void flagIsAChoiceAndNotTheModeOfTheRun()
    {
        auto& combo = part<QComboBox>("mode");
        combo.setFocus();
        QTest::keyClick(&combo, Qt::Key_Down);
        m_session->settle();
        QCOMPARE(m_session->run().workload.text("mode"), std::string("true"));
        QCOMPARE(m_session->run().workload.mode, Mode::Inference);
    }

    void largestThatFitsIsFoundForASize()
    {
        const auto actions = m_panel->row("x[0]")->actions();
        const auto fit = std::ranges::find(actions, QStringLiteral("Largest that fits"), &QAction::text);
        (*fit)->trigger();
        m_panel->settle();
        QCOMPARE(part<NumberBox>("x[0]").value(), 64);
    }

    void refusedProgramKeepsItsTreeAndItsInputs()
    {
        QSignalSpy problem(m_session.get(), &Session::problemChanged);
        type(part<NumberBox>("steps"), "13");
        QCOMPARE(macs(), Count(0));
        QCOMPARE(problem.count(), 1);
        QVERIFY(m_session->problem());
        QCOMPARE(m_session->run().costs.root().total.params, Count(16 * 8));
        QVERIFY(!m_panel->row("steps")->refusal().isEmpty());
        QCOMPARE(part<NumberBox>("steps").value(), 13);
        type(part<NumberBox>("steps"), "12");
        QCOMPARE(macs(), Count(4 * 16 * 8 * 16));
        QVERIFY(!m_session->problem());
    }

    void programThatRefusesItsOwnInputsOpens()
    {
        Model model = smallProgram();
        const auto steps = std::ranges::find(model.inputs, "steps", &Input::id);
        steps->defaultValue = "13";
        QVERIFY(m_session->show(std::move(model)));
        QVERIFY(m_session->problem());
        QCOMPARE(m_session->run().costs.root().total.params, Count(16 * 8));
        m_session->setInput(QStringLiteral("steps"), QStringLiteral("2"));
        QCOMPARE(macs(), Count(4 * 16 * 8 * 16));
    }

    void cancelledCountReturnsToTheInputsOfTheFigures()
    {
        m_session->setInput(QStringLiteral("x[0]"), QStringLiteral("7"));
        QCOMPARE(m_session->settings().size(), std::size_t(1));
        m_session->cancelCount();
        QVERIFY(m_session->settings().empty());
        QCOMPARE(macs(), Count(4 * 16 * 8 * 16));
    }

    void sessionKeepsTheArguments()
    {
        type(part<QLineEdit>("x"), "2x333x8");
        m_session->settle();
        const ModelState kept = modelStateOf(*m_session);
        QCOMPARE(kept.inputs, (std::vector<Assignment>{{"x[0]", "2"}, {"x[1]", "333"}}));
        Session other;
        QVERIFY(other.show(smallProgram()));
        QCOMPARE(apply(other, kept), QStringList());
        QCOMPARE(other.run().workload.text("x"), std::string("2x333x8"));
    }

    void argumentsAreRememberedForTheirFile()
    {
        type(part<QLineEdit>("x"), "2x333x8");
        const QString key = rememberedKey(m_session->model());
        const auto again =
            recall({{key, rememberedArguments(*m_session) + QStringList{"x[1]=0", "no", "mode"}}});
        const auto settings = again(smallProgram());
        QCOMPARE(settings, (std::vector<Assignment>{{"x[0]", "2"}, {"x[1]", "333"}}));
        Model another = smallProgram();
        another.fingerprint.bytes = 2;
        QVERIFY(again(another).empty());
    }

    void preferencesForgetTheOldestArguments()
    {
        Preferences preferences;
        for (qsizetype i = 0; i <= Preferences::mostArguments; ++i)
            preferences.setArguments(QStringLiteral("file%1").arg(i), {QStringLiteral("x[0]=%1").arg(i)});
        const auto all = preferences.arguments();
        QCOMPARE(all.size(), Preferences::mostArguments);
        QVERIFY(!all.contains(QStringLiteral("file0")));
        QCOMPARE(all.value(QStringLiteral("file1")), QStringList{QStringLiteral("x[0]=1")});
        preferences.setArguments(QStringLiteral("file1"), {});
        QVERIFY(!preferences.arguments().contains(QStringLiteral("file1")));
    }

    void bannerSaysWhatTheProgramSaid()
    {
        TestWindow window;
        QVERIFY(window.session().show(smallProgram()));
        window.session().setInput(QStringLiteral("steps"), QStringLiteral("13"));
        window.settle();
        auto& banner = window.part<Banner>();
        QVERIFY(banner.isVisible());
        const auto labels = banner.findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(
            labels, [](const QLabel* l) { return l->text().contains(QLatin1String("one too many")); }));
        window.session().undoStack().undo();
        window.settle();
        QVERIFY(!banner.isVisible());
    }

    void notesTellWhatFileAndRunSaid()
    {
        const auto notes = notesOf(m_session->run());
        QCOMPARE(notes[0].kind, Note::Kind::Remark);
        QCOMPARE(notes[0].text, QStringLiteral("Exported by hand."));
        QCOMPARE(notes[1].text, QStringLiteral("The loop ran once."));
        QVERIFY(statusText(notes).contains(QLatin1String("Exported by hand")));
    }

    void kindLineNamesFamilyWithoutADtype()
    {
        const auto labels = m_panel->findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(
            labels, [](const QLabel* l) { return l->text() == QLatin1String("Recorded program"); }));
        QVERIFY(m_panel->row("weight_dtype") == nullptr);
        QVERIFY(m_panel->row("transformers") == nullptr);
    }

    void estimatesAreMarked()
    {
        EstimateMark mark(*m_session);
        QVERIFY(mark.isHidden());
        Model model = smallProgram();
        Run run = *runOf(model, {}, conventions().front());
        run.trace.isEstimate = true;
        m_session->show(std::move(model), std::move(run), 1);
        QVERIFY(!mark.isHidden());
        QCOMPARE(notesOf(m_session->run()).front().kind, Note::Kind::Estimate);
        QCOMPARE(titleOf(QStringLiteral("Sunburst"), m_session->run()),
                 QStringLiteral("Sunburst (estimate)"));
    }

    void dialogOffersWhatCanBeRead()
    {
        const QString filters = modelFilters();
        QVERIFY(filters.endsWith(QLatin1String("All files (*)")));
        for (const Format& format : formats())
            for (const std::string_view suffix : format.suffixes)
                QVERIFY(filters.section(QLatin1String(";;"), 0, 0)
                            .contains(QLatin1Char('*') + QString::fromStdString(std::string(suffix))));
    }
};

QTEST_MAIN(TestShapeRows)
#include "tst_shape_rows.moc"
