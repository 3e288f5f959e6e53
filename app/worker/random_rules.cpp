// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that fill their first argument, which LibTorch 1.13 knows no shapes of.
#include "app/worker/random_rules.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/library.h>

#include <string>

namespace sunflop::worker {

namespace {

void filled(const c10::OperatorHandle& op, torch::jit::Stack* stack)
{
    const std::size_t count = op.schema().arguments().size();
    const c10::IValue self = torch::jit::peek(*stack, 0, count);
    torch::jit::drop(*stack, count);
    stack->push_back(self);
}

} // namespace

void registerRandomRules()
{
    // Registrations end with this object: it lives as long as the process.
    static torch::Library rules(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
    for (const char* name :
         {"bernoulli_.float", "bernoulli_.Tensor", "uniform_", "normal_", "random_", "random_.from",
          "random_.to", "exponential_", "geometric_", "log_normal_", "cauchy_"}) {
        const std::string whole(name);
        const std::size_t dot = whole.find('.');
        const auto op = c10::Dispatcher::singleton().findSchema(
            {"aten::" + whole.substr(0, dot), dot == std::string::npos ? "" : whole.substr(dot + 1)});
        if (op && !op->hasKernelForDispatchKey(c10::DispatchKey::Meta))
            rules.impl(name, torch::CppFunction::makeFromBoxedFunction<&filled>());
    }
}

} // namespace sunflop::worker
