// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/text_operators.h"

#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using c10::IValue;
using torch::jit::Stack;

constexpr int deepest = 16;

bool holdsTensor(const IValue& value, int depth = 0)
{
    if (value.isTensor() || depth > deepest)
        return true;
    const auto any = [&](const auto& values) {
        for (const IValue& element : values)
            if (holdsTensor(element, depth + 1))
                return true;
        return false;
    };
    if (value.isList())
        return any(value.toListRef());
    if (value.isTuple())
        return any(value.toTupleRef().elements());
    if (value.isGenericDict())
        for (const auto& entry : value.toGenericDict())
            if (holdsTensor(entry.value(), depth + 1))
                return true;
    return value.isObject();
}

/// An operator, with "Tensor" in place of what holds one.
torch::jit::Operation written(const std::shared_ptr<torch::jit::Operator>& original)
{
    const bool isVariadic = original->schema().is_vararg();
    const std::size_t fixed = original->schema().arguments().size();
    return [original, isVariadic, fixed](Stack& stack) {
        const std::size_t count = isVariadic ? static_cast<std::size_t>(stack.back().toInt()) : fixed;
        const std::size_t end = stack.size() - (isVariadic ? 1 : 0);
        for (std::size_t i = end - count; i < end; ++i)
            if (holdsTensor(stack[i]))
                stack[i] = std::string("Tensor");
        original->getOperation()(stack);
    };
}

/// The operator of `schema`, under the schema `as`. Both are literals: LibTorch remembers their address.
torch::jit::Operator replaced(const char* schema, const char* as)
{
    const std::shared_ptr<torch::jit::Operator> original = torch::jit::getOperatorForLiteral(schema);
    TORCH_CHECK(original != nullptr, "no operator ", schema);
    if (schema == as)
        torch::jit::deregisterOperator(original->schema());
    return {as, written(original), original->aliasAnalysisKind()};
}

} // namespace

void replaceTextOperators()
{
    // Registrations end with this object: it lives as long as the process.
    static const torch::jit::RegisterOperators operators = [] {
        std::vector<c10::optional<torch::jit::Operator>> all;
        for (const char* schema : {"prim::Print(...) -> ()", "aten::percentFormat(str self, ...) -> str",
                                   "aten::str(t elem) -> str"})
            all.push_back(replaced(schema, schema));
        all.push_back(
            replaced("aten::format(str self, ...) -> str", "sunflop::format(str self, ...) -> str"));
        return torch::jit::RegisterOperators(std::move(all));
    }();
    static_cast<void>(operators);
}

void replaceFormats(torch::jit::Block& block)
{
    for (auto node = block.nodes().begin(); node != block.nodes().end();) {
        torch::jit::Node* found = *node++;
        for (torch::jit::Block* inner : found->blocks())
            replaceFormats(*inner);
        if (found->kind() != torch::jit::aten::format)
            continue;
        torch::jit::Node* made =
            found->owningGraph()->create(c10::Symbol::fromQualString("sunflop::format"), found->inputs(), 1);
        made->insertBefore(found);
        made->output()->setType(found->output()->type());
        found->output()->replaceAllUsesWith(made->output());
        found->destroy();
    }
}

} // namespace sunflop::worker
