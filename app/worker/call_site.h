// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where in its source a program is.

#include <string>
#include <vector>

namespace sunflop::worker {

/// What a file tells of the place that the interpreter is at. Sources that were scripted keep their
/// functions, and both kinds, unless stripped, what stood in Python: a trace the frames that ran.
struct CallSite {
    std::vector<std::string> functions; ///< of torch.nn.functional that run, the innermost first
    std::string text;                   ///< "torch.softmax", "a + b"; empty: not told, or a trace
    bool isKnown = false;               ///< false: whether such functions run is not told either
};

/// Of the operator that the interpreter runs in this thread.
CallSite callSite();

/// Reads "torch/nn/functional.py(1841): softmax" and the lines of outer frames behind it.
CallSite siteOfFrames(const std::string& frames);
/// Whether a text is of such lines.
bool isFrames(const std::string& text);

} // namespace sunflop::worker
