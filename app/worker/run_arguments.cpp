// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/run_arguments.h"

#include <ATen/Functions.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using c10::IValue;
using nlohmann::json;

constexpr int deepest = 32;

c10::ScalarType dtypeNamed(const std::string& name)
{
    for (int i = 0; i < static_cast<int>(c10::ScalarType::NumOptions); ++i)
        if (const auto type = static_cast<c10::ScalarType>(i); dtypeName(type) == name)
            return type;
    throw std::invalid_argument("no dtype \"" + name + "\"");
}

} // namespace

IValue RunArguments::of(const json& value, const c10::TypePtr& type, int depth)
{
    if (depth > deepest)
        throw std::invalid_argument("arguments nested too deep");
    if (type->kind() == c10::TypeKind::OptionalType && !value.is_null())
        return of(value, type->expectRef<c10::OptionalType>().getElementType(), depth);
    if (value.is_boolean())
        return value.get<bool>();
    if (value.is_number_integer())
        return type->kind() == c10::TypeKind::FloatType ? IValue(value.get<double>())
                                                        : IValue(value.get<std::int64_t>());
    if (value.is_number())
        return value.get<double>();
    if (value.is_string())
        return value.get<std::string>();
    if (!value.is_object())
        return IValue();
    if (value.contains("shape"))
        return tensor(value);
    if (value.contains("dict"))
        return dict(value.at("dict"), depth);
    return value.contains("tuple") ? tuple(value.at("tuple"), *type, depth)
                                   : list(value.at("list"), *type, depth);
}

Tensor RunArguments::tensor(const json& value)
{
    const auto options =
        at::TensorOptions().device(at::kMeta).dtype(dtypeNamed(value.at("dtype").get<std::string>()));
    const Tensor made = at::empty(value.at("shape").get<std::vector<std::int64_t>>(), options);
    m_recorder.addArgument(made, m_count++);
    return made;
}

IValue RunArguments::list(const json& values, const c10::Type& type, int depth)
{
    const c10::TypePtr element = type.kind() == c10::TypeKind::ListType
                                     ? type.expectRef<c10::ListType>().getElementType()
                                     : c10::TypePtr(c10::TensorType::get());
    c10::impl::GenericList made(element);
    for (const json& value : values)
        made.push_back(of(value, element, depth + 1));
    return made;
}

IValue RunArguments::tuple(const json& values, const c10::Type& type, int depth)
{
    std::vector<IValue> made;
    const bool isTuple = type.kind() == c10::TypeKind::TupleType;
    for (const json& value : values) {
        const auto elements =
            isTuple ? type.expectRef<c10::TupleType>().elements() : c10::ArrayRef<c10::TypePtr>();
        const bool isTyped = made.size() < elements.size();
        made.push_back(
            of(value, isTyped ? elements[made.size()] : c10::TypePtr(c10::TensorType::get()), depth + 1));
    }
    return c10::ivalue::Tuple::create(std::move(made));
}

IValue RunArguments::dict(const json& values, int depth)
{
    c10::impl::GenericDict made(c10::StringType::get(), c10::TensorType::get());
    for (const auto& [key, value] : values.items())
        made.insert(key, of(value, c10::TensorType::get(), depth + 1));
    return made;
}

} // namespace sunflop::worker
