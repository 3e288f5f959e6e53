// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_box.h"
#include "ui/widgets/value_slider.h"

#include <QAccessible>
#include <QLineEdit>
#include <QtTest>

#include <memory>

using namespace sunflop;

namespace {

QString shown(const NumberBox& box)
{
    return box.findChild<QLineEdit*>()->text();
}

/// Types over what the box shows.
void type(NumberBox& box, const char* text)
{
    box.setFocus();
    box.selectAll();
    QTest::keyClick(&box, Qt::Key_Delete);
    QTest::keyClicks(&box, QLatin1String(text));
}

} // namespace

class TestNumberBox : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_window = std::make_unique<QWidget>();
        m_box = new NumberBox(m_window.get());
        m_other = new QLineEdit(m_window.get());
        m_box->setRange(1, 1 << 20);
        m_box->setValue(512);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_box->setFocus();
    }

    void showsGroupsOfThreeDigitsAndTheUnit()
    {
        m_box->setUnit(QStringLiteral("px"));
        m_box->setValue(131'072);
        QCOMPARE(shown(*m_box), QStringLiteral("131,072\u202Fpx"));
    }

    void readsWhatPeopleWrite_data()
    {
        QTest::addColumn<qint64>("value");
        const auto row = [](const char* text, qint64 value) { QTest::newRow(text) << value; };
        row("147", 147);
        row("4k", 4 * 1000);
        row("32K", 32 * 1000);
        row("1M", 1000 * 1000);
        row("32Ki", 32 * 1024);
        row("131,072", 131072);
        row(" 131 072 ", 131072);
        row("672 px", 672);
        row("672px", 672);
    }

    void readsWhatPeopleWrite()
    {
        QFETCH(qint64, value);
        m_box->setUnit(QStringLiteral("px"));
        QSignalSpy edited(m_box, &NumberBox::edited);
        type(*m_box, QTest::currentDataTag());
        QCOMPARE(edited.count(), 0);
        QTest::keyClick(m_box, Qt::Key_Return);
        QCOMPARE(edited.count(), 1);
        QCOMPARE(edited.first().first().toLongLong(), value);
        QCOMPARE(m_box->value(), value);
    }

    void refusesTextAndKeepsTheValue_data()
    {
        QTest::addColumn<QString>("why");
        QTest::newRow("many") << QStringLiteral(
            "\"many\" is no whole number, expected one such as 147 or 4k");
        QTest::newRow("0") << QStringLiteral("0 is out of range, expected 1 to 1,048,576");
        QTest::newRow("2M") << QStringLiteral("2,000,000 is out of range, expected 1 to 1,048,576");
        QTest::newRow("1.5") << QStringLiteral("\"1.5\" is no whole number, expected one such as 147 or 4k");
        QTest::newRow("") << QStringLiteral("empty, expected a whole number");
    }

    void refusesTextAndKeepsTheValue()
    {
        QFETCH(QString, why);
        QSignalSpy edited(m_box, &NumberBox::edited);
        QSignalSpy refused(m_box, &NumberBox::refused);
        type(*m_box, QTest::currentDataTag());
        QCOMPARE(m_box->toolTip(), why);
        QCOMPARE(m_box->property("state").toString(), QStringLiteral("refused"));
        m_other->setFocus();
        QCOMPARE(refused.count(), 1);
        QCOMPARE(refused.first().first().toString(), why);
        QCOMPARE(edited.count(), 0);
        QCOMPARE(m_box->value(), 512);
        QCOMPARE(shown(*m_box), QStringLiteral("512"));
        QCOMPARE(m_box->property("state").toString(), QString());
    }

    void escapeForgetsWhatWasTyped()
    {
        QSignalSpy edited(m_box, &NumberBox::edited);
        type(*m_box, "77");
        QTest::keyClick(m_box, Qt::Key_Escape);
        m_other->setFocus();
        QCOMPARE(edited.count(), 0);
        QCOMPARE(shown(*m_box), QStringLiteral("512"));
    }

    void keysStepDoubleAndHalve()
    {
        const auto after = [this](Qt::Key key) {
            QTest::keyClick(m_box, key);
            return m_box->value();
        };
        m_box->setRange(8, 4096, 8);
        m_box->setUsualRange(16, 2048);
        QCOMPARE(after(Qt::Key_Up), 512 + 8);
        QCOMPARE(after(Qt::Key_Down), 512);
        QCOMPARE(after(Qt::Key_PageUp), 1024);
        QCOMPARE(after(Qt::Key_PageDown), 512);
        QCOMPARE(after(Qt::Key_End), 2048);
        QCOMPARE(after(Qt::Key_PageUp), 4096);
        QCOMPARE(after(Qt::Key_PageUp), 4096);
        QCOMPARE(after(Qt::Key_Home), 16);
        QCOMPARE(after(Qt::Key_PageDown), 8);
        QCOMPARE(after(Qt::Key_Down), 8);
    }

    void homeMovesTheCursorWhileTyping()
    {
        type(*m_box, "23");
        QTest::keyClick(m_box, Qt::Key_Home);
        QTest::keyClicks(m_box, QStringLiteral("1"));
        QTest::keyClick(m_box, Qt::Key_Return);
        QCOMPARE(m_box->value(), 123);
    }

    void wheelTurnsItOnlyWithFocus()
    {
        const auto turn = [this] {
            QWheelEvent event(QPointF(5, 5), m_box->mapToGlobal(QPointF(5, 5)), {}, QPoint(0, 120),
                              Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(m_box, &event);
        };
        m_other->setFocus();
        turn();
        QCOMPARE(m_box->value(), 512);
        m_box->setFocus();
        turn();
        QCOMPARE(m_box->value(), 513);
    }

    void emptyTextIsAutomaticWhereThatIsAllowed()
    {
        m_box->setCanBeAutomatic(true);
        QSignalSpy cleared(m_box, &NumberBox::cleared);
        type(*m_box, "");
        QTest::keyClick(m_box, Qt::Key_Return);
        QCOMPARE(cleared.count(), 1);
        QVERIFY(m_box->isAutomatic());

        m_box->setAutomatic(6);
        QCOMPARE(shown(*m_box), QString());
        QCOMPARE(m_box->findChild<QLineEdit*>()->placeholderText(), QStringLiteral("auto · 6"));
        QTest::keyClick(m_box, Qt::Key_Up);
        QCOMPARE(m_box->value(), 7);
        QVERIFY(!m_box->isAutomatic());
    }

    void tellsAssistiveTechnologyItsValue()
    {
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(m_box);
        QVERIFY(interface != nullptr);
        QCOMPARE(interface->role(), QAccessible::SpinBox);
        QVERIFY(interface->valueInterface() != nullptr);
        QCOMPARE(interface->valueInterface()->currentValue().toDouble(), 512.0);
        QCOMPARE(interface->valueInterface()->maximumValue().toDouble(), 1048576.0);
    }

    void sliderCoversOrdersOfMagnitude()
    {
        ValueSlider slider;
        slider.setScale(16, 131'072, 1, true);
        // 16 = 2^4 and 131,072 = 2^17: 1,024 = 2^10 lies 6 octaves of 13 from the left.
        slider.setCurrent(1024);
        QCOMPARE(slider.value(), 462);
        slider.setCurrent(1'000'000);
        QCOMPARE(slider.value(), 1000);
        QCOMPARE(slider.current(), 1'000'000);
    }

    void sliderStopsAtRoundValues()
    {
        ValueSlider slider;
        slider.setScale(0, 32'768, 1, true);
        QSignalSpy moved(&slider, &ValueSlider::moved);
        for (int tick = 0; tick <= 1000; ++tick)
            slider.setSliderPosition(tick);
        for (const auto& arguments : moved) {
            const qint64 value = arguments.first().toLongLong();
            const qint64 octave = value < 64 ? 1 : qint64(1) << (63 - qCountLeadingZeroBits(quint64(value)));
            QVERIFY2(octave < 64 || value % (octave / 32) == 0, qPrintable(QString::number(value)));
        }
        QCOMPARE(slider.current(), 32'768);
    }

    void sliderKeysDoubleAndHalve()
    {
        ValueSlider slider;
        slider.setScale(1, 256, 1, true);
        slider.setCurrent(8);
        QSignalSpy released(&slider, &ValueSlider::released);
        QTest::keyClick(&slider, Qt::Key_PageUp);
        QCOMPARE(slider.current(), 16);
        QTest::keyClick(&slider, Qt::Key_PageDown);
        QTest::keyClick(&slider, Qt::Key_Right);
        QCOMPARE(slider.current(), 9);
        QTest::keyClick(&slider, Qt::Key_End);
        QCOMPARE(slider.current(), 256);
        QTest::keyClick(&slider, Qt::Key_Home);
        QCOMPARE(slider.current(), 1);
        QCOMPARE(released.count(), 5);
    }

private:
    std::unique_ptr<QWidget> m_window;
    NumberBox* m_box = nullptr;
    QLineEdit* m_other = nullptr;
};

QTEST_MAIN(TestNumberBox)
#include "tst_number_box.moc"
