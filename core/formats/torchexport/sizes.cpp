// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchexport/sizes.h"

#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/formats/torchexport/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace sunflop {

namespace {

/// A hint is {"as_int": 4}; before PyTorch 2.2 it was the number.
std::optional<std::int64_t> hintIn(const nlohmann::json* hint)
{
    const auto plain = wholeIn(hint);
    return plain ? plain : wholeIn(member(hint, "as_int"));
}

} // namespace

RecordedSize ExportedSizes::ofNode(std::int32_t node, const std::string& text)
{
    const ExpressionNode& of = expressions.node(node);
    if (of.kind == ExpressionKind::Constant)
        if (const auto value = of.constant.whole())
            return {*value, -1};
    const auto [entry, isNew] = known.try_emplace(node, static_cast<std::int32_t>(nodes.size()));
    if (isNew) {
        nodes.push_back(node);
        texts.push_back(text);
    }
    return {0, entry->second};
}

Result<RecordedSize> ExportedSizes::read(const nlohmann::json& size)
{
    if (const auto whole = wholeIn(member(&size, "as_int")))
        return RecordedSize{*whole, -1};
    const nlohmann::json* expression = member(&size, "as_expr");
    const std::string* text = textIn(member(expression, "expr_str"));
    if (text == nullptr)
        return failure(ErrorKind::Malformed, {}, "found no size, expected \"as_int\" or \"as_expr\"");
    const auto node = expressions.add(*text);
    if (!node)
        return failure(node.error());
    const auto hint = hintIn(member(expression, "hint"));
    if (const auto symbol = expressions.symbolOf(*node); symbol && hint)
        hints.emplace(*symbol, *hint);
    return ofNode(*node, shortened(*text));
}

std::int32_t ExportedSizes::nodeOf(RecordedSize size)
{
    return size.expression < 0 ? expressions.addConstant(size.value) : at(nodes, size.expression);
}

std::vector<Number> ExportedSizes::atHints(std::int64_t otherwise) const
{
    std::vector<Number> values(expressions.symbols().size(), Number(otherwise));
    for (const auto& [symbol, hint] : hints)
        at(values, symbol) = hint;
    return values;
}

std::int64_t estimated(const ExportedSizes& sizes, std::span<const Number> values, RecordedSize size)
{
    if (size.expression < 0)
        return size.value;
    const auto node = static_cast<std::size_t>(at(sizes.nodes, size.expression));
    return std::max<std::int64_t>(values[node].whole().value_or(1), 0);
}

} // namespace sunflop
