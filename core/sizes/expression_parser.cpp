// SPDX-License-Identifier: GPL-3.0-or-later
// Reads sympy's srepr() and str() and Python's own operators with one recursive descent. Precedence, from the
// loosest: or, and, not, comparisons, |, ^, &, shifts, sums, products, signs, powers.

#include "core/base/plain_text.h"
#include "core/sizes/expression.h"
#include "core/sizes/expression_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace sunflop {

namespace {

using Kind = ExpressionKind;

bool isWordStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// One text, read from left to right. Nothing means an error, which is kept.
class Parser {
public:
    Parser(Expressions& into, std::string_view text) : m_into(into), m_text(text) {}

    Result<std::int32_t> parse()
    {
        const auto node = loosest();
        skipBlanks();
        if (node && m_at != m_text.size())
            fail("what follows is no operator");
        if (!node || m_error)
            return failure(m_error.value_or(Error{ErrorKind::Malformed, {}, "no expression"}));
        return *node;
    }

private:
    using Node = std::optional<std::int32_t>;

    Node fail(std::string detail, ErrorKind kind = ErrorKind::Malformed)
    {
        if (!m_error)
            m_error =
                Error{kind, {}, fmt::format("\"{}\": {} (at byte {})", shortened(m_text, 120), detail, m_at)};
        return std::nullopt;
    }

    void skipBlanks() { m_at = std::min(m_text.find_first_not_of(" \t\r\n", m_at), m_text.size()); }
    bool startsWith(std::string_view what) const { return m_text.substr(m_at).starts_with(what); }
    char current() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }

    bool eat(std::string_view what)
    {
        skipBlanks();
        if (!startsWith(what))
            return false;
        m_at += what.size();
        return true;
    }

    bool eatWord(std::string_view what)
    {
        skipBlanks();
        const std::size_t end = m_at + what.size();
        if (!startsWith(what) || (end < m_text.size() && (isWordStart(m_text[end]) || isDigit(m_text[end]))))
            return false;
        m_at = end;
        return true;
    }

    std::string_view word()
    {
        const std::size_t begin = m_at;
        while (isWordStart(current()) || isDigit(current()) || current() == '.')
            ++m_at;
        return m_text.substr(begin, m_at - begin);
    }

    Node operation(Kind kind, std::initializer_list<std::int32_t> operands)
    {
        return m_into.addOperation(kind, {operands.begin(), operands.size()});
    }

    Node loosest() { return level(0); }

    /// The operator that stands here, if it binds at least as tightly as `lowest`; it is read.
    const ExpressionOperator* operatorFrom(int lowest)
    {
        skipBlanks();
        for (const ExpressionOperator& binary : expressionOperators) {
            const bool isWord = isWordStart(binary.sign.front());
            if (binary.level >= lowest && (isWord ? eatWord(binary.sign) : eat(binary.sign)))
                return &binary;
        }
        return nullptr;
    }

    Node level(int lowest)
    {
        Node left = prefix(lowest);
        Node previous; // of a chain of comparisons: 1 < a < 3
        while (left) {
            const ExpressionOperator* binary = operatorFrom(lowest);
            if (binary == nullptr)
                break;
            const bool isMinus = binary->sign == "-";
            Node right = level(binary->level + 1);
            if (!right)
                return right;
            if (binary->level == comparisonLevel) {
                const std::int32_t begin = previous.value_or(*left);
                const Node holds = binary->isSwapped ? operation(binary->kind, {*right, begin})
                                                     : operation(binary->kind, {begin, *right});
                left = previous ? operation(Kind::And, {*left, *holds}) : holds;
                previous = right;
                continue;
            }
            if (isMinus)
                right = operation(Kind::Multiply, {m_into.addConstant(-1), *right});
            left = operation(binary->kind, {*left, *right});
        }
        return left;
    }

    Node prefix(int lowest)
    {
        if (m_depth == Expressions::mostDepth)
            return fail(fmt::format("nested deeper than {}", Expressions::mostDepth), ErrorKind::OutOfRange);
        ++m_depth;
        Node node;
        if (lowest <= 2 && eatWord("not")) {
            node = level(2);
            node = node ? operation(Kind::Not, {*node}) : node;
        } else if (eat("~")) {
            node = prefix(10);
            node = node ? operation(Kind::Not, {*node}) : node;
        } else if (eat("-")) {
            node = prefix(10);
            node = node ? operation(Kind::Multiply, {m_into.addConstant(-1), *node}) : node;
        } else if (eat("+")) {
            node = prefix(10);
        } else {
            node = powers();
        }
        --m_depth;
        return node;
    }

    /// Right-associative, and tighter than a sign on its left: -2**2 is -4.
    Node powers()
    {
        const Node base = primary();
        if (!base || !eat("**"))
            return base;
        const Node exponent = prefix(10);
        return exponent ? operation(Kind::Power, {*base, *exponent}) : exponent;
    }

    Node primary()
    {
        skipBlanks();
        if (isDigit(current()) || (current() == '.' && m_text.size() > m_at + 1 && isDigit(m_text[m_at + 1])))
            return number();
        if (eat("("))
            return parenthesised();
        if (!isWordStart(current()))
            return fail("expected a number, a symbol or a function");
        const std::string_view name = word();
        if (eat("("))
            return name == "Symbol" ? symbol() : name == "Float" ? quotedFloat() : call(name);
        return named(name);
    }

    Node number()
    {
        const std::string_view rest = m_text.substr(m_at);
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        const bool isFloat =
            digits < rest.size() && (rest[digits] == '.' || rest[digits] == 'e' || rest[digits] == 'E');
        const char* const begin = rest.data();
        if (isFloat) {
            double value = 0.0;
            const auto [end, problem] = std::from_chars(begin, begin + rest.size(), value);
            if (problem != std::errc())
                return fail("expected a number");
            m_at += static_cast<std::size_t>(end - begin);
            return m_into.addConstant(Number::ofFloat(value));
        }
        std::int64_t value = 0;
        if (std::from_chars(begin, begin + digits, value).ec != std::errc())
            return fail("a number of more than 64 bits", ErrorKind::OutOfRange);
        m_at += digits;
        return m_into.addConstant(value);
    }

    Node parenthesised()
    {
        const Node inner = loosest();
        if (!inner)
            return inner;
        if (!eat(","))
            return eat(")") ? inner : fail("expected )");
        const Node condition = loosest();
        if (!condition)
            return condition;
        return eat(")") ? operation(Kind::Pair, {*inner, *condition}) : fail("expected )");
    }

    std::optional<std::string_view> quoted()
    {
        skipBlanks();
        const char quote = current();
        const std::size_t end = quote == '\'' || quote == '"' ? m_text.find(quote, m_at + 1) : m_text.npos;
        if (end == m_text.npos) {
            fail("expected a quoted text");
            return std::nullopt;
        }
        const std::string_view text = m_text.substr(m_at + 1, end - m_at - 1);
        m_at = end + 1;
        return text;
    }

    /// ", positive=True, integer=True)"
    bool assumptions()
    {
        while (eat(",")) {
            skipBlanks();
            word();
            if (eat("=")) {
                skipBlanks();
                word();
            }
        }
        return eat(")");
    }

    Node symbol()
    {
        const auto name = quoted();
        if (!name)
            return std::nullopt;
        return assumptions() ? Node(m_into.addSymbol(*name)) : fail("expected )");
    }

    Node quotedFloat()
    {
        const auto text = quoted();
        if (!text)
            return std::nullopt;
        double value = 0.0;
        const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (problem != std::errc() || end != text->data() + text->size() || !assumptions())
            return fail("expected a number");
        return m_into.addConstant(Number::ofFloat(value));
    }

    /// A word alone: a constant, or a symbol of the str form.
    Node named(std::string_view name)
    {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        const auto isOne = [&](std::initializer_list<std::string_view> names) {
            return std::ranges::find(names, name) != names.end();
        };
        if (isOne({"True", "true", "BooleanTrue"}))
            return m_into.addConstant(1);
        if (isOne({"False", "false", "BooleanFalse"}))
            return m_into.addConstant(0);
        if (isOne({"oo", "int_oo", "inf"}))
            return m_into.addConstant(Number::ofFloat(infinity));
        if (isOne({"nan", "zoo"}))
            return m_into.addConstant(Number::undefined("not a number"));
        if (name.find('.') != name.npos)
            return fail("expected a symbol");
        return m_into.addSymbol(name);
    }

    Node call(std::string_view name)
    {
        if (name.starts_with(opaque))
            name.remove_prefix(opaque.size());
        const auto function = std::ranges::find(expressionFunctions, name, &ExpressionFunction::name);
        if (function == expressionFunctions.end())
            return fail(fmt::format("the function {} is unknown", shortened(name)), ErrorKind::Unsupported);
        std::vector<std::int32_t> operands;
        if (!eat(")")) {
            do {
                const Node operand = loosest();
                if (!operand)
                    return operand;
                operands.push_back(*operand);
            } while (eat(","));
            if (!eat(")"))
                return fail("expected )");
        }
        if (operands.size() < function->fewest || operands.size() > function->most)
            return fail(fmt::format("{} has {} operands", name, operands.size()));
        if (function->isSwapped)
            std::ranges::reverse(operands);
        const auto isPair = [&](std::int32_t operand) { return m_into.node(operand).kind == Kind::Pair; };
        if (function->kind == Kind::Piecewise && !std::ranges::all_of(operands, isPair))
            return fail("expected pairs of values and conditions");
        return m_into.addOperation(function->kind, operands);
    }

    Expressions& m_into;
    std::string_view m_text;
    std::size_t m_at = 0;
    int m_depth = 0;
    std::optional<Error> m_error;
};

} // namespace

Result<std::int32_t> Expressions::add(std::string_view text)
{
    if (text.size() > longestText)
        return failure(
            ErrorKind::OutOfRange, {},
            fmt::format("an expression of {} bytes, expected at most {}", text.size(), longestText));
    if (const auto known = m_texts.find(std::string(text)); known != m_texts.end())
        return known->second;
    auto node = Parser(*this, text).parse();
    if (node)
        m_texts.emplace(text, *node);
    return node;
}

} // namespace sunflop
