// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sizes/expression.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <unordered_set>

namespace sunflop {

namespace {

using Kind = ExpressionKind;
using Operands = std::span<const Number>;

Number flag(bool value)
{
    return value ? 1 : 0;
}

/// A function of floats.
Number real(const Number& a, double (*function)(double))
{
    return a.isUndefined() ? a : Number::ofFloat(function(a.asFloat()));
}

Number ceilingOf(const Number& a)
{
    return multiply(floorOf(multiply(a, -1)), -1);
}

Number truncated(const Number& a)
{
    return compare(a, 0) < 0 ? ceilingOf(a) : floorOf(a);
}

/// To an integer, halves to the even one.
Number rounded(const Number& a)
{
    if (!a.isExact())
        return real(a, std::nearbyint);
    if (a.denominator != 2)
        return floorOf(add(a, divide(1, 2)));
    const Number below = floorOf(a);
    return below.isExact() && below.numerator % 2 != 0 ? add(below, 1) : below;
}

Number modulo(const Number& a, const Number& b)
{
    return add(a, multiply(b, multiply(floorOf(divide(a, b)), -1)));
}

/// Shifts and bits, of integers only.
Number bits(Kind kind, const Number& a, const Number& b)
{
    const auto left = a.whole();
    const auto right = b.whole();
    if (!left || !right)
        return Number::undefined("bits of what is no whole number");
    switch (kind) {
    case Kind::BitAnd: return *left & *right;
    case Kind::BitOr: return *left | *right;
    case Kind::BitXor: return *left ^ *right;
    default: break;
    }
    if (*right < 0 || *right > 62)
        return Number::undefined("a shift by more than 62 bits");
    const Number factor = std::int64_t{1} << *right;
    return kind == Kind::ShiftLeft ? multiply(a, factor) : floorOf(divide(a, factor));
}

Number compared(Kind kind, const Number& a, const Number& b)
{
    if (a.isUndefined() || b.isUndefined())
        return a.isUndefined() ? a : b;
    const auto order = compare(a, b);
    switch (kind) {
    case Kind::Equal: return flag(order == 0);
    case Kind::NotEqual: return flag(order != 0);
    case Kind::Less: return flag(order < 0);
    default: return flag(order <= 0);
    }
}

Number accumulate(Operands values, Number start, Number (*join)(const Number&, const Number&))
{
    for (const Number& value : values)
        start = join(start, value);
    return start;
}

Number extreme(Operands values, bool largest)
{
    Number found = values.front();
    for (const Number& value : values) {
        if (value.isUndefined() || found.isUndefined())
            return found.isUndefined() ? found : value;
        if (const auto order = compare(value, found); largest ? order > 0 : order < 0)
            found = value;
    }
    return found;
}

/// All, or any, of the values hold; a value that decides it may hide an undefined one.
Number logical(Operands values, bool all)
{
    Number result = flag(all);
    for (const Number& value : values) {
        if (!value.isUndefined() && value.isTrue() != all)
            return flag(!all);
        if (value.isUndefined())
            result = value;
    }
    return result;
}

Number roundedDecimal(const Number& a, const Number& digits)
{
    const Number scale = power(10, digits);
    return real(divide(rounded(multiply(a, scale)), scale), [](double x) { return x; });
}

Number unary(Kind kind, const Number& a)
{
    switch (kind) {
    case Kind::Absolute: return compare(a, 0) < 0 ? multiply(a, -1) : a;
    case Kind::Floor: return toWhole(floorOf(a));
    case Kind::Ceiling: return toWhole(ceilingOf(a));
    case Kind::Truncate: return toWhole(truncated(a));
    case Kind::TruncateToFloat: return real(a, std::trunc);
    case Kind::Round: return toWhole(rounded(a));
    case Kind::ToFloat: return real(a, [](double x) { return x; });
    case Kind::Not: return a.isUndefined() ? a : flag(!a.isTrue());
    case Kind::SquareRoot: return real(a, std::sqrt);
    case Kind::Exponential: return real(a, std::exp);
    case Kind::Logarithm: return real(a, std::log);
    case Kind::BinaryLogarithm: return real(a, std::log2);
    default: return a;
    }
}

Number binary(Kind kind, const Number& a, const Number& b)
{
    switch (kind) {
    case Kind::Divide: return divide(a, b);
    case Kind::TrueDivide: return divide(unary(Kind::ToFloat, a), unary(Kind::ToFloat, b));
    case Kind::FloorDivide: return floorOf(divide(a, b));
    case Kind::CeilDivide: return ceilingOf(divide(a, b));
    case Kind::Modulo: return modulo(a, b);
    case Kind::Power: return power(a, b);
    case Kind::FloatPower: return power(unary(Kind::ToFloat, a), b);
    case Kind::RoundDecimal: return roundedDecimal(a, b);
    case Kind::Equal:
    case Kind::NotEqual:
    case Kind::Less:
    case Kind::LessEqual: return compared(kind, a, b);
    default: return bits(kind, a, b);
    }
}

Number computed(Kind kind, Operands values)
{
    switch (kind) {
    case Kind::Add: return accumulate(values, 0, add);
    case Kind::Multiply: return accumulate(values, 1, multiply);
    case Kind::Maximum: return extreme(values, true);
    case Kind::Minimum: return extreme(values, false);
    case Kind::And: return logical(values, true);
    case Kind::Or: return logical(values, false);
    case Kind::ModularIndexing: return modulo(floorOf(divide(values[0], values[1])), values[2]);
    case Kind::Where: return values[0].isUndefined() ? values[0] : values[0].isTrue() ? values[1] : values[2];
    case Kind::Pair: return values[0];
    default: return values.size() == 1 ? unary(kind, values[0]) : binary(kind, values[0], values[1]);
    }
}

} // namespace

std::int32_t Expressions::append(ExpressionNode node)
{
    m_nodes.push_back(std::move(node));
    return static_cast<std::int32_t>(m_nodes.size() - 1);
}

std::int32_t Expressions::addConstant(Number value)
{
    const auto [known, isNew] = m_constants.try_emplace(value, 0);
    if (isNew)
        known->second = append({.kind = Kind::Constant, .constant = value});
    return known->second;
}

std::int32_t Expressions::addSymbol(std::string_view name)
{
    const auto [known, isNew] = m_symbolNodes.try_emplace(std::string(name), 0);
    if (isNew) {
        known->second = append({.kind = Kind::Symbol, .first = static_cast<std::int32_t>(m_symbols.size())});
        m_symbols.emplace_back(name);
    }
    return known->second;
}

std::int32_t Expressions::addOperation(ExpressionKind kind, std::span<const std::int32_t> operands)
{
    const auto isConstant = [&](std::int32_t operand) { return node(operand).kind == Kind::Constant; };
    if (kind != Kind::Pair && kind != Kind::Piecewise && std::ranges::all_of(operands, isConstant)) {
        std::vector<Number> values;
        std::ranges::transform(operands, std::back_inserter(values),
                               [&](std::int32_t operand) { return node(operand).constant; });
        return addConstant(computed(kind, values));
    }
    const auto [known, isNew] = m_known.try_emplace(Key(kind, {operands.begin(), operands.end()}), 0);
    if (isNew) {
        const auto first = static_cast<std::int32_t>(m_operands.size());
        m_operands.insert(m_operands.end(), operands.begin(), operands.end());
        known->second =
            append({.kind = kind, .first = first, .count = static_cast<std::int32_t>(operands.size())});
    }
    return known->second;
}

std::span<const std::int32_t> Expressions::operands(const ExpressionNode& node) const
{
    return std::span(m_operands)
        .subspan(static_cast<std::size_t>(node.first), static_cast<std::size_t>(node.count));
}

std::optional<std::int32_t> Expressions::symbolOf(std::int32_t index) const
{
    return node(index).kind == Kind::Symbol ? std::optional(node(index).first) : std::nullopt;
}

std::vector<std::int32_t> Expressions::symbolsIn(std::int32_t index) const
{
    std::unordered_set<std::int32_t> seen{index};
    std::vector<std::int32_t> open{index};
    std::vector<std::int32_t> found;
    while (!open.empty()) {
        const std::int32_t next = open.back();
        open.pop_back();
        if (const auto symbol = symbolOf(next))
            found.push_back(*symbol);
        else
            std::ranges::copy_if(operands(node(next)), std::back_inserter(open),
                                 [&](std::int32_t operand) { return seen.insert(operand).second; });
    }
    std::ranges::sort(found);
    return found;
}

std::vector<bool> Expressions::isSymbolOf(std::span<const std::int32_t> nodes) const
{
    std::vector<bool> isNeeded(m_nodes.size());
    for (const std::int32_t node : nodes)
        isNeeded[static_cast<std::size_t>(node)] = true;
    std::vector<bool> found(m_symbols.size());
    for (std::size_t i = m_nodes.size(); i-- > 0;) {
        if (!isNeeded[i])
            continue;
        if (m_nodes[i].kind == Kind::Symbol)
            found[static_cast<std::size_t>(m_nodes[i].first)] = true;
        else
            for (const std::int32_t operand : operands(m_nodes[i]))
                isNeeded[static_cast<std::size_t>(operand)] = true;
    }
    return found;
}

void Expressions::extend(std::vector<Number>& values, std::span<const Number> symbols) const
{
    values.reserve(m_nodes.size());
    std::vector<Number> operandValues;
    const auto valueOf = [&](std::int32_t index) { return values[static_cast<std::size_t>(index)]; };
    const auto piecewise = [&](const ExpressionNode& of) {
        for (const std::int32_t pair : operands(of)) {
            const auto parts = operands(node(pair));
            const Number condition = valueOf(parts[1]);
            if (condition.isUndefined() || condition.isTrue())
                return condition.isUndefined() ? condition : valueOf(parts[0]);
        }
        return Number::undefined("none of its cases");
    };
    for (const ExpressionNode& node : std::span(m_nodes).subspan(values.size())) {
        if (node.kind == Kind::Constant) {
            values.push_back(node.constant);
        } else if (node.kind == Kind::Symbol) {
            values.push_back(symbols[static_cast<std::size_t>(node.first)]);
        } else if (node.kind == Kind::Piecewise) {
            values.push_back(piecewise(node));
        } else {
            operandValues.clear();
            std::ranges::transform(operands(node), std::back_inserter(operandValues), valueOf);
            values.push_back(computed(node.kind, operandValues));
        }
    }
}

} // namespace sunflop
