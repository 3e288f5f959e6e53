// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tensors among an operator's boxed arguments.

#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <cstddef>

namespace sunflop::worker {

/// Replaces every tensor of a value by what `change` makes of it, those of lists too.
template<typename Change>
c10::IValue changed(const c10::IValue& value, const Change& change)
{
    if (value.isTensor())
        return value.toTensor().defined() ? c10::IValue(change(value.toTensor())) : value;
    if (value.isTensorList()) {
        c10::List<at::Tensor> tensors;
        for (const at::Tensor& tensor : value.toTensorVector())
            tensors.push_back(tensor.defined() ? change(tensor) : tensor);
        return tensors;
    }
    if (!value.isList() || value.toList().elementType()->kind() != c10::TypeKind::OptionalType)
        return value;
    auto list = value.toList().copy();
    for (std::size_t i = 0; i < list.size(); ++i)
        if (const c10::IValue element = list.get(i); element.isTensor() && element.toTensor().defined())
            list.set(i, change(element.toTensor()));
    return list;
}

template<typename Look>
void eachTensor(c10::ArrayRef<c10::IValue> values, const Look& look)
{
    for (const c10::IValue& value : values) {
        if (value.isTensor() && value.toTensor().defined())
            look(value.toTensor());
        else if (value.isList() && value.toList().elementType()->kind() != c10::TypeKind::IntType)
            for (const c10::IValue& element : value.toListRef())
                if (element.isTensor() && element.toTensor().defined())
                    look(element.toTensor());
    }
}

} // namespace sunflop::worker
