// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sizes/expression.h"
#include "tests/support/text.h"

#include <QtTest>

#include <limits>

using namespace sunflop;
using namespace sunflop::test;

namespace {

constexpr std::int64_t s0 = 7;
constexpr std::int64_t s1 = 3;

Expressions withSymbols()
{
    Expressions expressions;
    expressions.addSymbol("s0");
    expressions.addSymbol("s1");
    return expressions;
}

/// An expression's value where s0 is 7 and s1 is 3; other symbols are 1.
Result<Number> valueOf(const std::string& text)
{
    Expressions expressions = withSymbols();
    const auto node = expressions.add(text);
    if (!node)
        return failure(node.error());
    std::vector<Number> symbols(expressions.symbols().size(), Number(1));
    symbols[0] = s0;
    symbols[1] = s1;
    return expressions.evaluate(symbols)[static_cast<std::size_t>(*node)];
}

std::string nested(std::size_t depth)
{
    return std::string(depth, '(') + "s0" + std::string(depth, ')');
}

} // namespace

class TestExpression : public QObject {
    Q_OBJECT

    static void row(const char* text, std::int64_t value)
    {
        QTest::newRow(text) << QString(q(text)) << qint64(value);
    }

private Q_SLOTS:
    void computesWholeNumbers_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("value");
        // Python's precedence.
        row("2*s0 + 1", 2 * 7 + 1);
        row("1 + 2*s0 - s1", 1 + 2 * 7 - 3);
        row("s0 - s1 - 1", 7 - 3 - 1);
        row("-s0**2", -(7 * 7));
        row("2**3**2", 2 * 2 * 2 * 2 * 2 * 2 * 2 * 2 * 2);
        row("s0//2*2", 3 * 2);
        row("-s0//2", -4);
        row("(s0 + 1)//s1", 2);
        row("-s0 % s1", 2);
        row("s0 % -s1", -2);
        row("1 << s1 + 1", 16);
        row("2*(s0//2) == s0", 0);
        row("(s0 > 5) & (s1 > 3)", 0);
        row("not s0 < s1 and s1 <= 3", 1);
        row("s1 < 5 < s0", 1);
        row("s1 < 5 < 4", 0);
        row("(s0 > 100) | ~(s1 > 100)", 1);
        // srepr.
        row("Symbol('s0', positive=True, integer=True)", 7);
        row("Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(-1))", 2 * 7 - 1);
        row("FloorDiv(Add(Mul(Integer(2), Symbol('s0', positive=True)), Integer(1)), Integer(2))", 7);
        row("Pow(Symbol('s0'), Integer(2))", 7 * 7);
        row("Mul(Rational(1, 2), Add(Symbol('s0'), Integer(1)))", 4);
        row("floor(Mul(Rational(1, 2), Symbol('s0')))", 3);
        row("ceiling(Mul(Rational(1, 2), Symbol('s0')))", 4);
        row("Float('4.0', precision=53)", 4);
        row("Add()", 0);
        // Functions of torch.utils._sympy.
        row("CleanDiv(6*s0, 2)", 3 * 7);
        row("CeilDiv(s0, s1)", 3);
        row("ModularIndexing(s0, 2, 2)", 1);
        row("Where(Gt(s0, s1), 10, 20)", 10);
        row("Where(Lt(s0, s1), 10, 20)", 20);
        row("PythonMod(-s0, s1)", 2);
        row("Mod(s0, s1)", 1);
        row("PowByNatural(s1, 4)", 3 * 3 * 3 * 3);
        row("FloatPow(s1, 2)", 9);
        row("TruncToInt(IntTrueDiv(s0, 2))", 3);
        row("TruncToInt(IntTrueDiv(-s0, 2))", -3);
        row("TruncToFloat(FloatTrueDiv(s0, 2))", 3);
        row("FloorToInt(IntTrueDiv(-s0, 2))", -4);
        row("CeilToInt(IntTrueDiv(s0, 2))", 4);
        row("RoundToInt(IntTrueDiv(5, 2))", 2);
        row("RoundToInt(IntTrueDiv(s0, 2))", 4);
        row("RoundDecimal(2*s0, 3)", 14);
        row("ToFloat(s0)", 7);
        row("Identity(s0)", 7);
        row("LShift(s0, s1)", 7 * 8);
        row("RShift(s0, 1)", 3);
        row("Max(1, s0, s1)", 7);
        row("Min(s0, s1, 5)", 3);
        row("Abs(s1 - s0)", 4);
        row("BitwiseFn_bitwise_and(6, s1)", 2);
        row("OpaqueUnaryFn_sqrt(s0 + 9)", 4);
        row("Piecewise((1, s0 < 5), (2, s0 < 10), (3, True))", 2);
        row("Piecewise(ExprCondPair(Integer(4), false), ExprCondPair(Integer(5), true))", 5);
        // Relations and booleans.
        row("Eq(Mod(s0, 2), 1)", 1);
        row("Ne(s0, 7)", 0);
        row("Ge(s0, 7)", 1);
        row("StrictGreaterThan(s0, 7)", 0);
        row("And(true, Or(false, Not(false)))", 1);
        row("s0 <= int_oo", 1);
    }

    void computesWholeNumbers()
    {
        QFETCH(QString, text);
        QFETCH(qint64, value);
        const auto number = valueOf(text.toStdString());
        QVERIFY2(number.has_value(), number ? "" : number.error().text().c_str());
        const auto whole = number->whole();
        QVERIFY2(whole.has_value(), whole ? "" : whole.error().text().c_str());
        QCOMPARE(qint64(*whole), value);
    }

    void hasNoValue_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* text, const char* reason) {
            QTest::newRow(text) << QString(q(text)) << QString(q(reason));
        };
        row("s0**40", "larger than 64 bits");
        row("9223372036854775807 + s0", "larger than 64 bits");
        row("s0 // (s1 - 3)", "division by zero");
        row("s0 % (s1 - 3)", "division by zero");
        row("s0/2", "expected a whole number");
        row("1 << (s0*10)", "a shift by more than 62 bits");
        row("int_oo", "expected a whole number");
        row("(s0 - 7)*int_oo", "not a number");
        row("Piecewise((1, s0 < 5))", "none of its cases");
    }

    void hasNoValue()
    {
        QFETCH(QString, text);
        QFETCH(QString, reason);
        const auto number = valueOf(text.toStdString());
        QVERIFY2(number.has_value(), number ? "" : number.error().text().c_str());
        const auto whole = number->whole();
        QVERIFY(!whole);
        QVERIFY2(q(whole.error().text()).contains(reason), whole.error().text().c_str());
    }

    void whatIsNotChosenMayHaveNoValue()
    {
        QCOMPARE(valueOf("Where(Eq(s1, 3), 5, s0 // (s1 - 3))")->whole().value(), 5);
        QCOMPARE(valueOf("Or(Eq(s1, 3), Eq(s0 // (s1 - 3), 1))")->whole().value(), 1);
    }

    void staysExactBeyondFloats()
    {
        constexpr std::int64_t large = (std::int64_t{1} << 53) + 1; // no float is this
        QCOMPARE(valueOf("9007199254740993*s0 // s0")->whole().value(), large);
        QCOMPARE(valueOf("-9223372036854775807 - 1")->whole().value(),
                 std::numeric_limits<std::int64_t>::min());
    }

    void isRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const std::string& text, const char* reason) {
            QTest::newRow(name) << QString(q(text)) << QString(q(reason));
        };
        row("empty", "", "expected a number");
        row("no operand", "s0 +", "expected a number");
        row("open", "(s0", "expected )");
        row("open function", "Max(s0, 1", "expected )");
        row("open symbol", "Symbol('s0", "quoted text");
        row("two in a row", "s0 s1", "no operator");
        row("unknown function", "Zeta(s0)", "Zeta is unknown");
        row("too few operands", "FloorDiv(s0)", "1 operands");
        row("no pairs", "Piecewise(s0)", "pairs");
        row("large number", "9223372036854775808", "64 bits");
        row("deep", nested(1000), "deeper than 200");
        row("deep signs", std::string(5000, '-') + "1", "deeper than 200");
        row(
            "deep powers",
            "2" +
                [] {
                    std::string text;
                    for (int i = 0; i < 5000; ++i)
                        text += "**2";
                    return text;
                }(),
            "deeper than 200");
        row("long", std::string(Expressions::longestText + 1, '1'), "65537 bytes");
    }

    void isRefused()
    {
        QFETCH(QString, text);
        QFETCH(QString, reason);
        const auto number = valueOf(text.toStdString());
        QVERIFY(!number);
        QVERIFY2(q(number.error().text()).contains(reason), number.error().text().c_str());
    }

    void deepButAllowedIsRead() { QCOMPARE(valueOf(nested(150))->whole().value(), s0); }

    void equalPartsAreComputedOnce()
    {
        Expressions expressions = withSymbols();
        const auto product = expressions.add("s0*s1").value();
        QCOMPARE(expressions.add("Mul(Symbol('s0'), Symbol('s1'))").value(), product);
        QCOMPARE(expressions.add("3 + 4").value(), expressions.add("Integer(7)").value());
    }

    void knowsItsSymbols()
    {
        Expressions expressions = withSymbols();
        QCOMPARE(expressions.symbolsIn(expressions.add("s1*(s1 + 2)").value()), std::vector<std::int32_t>{1});
        QCOMPARE(expressions.symbolsIn(expressions.add("s1 + u0*s0").value()),
                 (std::vector<std::int32_t>{0, 1, 2}));
        QVERIFY(expressions.symbolsIn(expressions.add("3*4").value()).empty());
        QVERIFY(expressions.symbolOf(expressions.add("Symbol('s1')").value()) == 1);
        QVERIFY(!expressions.symbolOf(expressions.add("s1 + 1").value()));
    }
};

QTEST_APPLESS_MAIN(TestExpression)
#include "tst_expression.moc"
