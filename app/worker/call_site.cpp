// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/call_site.h"

#include <torch/csrc/jit/runtime/interpreter.h>

#include <algorithm>

namespace sunflop::worker {

namespace {

constexpr std::size_t longestText = 120;
constexpr std::size_t mostFunctions = 8;

bool endsWith(const std::string& text, const std::string& end)
{
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// One line of a trace's frames: "file.py(12): forward".
struct Frame {
    std::string file;
    std::string function;
};

Frame frameOf(const std::string& line)
{
    const std::size_t colon = line.rfind("): ");
    const std::size_t bracket = colon == std::string::npos ? std::string::npos : line.rfind('(', colon);
    if (bracket == std::string::npos || bracket + 1 == colon ||
        !std::all_of(line.begin() + static_cast<std::ptrdiff_t>(bracket) + 1,
                     line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    return {line.substr(0, bracket), line.substr(colon + 3)};
}

std::string lineAt(const std::string& text, std::size_t begin)
{
    return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

} // namespace

bool isFrames(const std::string& text)
{
    return !frameOf(lineAt(text, 0)).function.empty();
}

CallSite siteOfFrames(const std::string& frames)
{
    CallSite site;
    site.isKnown = true;
    for (std::size_t begin = 0; begin < frames.size() && site.functions.size() < mostFunctions;) {
        const std::string line = lineAt(frames, begin);
        begin += line.size() + 1;
        const Frame frame = frameOf(line);
        if (endsWith(frame.file, "torch/_jit_internal.py")) // chooses between functions
            continue;
        if (!endsWith(frame.file, "torch/nn/functional.py"))
            break;
        site.functions.push_back(frame.function);
    }
    return site;
}

CallSite callSite()
{
    CallSite site;
    const std::vector<torch::jit::StackEntry> entries = torch::jit::currentCallstack();
    if (entries.empty())
        return site;
    const auto written = entries.front().range.findSourceRangeThatGenerated();
    if (written && written->source()) {
        if (const std::string source = written->source()->text_str().str(); isFrames(source))
            return siteOfFrames(source);
        const std::string text = written->text().str();
        site.text = text.substr(0, longestText);
        site.isKnown = true;
    }
    for (const torch::jit::StackEntry& entry : entries) {
        const auto& source = entry.range.source();
        const bool isFunctional = source && source->filename() &&
                                  source->filename()->find("torch/nn/functional") != std::string::npos;
        if (!isFunctional || site.functions.size() == mostFunctions)
            break;
        site.functions.push_back(entry.filename.substr(entry.filename.rfind('.') + 1));
    }
    site.isKnown = site.isKnown || !site.functions.empty();
    return site;
}

} // namespace sunflop::worker
