// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Expressions of symbolic sizes, as torch.export writes them: compiled once, evaluated for every new size.

#include "core/base/result.h"
#include "core/sizes/number.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sunflop {

/// What a node computes from its operands. Truth is 1, falsehood 0.
enum class ExpressionKind : std::uint8_t {
    Constant,
    Symbol,
    Add,
    Multiply,
    Divide,     ///< exact
    TrueDivide, ///< of Python: a float
    FloorDivide,
    CeilDivide,
    Modulo, ///< with the divisor's sign, as in Python
    ModularIndexing,
    Power,
    FloatPower,
    Maximum,
    Minimum,
    Absolute,
    Floor,
    Ceiling,
    Truncate,
    TruncateToFloat,
    Round, ///< halves to even
    RoundDecimal,
    ToFloat,
    Identity,
    ShiftLeft,
    ShiftRight,
    BitAnd,
    BitOr,
    BitXor,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    And,
    Or,
    Not,
    Where,
    Pair,      ///< value and condition, of Piecewise only
    Piecewise, ///< the value of the first pair whose condition holds
    SquareRoot,
    Exponential,
    Logarithm,
    BinaryLogarithm,
};

/// Operands are earlier nodes: `operands[first]` up to `operands[first + count]` of the set.
struct ExpressionNode {
    ExpressionKind kind = ExpressionKind::Constant;
    std::int32_t first = 0; ///< of a symbol: its index
    std::int32_t count = 0;
    Number constant;
};

/// Expressions over common symbols. Equal parts are computed once, constant ones never again.
class Expressions {
public:
    static constexpr std::size_t longestText = 1 << 16;
    static constexpr int mostDepth = 200;

    /// The node of an expression in sympy's srepr or str form: "Mul(Integer(2), Symbol('s0',
    /// positive=True))", "2*s0 + 1", "s0 // 2 <= 5". Refuses what is malformed, too long, too deep or of an
    /// unknown function.
    Result<std::int32_t> add(std::string_view text);
    /// The node of a symbol.
    std::int32_t addSymbol(std::string_view name);
    /// Makes a name mean a node from now on, as if it were a symbol.
    void addAlias(const std::string& name, std::int32_t node) { m_symbolNodes.insert_or_assign(name, node); }
    std::int32_t addConstant(Number value);
    /// The node of an operation on nodes. Requires as many operands as the kind takes.
    std::int32_t addOperation(ExpressionKind kind, std::span<const std::int32_t> operands);

    const std::vector<std::string>& symbols() const { return m_symbols; }
    /// The symbol that a node is; nothing where it is more than that.
    std::optional<std::int32_t> symbolOf(std::int32_t node) const;
    /// Symbols that a node depends on, each once, in increasing order.
    std::vector<std::int32_t> symbolsIn(std::int32_t node) const;
    /// By symbol: whether any of the nodes depends on it.
    std::vector<bool> isSymbolOf(std::span<const std::int32_t> nodes) const;
    const ExpressionNode& node(std::int32_t index) const { return m_nodes[static_cast<std::size_t>(index)]; }
    std::span<const std::int32_t> operands(const ExpressionNode& node) const;

    std::size_t size() const { return m_nodes.size(); }
    /// The values of all nodes where symbol i is `symbols[i]`.
    std::vector<Number> evaluate(std::span<const Number> symbols) const
    {
        std::vector<Number> values;
        extend(values, symbols);
        return values;
    }
    /// The same where the first values are known.
    void extend(std::vector<Number>& values, std::span<const Number> symbols) const;

private:
    using Key = std::pair<ExpressionKind, std::vector<std::int32_t>>;

    std::int32_t append(ExpressionNode node);

    std::vector<ExpressionNode> m_nodes;
    std::vector<std::int32_t> m_operands;
    std::vector<std::string> m_symbols;
    std::map<Key, std::int32_t> m_known; ///< operations that there are already
    std::map<Number, std::int32_t> m_constants;
    std::unordered_map<std::string, std::int32_t> m_symbolNodes;
    std::unordered_map<std::string, std::int32_t> m_texts;
};

} // namespace sunflop
