// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/sunburst_window.h"
#include "ui/sunburst/hover_card.h"
#include "ui/sunburst/sunburst_card.h"
#include "ui/sunburst/sunburst_legend.h"
#include "ui/text.h"
#include "ui/views/view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QImage>
#include <QPainter>
#include <QSpinBox>
#include <QtTest>

#include <algorithm>
#include <memory>

using namespace sunflop;
using namespace sunflop::test;

class TestSunburstCard : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<SunburstWindow> m_window;

private Q_SLOTS:
    void init()
    {
        m_window = std::make_unique<SunburstWindow>();
        QVERIFY(QTest::qWaitForWindowExposed(&m_window->widget));
    }

    void cleanup() { m_window.reset(); }

    void attentionItselfHasASlice()
    {
        const int own = m_window->ownSliceOf("llm.model.layers.0-35.self_attn");
        QVERIFY(own >= 0);
        const SunburstText& words = m_window->picture().text();
        QCOMPARE(words.name(own), QStringLiteral("scaled_dot_product_attention"));
        QCOMPARE(words.labels(own).last(), QStringLiteral("sdpa")); // where there is little room
        const Theme& theme = m_window->session.lens().theme();
        QCOMPARE(m_window->picture().fill(own), theme.role(Role::Attention));
        QCOMPARE(m_window->layout().slice(own).parent, m_window->sliceOf("llm.model.layers.0-35.self_attn"));
    }

    void chainsAndRunsAreNamedAsOne()
    {
        const SunburstText& text = m_window->picture().text();
        const int chain = m_window->sliceOf("visual_tokenizer.backbone.trunk.blocks");
        QCOMPARE(text.name(chain), QStringLiteral("backbone.trunk.blocks"));
        QCOMPARE(text.path(chain), QStringLiteral("visual_tokenizer.backbone.trunk.blocks"));
        const int run = m_window->sliceOf("llm.model.layers.0-35");
        QCOMPARE(text.labels(run).front(), QStringLiteral("36 × Qwen2DecoderLayer"));
    }

    void unfoldedLayersHaveTheirOwnNumbersAndFigures()
    {
        const Count all = m_window->picture().text().value(m_window->sliceOf("llm.model.layers.0-35"),
                                                           measureNamed("flops"));
        m_window->session.lens().setFoldsRepeats(false);
        const SunburstText& text = m_window->picture().text();
        const int first = m_window->sliceOf("llm.model.layers.0-35");
        std::vector<int> layers;
        for (int i = 0; i < m_window->layout().count(); ++i)
            if (m_window->layout().slice(i).node == m_window->layout().slice(first).node &&
                m_window->layout().slice(i).kind == Slice::Kind::Module)
                layers.push_back(i);
        QCOMPARE(layers.size(), std::size_t(36));
        QCOMPARE(text.name(layers[7]), QStringLiteral("7"));
        QCOMPARE(text.value(layers[7], measureNamed("flops")).value(), all.value() / 36);
        const int mlp = layers[7] + 1;
        QVERIFY(text.path(mlp).startsWith(QStringLiteral("llm.model.layers.7.")));
    }

    void aTowerThatDidNotRunIsSaidInWords()
    {
        QVERIFY(m_window->widget.notes().isEmpty());
        m_window->session.setInput(QStringLiteral("images"), QStringLiteral("0"));
        m_window->session.settle();
        QCOMPARE(m_window->widget.notes(),
                 QStringList(QStringLiteral("visual_tokenizer did not run: no image")));
        QCOMPARE(m_window->widget.accessibleDescription(), m_window->widget.notes().front());
        // It holds parameters all the same.
        m_window->session.lens().setMeasure(measureNamed("params"));
        QVERIFY(m_window->widget.notes().isEmpty());
        QVERIFY(m_window->sliceOf("visual_tokenizer") >= 0);
    }

    void aMeasureThatIsZeroIsSaidInWords()
    {
        m_window->session.lens().setMeasure(measureNamed("kv_cache_bytes"));
        m_window->session.focus().zoom(m_window->nodeAt("visual_tokenizer"));
        QCOMPARE(m_window->layout().count(), 0);
        QCOMPARE(m_window->widget.notes(),
                 QStringList(QStringLiteral("Nothing to draw: visual_tokenizer has no KV cache")));
        m_window->widget.grab();
    }

    void aRestKnowsWhatItGathers()
    {
        m_window->session.lens().setFoldsRepeats(false);
        m_window->widget.resize(260, 260);
        const auto& slices = m_window->layout().slices();
        const auto rest = std::ranges::find(slices, Slice::Kind::Rest, &Slice::kind);
        QVERIFY(rest != slices.end());
        const int index = static_cast<int>(rest - slices.begin());
        QCOMPARE(m_window->picture().text().name(index), QStringLiteral("+%1").arg(rest->gathered));
        const HoverCard card = cardOf(m_window->picture(), index);
        QCOMPARE(card.rows.size(), std::min(rest->gathered, 6));
        Count sum;
        for (const std::int32_t node : m_window->layout().gatheredIn(index))
            sum += m_window->session.run().costs.nodes[static_cast<std::size_t>(node)].total.forward.flops;
        QCOMPARE(m_window->picture().text().value(index, measureNamed("flops")).value(),
                 sum.value() / rest->copies);
        // A click on it zooms to the module that they are in.
        const std::int32_t parent = rest->node;
        m_window->widget.activate(index);
        QCOMPARE(m_window->root(), parent);
    }

    void theCardTellsSharesOfModelAndParent()
    {
        const HoverCard card =
            cardOf(m_window->picture(), m_window->sliceOf("llm.model.layers.0-35.mlp.gate_proj"));
        QCOMPARE(card.title, QStringLiteral("gate_proj"));
        QCOMPARE(card.className, QStringLiteral("Linear"));
        QCOMPARE(card.path, QStringLiteral("llm.model.layers.0-35.mlp.gate_proj"));
        QCOMPARE(card.rows.size(), 5); // parameters, MACs, FLOPs, memory, time
        // Three equal matrices are the parameters of the MLP.
        QCOMPARE(card.rows[0].ofParent, text::share(1, 3));
        QVERIFY(card.rows[2].isActive);
        QVERIFY(card.note.startsWith(QStringLiteral("36 instances")));
    }

    void rolesShareTheWhole()
    {
        const Legend legend =
            legendOf(m_window->session.run(), measureNamed("params"), Theme::light(), ColourBy::Role, 0, 8);
        // gate, up and down of 36 layers; fc1, fc2 and fc3 of the tower's 24 blocks.
        const std::int64_t mlp = 36LL * 3 * 2048 * 11008 + 24LL * 3 * 1536 * 4096;
        const Legend::Entry& largest = legend.entries.front();
        QCOMPARE(largest.title, QStringLiteral("MLP"));
        QCOMPARE(largest.fill, Theme::light().role(Role::Mlp));
        QCOMPARE(largest.share, text::share(mlp, m_window->session.run().costs.root().total.params));
    }

    void aLegendKeepsToTwoLines()
    {
        QFont font;
        font.setPixelSize(12);
        const Legend legend =
            legendOf(m_window->session.run(), measureNamed("params"), Theme::light(), ColourBy::Role, 0, 8);
        const double one = legendHeight(legend, 2000, font, &m_window->widget);
        QCOMPARE(legendHeight(legend, 250, font, &m_window->widget), 2 * one);
        QCOMPARE(legendHeight(legend, 90, font, &m_window->widget), 2 * one);
    }

    void theCardShowsAndSetsTheLens()
    {
        SunburstCard card(m_window->session);
        card.resize(700, 700);
        card.show();
        auto* folds = card.findChild<QCheckBox*>();
        auto* rings = card.findChild<QSpinBox*>();
        auto* colours = card.findChild<QComboBox*>();
        QVERIFY(folds->isChecked());
        QVERIFY(rings->isVisible());
        folds->click();
        QVERIFY(!m_window->session.lens().foldsRepeats());
        rings->setValue(3);
        QCOMPARE(m_window->session.lens().rings(), 3);
        QTest::keyClick(colours, Qt::Key_Down);
        QCOMPARE(m_window->session.lens().colourBy(), ColourBy::Branch);
        m_window->session.lens().setColourBy(ColourBy::Intensity);
        QCOMPARE(colours->currentData().toInt(), int(ColourBy::Intensity));
        QVERIFY(card.legend().legend().isScale);
        card.resize(360, 500);
        QCoreApplication::processEvents();
        QVERIFY(!rings->isVisible());
    }

    void theFigureFillsItsAreaInEveryScheme()
    {
        const auto view = std::ranges::find(views(), "sunburst", &View::id);
        QVERIFY(view != views().end());
        QVERIFY(view->place == View::Place::Chart);
        for (const Theme* theme : {&Theme::light(), &Theme::dark()})
            for (const ColourBy by :
                 {ColourBy::Role, ColourBy::Branch, ColourBy::Depth, ColourBy::Intensity}) {
                m_window->session.lens().setTheme(*theme);
                m_window->session.lens().setColourBy(by);
                QImage image(400, 480, QImage::Format_ARGB32_Premultiplied);
                image.fill(theme->panel);
                const QImage before = image;
                QPainter painter(&image);
                view->paint(m_window->session, painter, image.rect().adjusted(20, 20, -20, -20));
                painter.end();
                QVERIFY(image != before);
                // Nothing outside the area.
                QCOMPARE(image.copy(0, 0, 400, 18), before.copy(0, 0, 400, 18));
                QCOMPARE(image.copy(0, 462, 400, 18), before.copy(0, 462, 400, 18));
                QCOMPARE(image.copy(0, 0, 18, 480), before.copy(0, 0, 18, 480));
                QCOMPARE(image.copy(382, 0, 18, 480), before.copy(382, 0, 18, 480));
            }
    }
};

QTEST_MAIN(TestSunburstCard)
#include "tst_sunburst_card.moc"
