// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/trace_text.h"

namespace sunflop::test {

namespace {

std::size_t depthOf(const Trace& trace, std::int32_t module)
{
    std::size_t depth = 0;
    while ((module = trace.modules[static_cast<std::size_t>(module)].parent) >= 0)
        ++depth;
    return depth;
}

std::string moduleLine(const Trace& trace, std::int32_t id)
{
    const Module& module = trace.modules[static_cast<std::size_t>(id)];
    std::string line(2 * depthOf(trace, id), ' ');
    line += (id == 0 ? "model" : module.label()) + ": " + module.className;
    if (!module.detail.empty())
        line += "(" + module.detail + ")";
    if (module.isContainer)
        line += " list";
    if (!module.ran)
        line += " dormant";
    for (const Parameter& parameter : trace.parameters)
        if (parameter.module == id)
            line += " " + parameter.name + " " + parameter.shape.text();
    return line + "\n";
}

} // namespace

std::string treeText(const Trace& trace)
{
    std::string text;
    for (std::size_t i = 0; i < trace.modules.size(); ++i)
        text += moduleLine(trace, static_cast<std::int32_t>(i));
    return text;
}

std::string callsText(const Trace& trace)
{
    std::string text;
    for (const Op& op : trace.ops) {
        if (op.phase > 0)
            text += "phase " + std::to_string(op.phase) + ": ";
        text += op.module == 0 ? "model" : trace.path(op.module);
        text += " " + std::string(nameOf(op));
        for (const Operand& input : op.inputs)
            text += " " + (input.isNumber ? "number" : input.shape.text());
        text += " -> " + op.output.shape.text() + "\n";
    }
    return text;
}

} // namespace sunflop::test
