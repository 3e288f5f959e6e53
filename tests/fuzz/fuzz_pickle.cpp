// SPDX-License-Identifier: GPL-3.0-or-later
// A pickle from anywhere, and every value on the way through it.

#include "core/containers/pickle.h"
#include "tests/fuzz/reading.h"

namespace {

using sunflop::PickleValue;

/// Asks a value everything, and then what it holds; values may hold themselves.
void visit(const PickleValue& value, int depth, int& budget)
{
    if (depth == 0 || --budget < 0)
        return;
    value.integer();
    value.real();
    value.text();
    value.typeName();
    value["weight"];
    value.attribute("_modules");
    for (std::size_t i = 0; i < value.size() && budget > 0; ++i)
        visit(value.item(i), depth - 1, budget);
    for (std::size_t i = 0; i < value.entries() && budget > 0; ++i) {
        visit(value.key(i), depth - 1, budget);
        visit(value.value(i), depth - 1, budget);
    }
    for (const PickleValue& part :
         {value.callee(), value.arguments(), value.state(), value.identity(), value.item(value.size())})
        visit(part, depth - 1, budget);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sunflop;
    const auto pickle = Pickle::read(Bytes::of(std::string(fuzz::text(data, size))));
    fuzz::requireReason(pickle);
    int budget = 1000;
    if (pickle)
        visit(pickle->root(), 20, budget);
    return 0;
}
