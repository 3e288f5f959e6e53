// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/player.h"

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

/// Python numbers that take part in arithmetic; others choose what is computed.
constexpr std::array<std::string_view, 4> numberOperands{"self", "other", "exponent", "value"};

bool isNumeric(const RecordedValue& value)
{
    return std::holds_alternative<RecordedSize>(value) || std::holds_alternative<double>(value) ||
           std::holds_alternative<bool>(value);
}

} // namespace

std::optional<Operand> Player::tensor(std::string_view name)
{
    const RecordedValue* value = argument(name);
    const auto* tensor = value != nullptr ? std::get_if<TensorIndex>(value) : nullptr;
    if (tensor == nullptr || !isTensor(*tensor))
        return std::nullopt;
    return seen(*tensor);
}

std::vector<Operand> Player::tensors(std::string_view name)
{
    std::vector<Operand> operands;
    const RecordedValue* value = argument(name);
    if (value == nullptr)
        return operands;
    if (const auto* list = std::get_if<std::vector<TensorIndex>>(value)) {
        for (const TensorIndex tensor : *list)
            if (isTensor(tensor))
                operands.push_back(seen(tensor));
    } else if (const auto one = tensor(name)) {
        operands.push_back(*one);
    }
    return operands;
}

std::vector<Operand> Player::operands(bool withNumbers)
{
    std::vector<Operand> operands;
    for (const RecordedArgument& argument : m_call->arguments) {
        if (argument.name == "out")
            continue;
        if (const auto* one = std::get_if<TensorIndex>(&argument.value)) {
            if (isTensor(*one))
                operands.push_back(seen(*one));
        } else if (const auto* list = std::get_if<std::vector<TensorIndex>>(&argument.value)) {
            for (const TensorIndex tensor : *list)
                if (isTensor(tensor))
                    operands.push_back(seen(tensor));
        } else if (withNumbers && isNumeric(argument.value) &&
                   std::ranges::find(numberOperands, argument.name) != numberOperands.end()) {
            operands.push_back({.dtype = resultDType(), .isNumber = true});
        }
    }
    return operands;
}

std::vector<Operand> Player::operandsNamed(std::initializer_list<std::string_view> names)
{
    std::vector<Operand> operands;
    operands.reserve(names.size());
    for (const std::string_view name : names)
        if (const auto operand = tensor(name))
            operands.push_back(*operand);
    return operands;
}

const RecordedTensor* Player::recordedTensor(std::string_view name) const
{
    const RecordedValue* value = argument(name);
    const auto* tensor = value != nullptr ? std::get_if<TensorIndex>(value) : nullptr;
    return tensor != nullptr && isTensor(*tensor) ? &m_graph.tensors[static_cast<std::size_t>(tensor->index)]
                                                  : nullptr;
}

const RecordedTensor* Player::firstResult() const
{
    for (const TensorIndex result : m_call->results)
        if (isTensor(result))
            return &m_graph.tensors[static_cast<std::size_t>(result.index)];
    return nullptr;
}

Shape Player::resultShape() const
{
    const RecordedTensor* result = firstResult();
    return result != nullptr ? shapeOf(*result) : Shape();
}

DType Player::resultDType() const
{
    const RecordedTensor* result = firstResult();
    return result != nullptr ? result->dtype : DType::F32;
}

} // namespace sunflop
