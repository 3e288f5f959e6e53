// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/formula_text.h"
#include "ui/text.h"
#include "ui/widgets/details_pane.h"
#include "ui/widgets/details_text.h"
#include "ui/widgets/operator_model.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QtTest>

using namespace sunflop;

namespace {

std::int32_t nodeAt(const Run& run, std::string_view path)
{
    for (std::size_t i = 0; i < run.trace.modules.size(); ++i)
        if (run.trace.path(static_cast<std::int32_t>(i)) == path)
            return static_cast<std::int32_t>(i);
    qFatal("no module at this path");
}

} // namespace

class TestDetails : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_session = std::make_unique<Session>();
        QVERIFY(m_session->show(*openModel(QStringLiteral("ovis2-4b"))));
        m_pane = std::make_unique<DetailsPane>(*m_session, nullptr);
        m_pane->resize(460, 400);
        m_pane->show();
    }
    void cleanup()
    {
        m_pane.reset();
        m_session.reset();
    }

    void figuresAreExact()
    {
        select("llm.model.layers.0-35.mlp.gate_proj");
        // 36 layers of 2048 inputs and 11008 outputs in two bytes, 512 text and 256 + 3 visual tokens.
        constexpr std::int64_t params = std::int64_t{36} * 2048 * 11008;
        QCOMPARE(shown("params"), text::exact(params));
        QCOMPARE(shown("weight_bytes"), text::exact(2 * params));
        QCOMPARE(shown("macs"), text::exact(params * (512 + 256 + 3)));
        QCOMPARE(shown("flops"), text::exact(2 * params * (512 + 256 + 3)));
        QCOMPARE(shown("class"), QStringLiteral("Linear"));
        QVERIFY(shown("each").contains(text::exact(std::int64_t{2048} * 11008)));
        QVERIFY(shown("tensors").startsWith(QStringLiteral("weight  [11008, 2048]")));
    }

    void quantisedWeightsAreShownAsTheyAreStored()
    {
        select("llm.model.layers.0-35.mlp.gate_proj");
        m_session->setInput(QStringLiteral("weight_dtype"), QStringLiteral("awq-4-g128"));
        m_session->settle();
        // Half a byte a weight, a scale of 16 bits and a zero of 4 for 128 of them.
        constexpr std::int64_t params = std::int64_t{36} * 2048 * 11008;
        QCOMPARE(shown("weight_bytes"), text::exact(params / 2 + params / 128 * 5 / 2));
        QCOMPARE(shown("tensors"), QStringLiteral("weight  [11008, 2048]  awq-4-g128"));
        m_session->setInput(QStringLiteral("weight_dtype"), QStringLiteral("gguf-q4_k_m"));
        m_session->settle();
        QCOMPARE(shown("tensors"), QStringLiteral("weight  [11008, 2048]  q4_k"));
        // The first four layers, the last five and every third between, keep values in six bits.
        select("llm.model.layers.0-35.self_attn.v_proj");
        QCOMPARE(shown("tensors").section(QLatin1Char('\n'), 0, 0),
                 QStringLiteral("weight  [256, 2048]  q6_k ×18, q4_k ×18"));
    }

    void figuresFollowTheInputs()
    {
        select("llm.model.layers.0-35.mlp.gate_proj");
        m_session->setInput(QStringLiteral("images"), QStringLiteral("0"));
        m_session->setInput(QStringLiteral("text_tokens"), QStringLiteral("7"));
        m_session->settle();
        QCOMPARE(shown("macs"), text::exact(std::int64_t{36} * 2048 * 11008 * 7));
    }

    void activeParametersAppearOnlyWhereTheyDiffer()
    {
        QVERIFY(!label("active_params")->isVisible());
        QVERIFY(label("params")->isVisible());
    }

    void theFormulaIsFilledIn()
    {
        select("llm.model.layers.0-35.mlp.gate_proj");
        const QString formula = shown("formula");
        QVERIFY(formula.contains(QStringLiteral("MACs = batch · rows · in · out = 1 · 771 · ")));
        QVERIFY(formula.contains(text::exact(std::int64_t{771} * 2048 * 11008)));
        QVERIFY(formula.contains(QStringLiteral("FLOPs = 2 · MACs")));
    }

    void decodeStepsAreSummed()
    {
        m_session->setInput(QStringLiteral("new_tokens"), QStringLiteral("512"));
        m_session->settle();
        const Run& run = m_session->run();
        const auto node = nodeAt(run, "llm.model.layers.0-35.self_attn");
        for (const Op& op : run.trace.ops) {
            if (op.module != node || op.kind != OpKind::ScaledDotProductAttention || !op.grows())
                continue;
            const QString lines =
                formulaLines(formulaOf(run.trace, op, *run.convention), op, {}).join(QLatin1Char('\n'));
            // The first of 511 steps sees 771 cached keys and its own.
            QVERIFY(lines.contains(QStringLiteral("Sum over 511 steps, %1 to %2 keys")
                                       .arg(text::exact(772), text::exact(1282))));
            constexpr std::int64_t pairs = std::int64_t{511} * (772 + 1282) / 2;
            QVERIFY(lines.contains(text::exact(16 * pairs * 2 * 128) + QStringLiteral(" MACs")));
            return;
        }
        QFAIL("no growing attention");
    }

    void whatIsNotCountedIsNamed()
    {
        m_session->setConvention(**conventionNamed("fvcore"));
        m_session->settle();
        select("llm.model.layers.0-35.mlp.act_fn");
        QCOMPARE(shown("remarks"), QStringLiteral("fvcore has no rule for silu (36 calls)."));
        QVERIFY(!label("formula")->isVisible());
        const Run& run = m_session->run();
        const auto rows = operatorRows(run, nodeAt(run, "llm.model.layers.0-35.mlp.act_fn"));
        QVERIFY(!rows.front().isCounted);
    }

    void tiesAndDormantModulesAreToldInWords()
    {
        select("llm.lm_head");
        QVERIFY(shown("remarks").startsWith(
            QStringLiteral("Shares its weight with llm.model.embed_tokens: counted once, in llm.")));
        m_session->setInput(QStringLiteral("images"), QStringLiteral("0"));
        m_session->settle();
        select("visual_tokenizer");
        QVERIFY(shown("remarks").contains(QStringLiteral("did not run: there are no images")));
    }

    void operatorsOfOneInstanceSumToItsWork()
    {
        const Run& run = m_session->run();
        for (std::size_t i = 0; i < run.costs.nodes.size(); ++i) {
            Work sum;
            for (const OperatorRow& row : operatorRows(run, static_cast<std::int32_t>(i)))
                sum += row.work;
            QCOMPARE(sum.flops, run.costs.nodes[i].each.forward.flops);
            QCOMPARE(sum.macs, run.costs.nodes[i].each.forward.macs);
        }
    }

    void theTableKeepsTheRulesOfModels()
    {
        OperatorModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto run = m_session->sharedRun();
        for (const char* path : {"", "llm.model.layers.0-35.self_attn", "llm.lm_head"})
            model.show(run, nodeAt(*run, path));
        QCOMPARE(model.rowCount(), 1);
        QVERIFY(!model.data(model.index(1, 0), Qt::DisplayRole).isValid());
    }

    void everyModuleCanBeShown()
    {
        for (std::size_t i = 0; i < m_session->run().costs.nodes.size(); ++i) {
            m_session->focus().select(static_cast<std::int32_t>(i));
            QVERIFY(!m_pane->findChild<QLineEdit*>(QStringLiteral("path"))->text().isEmpty());
        }
        m_session->close();
        QVERIFY(!m_pane->widget()->isVisible());
    }

private:
    void select(std::string_view path) { m_session->focus().select(nodeAt(m_session->run(), path)); }
    QLabel* label(const char* name) { return m_pane->findChild<QLabel*>(QString::fromLatin1(name)); }
    QString shown(const char* name) { return label(name)->text(); }

    std::unique_ptr<Session> m_session;
    std::unique_ptr<DetailsPane> m_pane;
};

QTEST_MAIN(TestDetails)
#include "tst_details.moc"
