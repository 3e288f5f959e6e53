// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/call_arguments.h"

#include <algorithm>

namespace sunflop {

const RecordedValue* CallArguments::find(std::string_view name) const
{
    for (const RecordedArgument& argument : m_call->arguments)
        if (argument.name == name)
            return std::holds_alternative<std::monostate>(argument.value) ? nullptr : &argument.value;
    return nullptr;
}

std::optional<std::int64_t> CallArguments::integer(std::string_view name) const
{
    const RecordedValue* value = find(name);
    if (value == nullptr)
        return std::nullopt;
    if (const auto* size = std::get_if<RecordedSize>(value))
        return valueOf(*size);
    if (const auto* flag = std::get_if<bool>(value))
        return *flag ? 1 : 0;
    return std::nullopt;
}

std::optional<double> CallArguments::number(std::string_view name) const
{
    const RecordedValue* value = find(name);
    const auto* real = value != nullptr ? std::get_if<double>(value) : nullptr;
    if (real != nullptr)
        return *real;
    const auto whole = integer(name);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

std::vector<std::int64_t> CallArguments::integers(std::string_view name) const
{
    const RecordedValue* value = find(name);
    if (value == nullptr)
        return {};
    if (const auto* list = std::get_if<std::vector<RecordedSize>>(value))
        return valuesOf(*list);
    if (const auto* one = std::get_if<RecordedSize>(value))
        return {valueOf(*one)};
    return {};
}

std::string_view CallArguments::text(std::string_view name) const
{
    const RecordedValue* value = find(name);
    const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

bool CallArguments::isNumber(std::string_view name) const
{
    const RecordedValue* value = find(name);
    return value != nullptr &&
           (std::holds_alternative<RecordedSize>(*value) || std::holds_alternative<double>(*value) ||
            std::holds_alternative<bool>(*value));
}

std::vector<std::int64_t> CallArguments::valuesOf(const std::vector<RecordedSize>& sizes) const
{
    std::vector<std::int64_t> values;
    values.reserve(sizes.size());
    std::ranges::transform(sizes, std::back_inserter(values), [this](RecordedSize x) { return valueOf(x); });
    return values;
}

std::int64_t CallArguments::valueOf(RecordedSize size) const
{
    const bool isKnown =
        size.expression < 0 || static_cast<std::size_t>(size.expression) < m_recorded->values.size();
    return isKnown ? m_recorded->at(size) : 0;
}

} // namespace sunflop
