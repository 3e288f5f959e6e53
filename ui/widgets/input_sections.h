// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where the inputs panel shows an input, and when.

#include "core/model/input.h"

#include <QString>

#include <string_view>
#include <vector>

namespace sunflop {

/// Inputs under one heading, in the model's order; points into the model's list.
struct InputSection {
    QString title;
    std::vector<const Input*> inputs;
};

/// Every input is in one section; those that no section lists come under the first. No section is empty.
std::vector<InputSection> inputSections(const std::vector<Input>& inputs);

/// The input of this id that is no argument of the model; null: there is none.
const Input* inputNamed(const std::vector<Input>& inputs, std::string_view id);

/// Of how many devices share the work: a section that opens on demand.
bool isParallel(const Input& input);
/// Means something only while the model is trained.
bool isForTraining(const Input& input);
/// Has a button for the largest value that fits, or the smallest; width and height of an image have one
/// together.
bool canBeFitted(const Input& input);

} // namespace sunflop
