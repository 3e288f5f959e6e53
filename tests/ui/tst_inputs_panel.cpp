// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/input_row.h"
#include "ui/widgets/inputs_panel.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/size_row.h"
#include "ui/widgets/value_slider.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStyle>
#include <QStyleOptionSlider>
#include <QtTest>

#include <algorithm>
#include <memory>

using namespace sunflop;

namespace {

QString value(const Session& session, std::string_view input)
{
    const auto found = std::ranges::find(session.settings(), input, &Assignment::id);
    return found == session.settings().end() ? QString() : QString::fromStdString(found->value);
}

/// Presses the handle of a slider, moves it along in many steps and lets it go.
void drag(ValueSlider& slider, int fromTick, int toTick)
{
    const auto at = [&](int tick) {
        const int handle = slider.style()->pixelMetric(QStyle::PM_SliderLength, nullptr, &slider);
        return QPoint(handle / 2 + QStyle::sliderPositionFromValue(0, 1000, tick, slider.width() - handle),
                      slider.height() / 2);
    };
    QTest::mousePress(&slider, Qt::LeftButton, {}, at(fromTick));
    for (int i = 1; i <= 10; ++i)
        QTest::mouseMove(&slider, at(fromTick + (toTick - fromTick) * i / 10));
    QTest::mouseRelease(&slider, Qt::LeftButton, {}, at(toTick));
}

void type(QWidget& editor, const char* text)
{
    auto* line = qobject_cast<QLineEdit*>(&editor);
    if (line == nullptr)
        line = editor.findChild<QLineEdit*>();
    editor.setFocus();
    line->selectAll();
    QTest::keyClicks(&editor, QLatin1String(text));
    QTest::keyClick(&editor, Qt::Key_Return);
}

} // namespace

class TestInputsPanel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { open(QStringLiteral("ovis2-4b")); }

    void showsTheInputsThatTheModelOffers()
    {
        for (const Input& input : m_session->model().inputs)
            QVERIFY2(m_panel->row(input.id) != nullptr, std::string(input.id).c_str());
        open(QStringLiteral("llama-3.1-405b"));
        QVERIFY(m_panel->row("text_tokens") != nullptr);
        QVERIFY(m_panel->row("image_width") == nullptr);
    }

    void noBoxCutsADigit_data()
    {
        QTest::addColumn<int>("pixels");
        QTest::addColumn<int>("stretch"); // how wide letters are: DejaVu Sans is a seventh wider than Inter
        for (const int pixels : {12, 13, 16, 20, 26})
            for (const int stretch : {100, 115, 130})
                QTest::addRow("%d px, %d %%", pixels, stretch) << pixels << stretch;
    }

    void noBoxCutsADigit()
    {
        QFETCH(int, pixels);
        QFETCH(int, stretch);
        QFont font = m_panel->font();
        font.setPixelSize(pixels);
        font.setLetterSpacing(QFont::PercentageSpacing, stretch);
        m_panel->setFont(font);
        m_panel->show();
        m_session->setInputs({{"image_width", "1344"}, {"image_height", "896"}, {"text_tokens", "131072"}});
        m_session->settle();
        int boxes = 0;
        for (const auto* line : m_panel->findChildren<QLineEdit*>()) {
            if (!line->isVisible()) // in a section that is folded
                continue;
            ++boxes;
            const QString shown = line->text().isEmpty() ? line->placeholderText() : line->text();
            const QMargins margins = line->textMargins();
            const int room = line->width() - margins.left() - margins.right();
            const QByteArray what = (shown + QStringLiteral(" in ") + QString::number(room)).toUtf8();
            QVERIFY2(QFontMetrics(line->font()).horizontalAdvance(shown) <= room, what.constData());
            const int left = line->mapTo(m_panel.get(), QPoint()).x();
            QVERIFY2(left >= 0 && left + line->width() <= m_panel->width(), what.constData());
        }
        QVERIFY(boxes >= 7); // batch, text, images, size, tiles, new and cached tokens
    }

    void dragOfASliderIsOneUndoStep()
    {
        auto* slider = part<ValueSlider>("text_tokens");
        auto* box = part<NumberBox>("text_tokens");
        const int before = slider->value();
        drag(*slider, before, 900);
        QCOMPARE(m_session->undoStack().count(), 1);
        QVERIFY(box->value() > 512);
        QCOMPARE(value(*m_session, "text_tokens"), QString::number(box->value()));
        const qint64 first = box->value();
        drag(*slider, slider->value(), 200);
        QCOMPARE(m_session->undoStack().count(), 2);

        m_session->undoStack().undo();
        QCOMPARE(box->value(), first);
        m_session->undoStack().undo();
        QCOMPARE(box->value(), 512);
        QCOMPARE(slider->value(), before);
        QVERIFY(m_panel->row("text_tokens")->isAtDefault());
    }

    void figuresFollowTheSlider()
    {
        const Count before = m_session->run().costs.root().total.forward.macs;
        drag(*part<ValueSlider>("text_tokens"), part<ValueSlider>("text_tokens")->value(), 900);
        m_session->settle();
        QVERIFY(m_session->run().costs.root().total.forward.macs > before);
    }

    void boxTakesWhatTheSliderDoesNotReach()
    {
        type(*part<NumberBox>("text_tokens"), "1M");
        QCOMPARE(value(*m_session, "text_tokens"), QStringLiteral("1000000"));
        QCOMPARE(part<ValueSlider>("text_tokens")->value(), 1000);
        QVERIFY(!m_panel->row("text_tokens")->isAtDefault());
    }

    void refusesWhatIsOutOfRangeInTheRow()
    {
        auto* row = m_panel->row("batch");
        type(*part<NumberBox>("batch"), "2M");
        QCOMPARE(row->refusal(), QStringLiteral("2,000,000 is out of range, expected 1 to 1,048,576"));
        QVERIFY(m_session->settings().empty());
        type(*part<NumberBox>("batch"), "8");
        QCOMPARE(row->refusal(), QString());
        QCOMPARE(value(*m_session, "batch"), QStringLiteral("8"));
    }

    void showsARefusalOfTheSessionInItsRow()
    {
        auto* row = m_panel->row("transformers");
        type(*row->findChild<QLineEdit*>(), "9.1");
        QVERIFY2(row->refusal().contains(QStringLiteral("out of range")), qPrintable(row->refusal()));
        QVERIFY(m_session->settings().empty());
        type(*row->findChild<QLineEdit*>(), "4.40");
        QCOMPARE(row->refusal(), QString());
        QCOMPARE(value(*m_session, "transformers"), QStringLiteral("4.40"));
    }

    void readsAnImageSize_data()
    {
        QTest::addColumn<QString>("width");
        QTest::addColumn<QString>("height");
        QTest::newRow("448x672") << QString() << QStringLiteral("672");
        QTest::newRow("1344 × 896") << QStringLiteral("1344") << QStringLiteral("896");
        QTest::newRow("896X1344 px") << QStringLiteral("896") << QStringLiteral("1344");
        QTest::newRow("672") << QStringLiteral("672") << QStringLiteral("672");
    }

    void readsAnImageSize()
    {
        QFETCH(QString, width);
        QFETCH(QString, height);
        auto* box = part<QLineEdit>("image_width");
        box->setFocus();
        box->selectAll();
        box->insert(QString::fromUtf8(QTest::currentDataTag()));
        box->setModified(true);
        QTest::keyClick(box, Qt::Key_Return);
        // 448 is the default and needs no setting.
        QCOMPARE(value(*m_session, "image_width"), width);
        QCOMPARE(value(*m_session, "image_height"), height);
        QCOMPARE(m_session->undoStack().count(), 1);
        m_session->undoStack().undo();
        QCOMPARE(box->text(), QStringLiteral("448 × 448 px"));
    }

    void refusesWhatIsNoSize()
    {
        auto* row = m_panel->row("image_width");
        type(*part<QLineEdit>("image_width"), "448x");
        QCOMPARE(row->refusal(), QStringLiteral("\"448x\" is no size, expected one such as 448x672 or 448"));
        type(*part<QLineEdit>("image_width"), "448x0");
        QCOMPARE(row->refusal(), QStringLiteral("0 is out of range, expected 1 to 65,536 pixels"));
        part<NumberBox>("batch")->setFocus();
        QCOMPARE(part<QLineEdit>("image_width")->text(), QStringLiteral("448 × 448 px"));
        QVERIFY(m_session->settings().empty());
    }

    void sizeSliderKeepsTheShape()
    {
        type(*part<QLineEdit>("image_width"), "1344x672");
        auto* slider = part<ValueSlider>("image_width");
        drag(*slider, slider->value(), 400);
        QCOMPARE(m_session->undoStack().count(), 2);
        const double width = value(*m_session, "image_width").toDouble();
        const double height = value(*m_session, "image_height").toDouble();
        QVERIFY(width < 1344);
        QVERIFY(std::abs(width - 2 * height) <= 1);
    }

    void automaticInputShowsWhatItCameTo()
    {
        auto* box = part<NumberBox>("tiles");
        QVERIFY(box->isAutomatic());
        const auto tiles = m_session->run().trace.run.images->tilesPerImage;
        QCOMPARE(box->findChild<QLineEdit*>()->placeholderText(), QStringLiteral("auto · %1").arg(tiles));
        type(*box, "4");
        QCOMPARE(value(*m_session, "tiles"), QStringLiteral("4"));
        box->setFocus();
        box->selectAll();
        QTest::keyClick(box, Qt::Key_Delete);
        QTest::keyClick(box, Qt::Key_Return);
        QVERIFY(box->isAutomatic());
        QVERIFY(m_session->settings().empty());
    }

    void tellsWhereTheTokensComeFrom()
    {
        type(*part<NumberBox>("text_tokens"), "256");
        m_session->settle();
        const RunSummary& run = m_session->run().trace.run;
        const auto labels = m_panel->findChildren<QLabel*>();
        const QString expected = QStringLiteral("= %1 tokens (256 text + %2 visual)")
                                     .arg(text::exact(run.promptTokens), text::exact(run.promptTokens - 256));
        QVERIFY(std::ranges::any_of(labels, [&](const QLabel* l) { return l->text() == expected; }));
    }

    void doubleClickOnTheLabelSetsTheDefault()
    {
        type(*part<NumberBox>("batch"), "16");
        auto* row = m_panel->row("batch");
        QVERIFY(!row->isAtDefault());
        const auto labels = row->findChildren<QLabel*>();
        const auto label = std::ranges::find(labels, row->title(), &QLabel::text);
        QTest::mouseDClick(*label, Qt::LeftButton);
        QVERIFY(m_session->settings().empty());
        QCOMPARE(part<NumberBox>("batch")->value(), 1);
        QVERIFY(row->isAtDefault());
    }

    void choicesAreSetAndUndone()
    {
        auto* combo = part<QComboBox>("weight_dtype");
        QCOMPARE(combo->currentText(), QStringLiteral("bf16"));
        combo->setFocus();
        QTest::keyClick(combo, Qt::Key_Down);
        QCOMPARE(value(*m_session, "weight_dtype"), QStringLiteral("fp16"));
        m_session->undoStack().undo();
        QCOMPARE(combo->currentText(), QStringLiteral("bf16"));
    }

    void resetAndPinWorkOnlyWhenTheyDoSomething()
    {
        auto* reset = button("Reset");
        auto* pin = button("Pin as baseline");
        QVERIFY(!reset->isEnabled());
        QVERIFY(!pin->isEnabled());
        type(*part<NumberBox>("batch"), "16");
        QVERIFY(reset->isEnabled());
        QVERIFY(pin->isEnabled());
        QTest::mouseClick(pin, Qt::LeftButton);
        QVERIFY(!pin->isEnabled());
        QCOMPARE(m_session->baseline().workload.batch, 16);
        QTest::mouseClick(reset, Qt::LeftButton);
        QVERIFY(!reset->isEnabled());
        QVERIFY(pin->isEnabled());
        QCOMPARE(part<NumberBox>("batch")->value(), 1);
    }

    void asksToSweepAnInput()
    {
        QSignalSpy sweep(m_panel.get(), &InputsPanel::sweepRequested);
        const auto actions = m_panel->row("text_tokens")->actions();
        const auto action = std::ranges::find(actions, QStringLiteral("Sweep this input"), &QAction::text);
        (*action)->trigger();
        QCOMPARE(sweep.count(), 1);
        QCOMPARE(sweep.first().first().toString(), QStringLiteral("text_tokens"));
    }

    void anotherModelGetsItsOwnRows()
    {
        QVERIFY(m_session->show(*openModel(QStringLiteral("qwen2.5-7b"))));
        QVERIFY(m_panel->row("image_width") == nullptr);
        QCOMPARE(part<NumberBox>("text_tokens")->value(), 512);
        m_session->close();
        QVERIFY(m_panel->row("text_tokens") == nullptr);
    }

private:
    void open(const QString& model)
    {
        m_panel.reset();
        m_session = std::make_unique<Session>();
        QVERIFY(m_session->show(*openModel(model)));
        m_panel = std::make_unique<InputsPanel>(*m_session);
        m_panel->resize(272, 1000);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
        m_panel->activateWindow();
    }

    template<typename T>
    T* part(std::string_view input) const
    {
        return m_panel->row(input)->findChild<T*>();
    }

    QPushButton* button(const char* text) const
    {
        const auto buttons = m_panel->findChildren<QPushButton*>();
        return *std::ranges::find(buttons, QLatin1String(text), &QPushButton::text);
    }

    std::unique_ptr<Session> m_session;
    std::unique_ptr<InputsPanel> m_panel;
};

QTEST_MAIN(TestInputsPanel)
#include "tst_inputs_panel.moc"
