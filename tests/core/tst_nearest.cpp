// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/nearest.h"
#include "core/model/input_names.h"
#include "core/sunflop.h"
#include "tests/support/small_models.h"
#include "tests/support/small_program.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

using Names = std::vector<std::string_view>;

class TestNearest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void likenessCountsLettersThatMustChange()
    {
        QCOMPARE(likeness("llama3-8b", "Llama-3_8B"), 1.0);              // case and punctuation are nothing
        QCOMPARE(likeness("reprot", "report"), 1 - 1.0 / 6);             // swapped neighbours are one change
        QCOMPARE(likeness("latx", "latex"), 1 - 1.0 / 5);                // one missing of the longer
        QCOMPARE(likeness("tokens", "text_tokens"), (1 + 6.0 / 10) / 2); // contained
        QCOMPARE(likeness("abc", "xyz"), 0.0);
        QCOMPARE(likeness("", "abc"), 0.0);
        QCOMPARE(likeness("--", "abc"), 0.0);
    }

    void theLikeliestComeFirst()
    {
        const Names known{"calflops", "json", "csv", "markdown", "latex"};
        QVERIFY(nearestNames("markdwn", known, 1) == Names{"markdown"});
        QVERIFY(nearestNames("jsn", known, 2).front() == "json");
        QVERIFY(nearestNames("jsn", known, 9) == Names{"json"}); // the others are less than half alike
        QVERIFY(nearestNames("perceiver", known, 9).empty());
        QVERIFY(nearestNames("json", {}, 2).empty());
    }

    void synonymsAreAsGoodAsNames()
    {
        constexpr Synonym synonyms[] = {{"seq_len", "text_tokens"}, {"bs", "batch"}};
        const Names known{"batch", "text_tokens", "device"};
        QVERIFY(nearestNames("seqlen", known, 1, synonyms) == Names{"text_tokens"});
        QVERIFY(nearestNames("seq_lne", known, 1, synonyms) == Names{"text_tokens"});
        QVERIFY(nearestNames("bs", known, 1, synonyms) == Names{"batch"});
    }

    void onlyWhatIsNearIsASlip()
    {
        const Names commands{"report", "compare", "sweep", "figure", "fit", "audit", "list"};
        const auto meant = [&](std::string_view word) { return mistyped(word, commands); };
        QVERIFY(meant("reprot") == "report" && meant("compair") == "compare" && meant("fig") == "figure");
        QVERIFY(meant("Report") == "report" && meant("lst") == "list" && meant("swep") == "sweep");
        QVERIFY(!meant("whisper") && !meant("x") && !meant(""));
    }

    void fewNamesAreListedAndManyAreNot()
    {
        QCOMPARE(q(expectedName("b", Names{"x", "y"}, "list xs")), q("expected one of x, y"));
        const Names many{"alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf"};
        QCOMPARE(q(expectedName("brawo", many, "list xs")),
                 q("expected one such as bravo; \"sunflop list xs\" prints all"));
        QCOMPARE(q(expectedName("zzz", many, "list xs")), q("expected one that \"sunflop list xs\" prints"));
        QVERIFY(q(expectedName("zzz", many)).startsWith(q("expected one of alpha, bravo, ")));
        QVERIFY(q(expectedName("brawo", many))
                    .endsWith(q("; there are alpha, bravo, charlie, delta, echo, foxtrot, golf")));
    }

    void inputsAreFoundByTheirMeaning_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("nearest");
        const auto row = [](const char* word, const char* model, const char* nearest) {
            QTest::newRow(word) << q(model) << q(nearest);
        };
        for (const char* word :
             {"seq_len", "sequence_length", "max_length", "context", "ctx_size", "isl", "tokens"})
            row(word, "qwen2.5-0.5b", "text_tokens");
        for (const char* word : {"bs", "batch_size", "BatchSize"})
            row(word, "qwen2.5-0.5b", "batch");
        for (const char* word : {"resolution", "img_size", "image_size", "input_size"})
            row(word, "ovis2-4b", "image_width or image_height");
        row("max_new_tokens", "qwen2.5-0.5b", "new_tokens");
        row("dtype", "qwen2.5-0.5b", "weight_dtype or activation_dtype");
        row("quantization", "qwen2.5-0.5b", "weight_dtype");
        row("attn_implementation", "qwen2.5-0.5b", "attention");
        row("tp", "qwen2.5-0.5b", "tensor_parallel");
        row("gpu", "qwen2.5-0.5b", "device");
        row("gradient_checkpointing", "qwen2.5-0.5b", "checkpointing");
    }

    void inputsAreFoundByTheirMeaning()
    {
        QFETCH(QString, model);
        QFETCH(QString, nearest);
        const auto offered = open(model.toStdString()).and_then(inputsOf);
        QVERIFY(offered);
        const QString text = q(expectedInput(QTest::currentDataTag(), *offered));
        QVERIFY2(text.startsWith(q("expected one such as ") + nearest), qPrintable(text));
        QVERIFY2(text.endsWith(q("; \"sunflop list inputs\" prints all")), qPrintable(text));
    }

    void aProgramTellsItsArgumentsWhereNothingIsNear()
    {
        const Model model = smallProgram();
        std::vector<Input> offered = model.inputs;
        for (Input& input : offered)
            input.isArgument = true;
        for (Input& input : withRunInputs({}))
            offered.push_back(input);
        const QString text = q(expectedInput("zzzz", offered));
        QVERIFY2(text.startsWith(q("expected one such as x or y;")), qPrintable(text));
    }
};

QTEST_APPLESS_MAIN(TestNearest)
#include "tst_nearest.moc"
