// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/spelling.h"
#include "tests/support/text.h"

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

Q_DECLARE_METATYPE(std::vector<std::string>)

class TestSpelling : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsHowPythonCalled_data()
    {
        QTest::addColumn<QString>("called");
        QTest::addColumn<std::vector<std::string>>("functions");
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("spelling");
        QTest::addColumn<QString>("function");
        const auto row = [](const char* called, const std::vector<std::string>& functions, const char* text,
                            Spelling spelling, const char* function) {
            std::string name = called;
            for (const std::string& within : functions)
                name += " in " + within;
            QTest::addRow("%s: %s", name.c_str(), text)
                << q(called) << functions << q(text) << static_cast<int>(spelling) << q(function);
        };
        // A function written in Python runs, in place or not.
        row("relu", {"relu"}, "", Spelling::Functional, "relu");
        row("relu_", {"relu"}, "torch.relu_", Spelling::Functional, "relu");
        row("softmax", {"softmax", "multi_head_attention_forward"}, "", Spelling::Functional, "softmax");
        row("max_pool2d", {"_max_pool2d"}, "torch.max_pool2d", Spelling::Functional, "max_pool2d");
        row("max_pool2d_with_indices", {"max_pool2d_with_indices"}, "", Spelling::Functional, "max_pool2d");
        row("upsample_nearest2d", {"interpolate"}, "", Spelling::Functional, "interpolate");
        row("upsample_nearest2d", {"interpolate", "upsample"}, "", Spelling::Functional, "upsample");
        row("hardtanh", {"hardtanh", "relu6"}, "", Spelling::Functional, "relu6");
        // ... or one that calls others: of torch's own functions there is no frame.
        row("linear", {"multi_head_attention_forward"}, "", Spelling::Functional, "linear");
        row("bmm", {"multi_head_attention_forward"}, "torch.bmm", Spelling::Function, "bmm");
        row("softmax", {"gumbel_softmax"}, "gumbels.softmax", Spelling::Method, "softmax");
        row("softmax", {"softmin"}, "", Spelling::Function, "softmax");
        row("avg_pool2d", {"lp_pool2d"}, "avg_pool2d", Spelling::Functional, "avg_pool2d");
        row("div", {"normalize"}, "input / denom", Spelling::Operator, "div");
        // None runs: torch.nn.functional has it, torch has it, a tensor has it.
        row("linear", {}, "", Spelling::Functional, "linear");
        row("conv2d", {}, "F.conv2d", Spelling::Functional, "conv2d");
        row("conv2d", {}, "torch.nn.functional.conv2d", Spelling::Functional, "conv2d");
        row("conv2d", {}, "torch.conv2d", Spelling::Function, "conv2d");
        row("softmax", {}, "torch.softmax", Spelling::Function, "softmax");
        row("softmax", {}, "scores.softmax", Spelling::Method, "softmax");
        row("softmax", {}, "", Spelling::Function, "softmax");
        row("baddbmm", {}, "", Spelling::Function, "baddbmm");
        row("relu_", {}, "", Spelling::InPlace, "relu");
        row("selu", {}, "torch.selu", Spelling::Function, "selu");
        // Arithmetic.
        row("add", {}, "a + b", Spelling::Operator, "add");
        row("add", {}, "", Spelling::Operator, "add");
        row("add", {}, "a.add", Spelling::Method, "add");
        row("div", {}, "torch.div", Spelling::Function, "div");
        row("div", {}, "torch.mean(a) / b", Spelling::Operator, "div");
        row("add_", {}, "a += b", Spelling::InPlace, "add");
        row("__and__", {}, "a & b", Spelling::Operator, "__and__");
        row("__iand__", {}, "", Spelling::InPlace, "__iand__");
    }

    void tellsHowPythonCalled()
    {
        QFETCH(QString, called);
        QFETCH(std::vector<std::string>, functions);
        QFETCH(QString, text);
        QFETCH(int, spelling);
        QFETCH(QString, function);
        const std::string name = called.toStdString();
        const std::string written = text.toStdString();
        const CalledAs call = calledAs({.called = name, .functions = functions, .text = written});
        QCOMPARE(static_cast<int>(call.spelling), spelling);
        QCOMPARE(q(call.function), function);
    }

    void whatIsNotToldIsWhatItMostOftenIs()
    {
        const auto unknown = [](std::string_view called) {
            return calledAs({.called = called, .isKnown = false}).spelling;
        };
        QCOMPARE(unknown("softmax"), Spelling::Functional);
        QCOMPARE(unknown("relu_"), Spelling::Functional);
        QCOMPARE(unknown("mul"), Spelling::Operator);
        QCOMPARE(unknown("mul_"), Spelling::InPlace);
    }
};

QTEST_APPLESS_MAIN(TestSpelling)
#include "tst_spelling.moc"
