// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/trial.h"

#include "tests/worker/recipe.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace sunflop::test {

namespace {

using at::ScalarType;
using c10::IValue;
using c10::TypeKind;
using Sizes = std::vector<std::int64_t>;

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Fills in one schema.
class Filling {
public:
    Filling(const c10::FunctionSchema& schema, const Trial& trial)
        : m_schema(schema), m_trial(trial), m_given(recipeFor(schema))
    {}

    std::optional<torch::jit::Stack> stack()
    {
        torch::jit::Stack made;
        for (const c10::Argument& argument : m_schema.arguments()) {
            const auto value = of(argument);
            if (!value)
                return std::nullopt;
            made.push_back(*value);
        }
        return made;
    }

private:
    std::optional<IValue> of(const c10::Argument& argument)
    {
        if (m_given != nullptr)
            if (const auto found = m_given->find(argument.name()); found != m_given->end())
                return found->second();
        c10::TypePtr type = argument.type();
        const bool isOptional = type->kind() == TypeKind::OptionalType;
        if (isOptional) {
            type = type->expectRef<c10::OptionalType>().getElementType();
            if (!m_trial.isVaried ||
                isOneOf(argument.name(), {"generator", "layout", "device", "memory_format"}))
                return argument.default_value() ? *argument.default_value() : IValue();
        }
        if (type->kind() == TypeKind::BoolType) {
            const bool usual = argument.default_value() && argument.default_value()->isBool() &&
                               argument.default_value()->toBool();
            return IValue(usual != m_trial.isVaried);
        }
        if (argument.default_value() && !isOptional && !m_trial.isVaried)
            return *argument.default_value();
        return made(argument, *type);
    }

    std::optional<IValue> made(const c10::Argument& argument, const c10::Type& type)
    {
        const std::string& name = argument.name();
        switch (type.kind()) {
        case TypeKind::TensorType: return tensor(argument);
        case TypeKind::IntType:
        case TypeKind::SymIntType: return name == "dtype" ? std::int64_t(ScalarType::Double) : whole(name);
        case TypeKind::FloatType: return 0.5;
        case TypeKind::NumberType: return m_trial.isVaried ? IValue(2.0) : IValue(1);
        case TypeKind::StringType: return IValue(std::string(text(name)));
        case TypeKind::ScalarTypeType: return std::int64_t(ScalarType::Double);
        case TypeKind::ListType: return list(argument, *type.expectRef<c10::ListType>().getElementType());
        default:
            return argument.default_value() ? std::optional<IValue>(*argument.default_value()) : std::nullopt;
        }
    }

    static IValue truths(std::size_t count)
    {
        c10::List<bool> all;
        for (std::size_t i = 0; i < count; ++i)
            all.push_back(true);
        return all;
    }

    static std::string_view text(std::string_view name)
    {
        return name == "reduce" ? "amax" : name == "mode" ? "reduced" : name == "indexing" ? "ij" : "none";
    }

    std::int64_t whole(std::string_view name) const
    {
        if (isOneOf(name, {"dim", "dim0", "axis", "axis0", "source", "dim1", "axis1", "destination"})) {
            const bool isSecond = isOneOf(name, {"dim1", "axis1", "destination"});
            return isSecond != m_trial.isVaried ? -1 : 0;
        }
        if (isOneOf(name, {"start", "offset", "diagonal", "storage_offset", "scale_grad", "index"}))
            return 0;
        if (isOneOf(name, {"k", "length", "step", "reduction", "groups"}))
            return 1;
        return m_trial.isVaried ? 3 : 2;
    }

    Sizes wholes(const c10::Argument& argument) const
    {
        const std::string& name = argument.name();
        const auto rank = static_cast<std::int64_t>(m_trial.sizes.size());
        const auto count =
            static_cast<std::size_t>(argument.N() ? *argument.N() : std::max<std::int64_t>(rank - 2, 1));
        if (isOneOf(name, {"size", "shape", "sizes", "input_size", "input_sizes", "self_size"}))
            return m_trial.sizes;
        if (name == "output_size" || name == "kernel_size")
            return Sizes(count, m_trial.isVaried ? 3 : 2);
        if (name == "dims") {
            Sizes dims(m_trial.sizes.size());
            std::iota(dims.rbegin(), dims.rend(), 0);
            return dims;
        }
        if (isOneOf(name, {"dim", "source", "destination", "axis"}))
            return {m_trial.isVaried ? rank - 1 : 0};
        if (name == "normalized_shape")
            return m_trial.sizes.empty() ? Sizes{} : Sizes{m_trial.sizes.back()};
        if (name == "split_sizes")
            return {1, (m_trial.sizes.empty() ? 1 : m_trial.sizes.front()) - 1};
        if (isOneOf(name, {"repeats", "tile", "reps"}))
            return Sizes(m_trial.sizes.size(), 2);
        if (name == "pad")
            return {1, 1};
        if (name == "stride" && m_schema.name().find("strided") != std::string::npos)
            return at::empty(m_trial.sizes).strides().vec();
        return Sizes(count, 1);
    }

    std::optional<IValue> list(const c10::Argument& argument, const c10::Type& element)
    {
        switch (element.kind()) {
        case TypeKind::IntType:
        case TypeKind::SymIntType: return wholes(argument);
        case TypeKind::FloatType:
            return std::vector<double>(m_trial.sizes.size() > 2 ? m_trial.sizes.size() - 2 : 1, 2.0);
        case TypeKind::BoolType: return truths(static_cast<std::size_t>(argument.N() ? *argument.N() : 3));
        case TypeKind::TensorType: {
            c10::List<at::Tensor> tensors;
            for (int i = 0; i < 2; ++i)
                tensors.push_back(values(m_trial.sizes, m_tensors == 0 ? m_trial.first : m_trial.rest));
            ++m_tensors;
            return tensors;
        }
        case TypeKind::NumberType: {
            c10::impl::GenericList numbers(c10::NumberType::get());
            numbers.push_back(1.0);
            numbers.push_back(2.0);
            return numbers;
        }
        case TypeKind::OptionalType: {
            c10::List<c10::optional<at::Tensor>> indices;
            indices.push_back(values({2}, ScalarType::Long));
            return indices;
        }
        default: return std::nullopt;
        }
    }

    at::Tensor tensor(const c10::Argument& argument)
    {
        const bool isOut =
            argument.kwarg_only() && argument.alias_info() != nullptr && argument.alias_info()->isWrite();
        if (isOut)
            return at::empty({0}, argument.name() == "indices" ? ScalarType::Long : m_trial.first);
        if (m_tensors++ == 0)
            return values(m_trial.sizes, m_trial.first);
        const bool isVector = isOneOf(argument.name(), {"bias", "running_mean", "running_var", "save_mean",
                                                        "save_invstd", "save_var", "boundaries"});
        if (m_trial.others == Others::Number)
            return values({}, m_trial.rest);
        if (m_trial.others == Others::Channels || isVector)
            return values({m_trial.sizes.size() < 2 ? (m_trial.sizes.empty() ? 1 : m_trial.sizes[0])
                                                    : m_trial.sizes[1]},
                          m_trial.rest);
        return values(m_trial.sizes, m_trial.rest);
    }

    const c10::FunctionSchema& m_schema;
    const Trial& m_trial;
    const Recipe* m_given;
    int m_tensors = 0;
};

} // namespace

const std::vector<Trial>& trials()
{
    static const std::vector<Trial> all = [] {
        std::vector<Trial> made;
        const std::pair<ScalarType, ScalarType> types[] = {
            {ScalarType::Float, ScalarType::Float},
            {ScalarType::Float, ScalarType::Long},
            {ScalarType::Long, ScalarType::Long},
            {ScalarType::Bool, ScalarType::Bool},
            {ScalarType::Long, ScalarType::Float},
            {ScalarType::Float, ScalarType::Bool},
            {ScalarType::ComplexFloat, ScalarType::ComplexFloat}};
        const Sizes shapes[] = {
            {3, 5},          {4, 4},          {4}, {2, 3, 5}, {4, 4, 4}, {2, 3, 4, 6}, {4, 4, 4, 4},
            {2, 3, 4, 5, 6}, {4, 4, 4, 4, 4}, {}};
        for (const auto& [first, rest] : types)
            for (const Sizes& sizes : shapes)
                for (const Others others : {Others::Same, Others::Channels, Others::Number})
                    for (const bool isVaried : {false, true})
                        made.push_back({sizes, first, rest, others, isVaried});
        return made;
    }();
    return all;
}

std::optional<torch::jit::Stack> argumentsOf(const c10::FunctionSchema& schema, const Trial& trial)
{
    return Filling(schema, trial).stack();
}

} // namespace sunflop::test
