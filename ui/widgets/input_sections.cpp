// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/input_sections.h"

#include "core/model/input_definitions.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

/// Titles of the groups, in their order.
constexpr std::array titles{
    QT_TRANSLATE_NOOP("inputs", "Input"),     QT_TRANSLATE_NOOP("inputs", "Generation"),
    QT_TRANSLATE_NOOP("inputs", "Precision"), QT_TRANSLATE_NOOP("inputs", "Mode"),
    QT_TRANSLATE_NOOP("inputs", "Device"),    QT_TRANSLATE_NOOP("inputs", "Parallel"),
    QT_TRANSLATE_NOOP("inputs", "Run")};
static_assert(titles.size() == inputGroups);

InputGroup groupOf(const Input& input)
{
    const InputDefinition* const row = definitionOf(input);
    return row != nullptr ? row->group : InputGroup::Input;
}

} // namespace

std::vector<InputSection> inputSections(const std::vector<Input>& inputs)
{
    std::vector<InputSection> shown;
    for (std::size_t i = 0; i < titles.size(); ++i) {
        InputSection section{.title = QCoreApplication::translate("inputs", titles[i])};
        for (const Input& input : inputs)
            if (groupOf(input) == static_cast<InputGroup>(i))
                section.inputs.push_back(&input);
        if (!section.inputs.empty())
            shown.push_back(std::move(section));
    }
    return shown;
}

bool isParallel(const Input& input)
{
    return groupOf(input) == InputGroup::Parallel;
}

bool isForTraining(const Input& input)
{
    const InputDefinition* const row = definitionOf(input);
    return row != nullptr && row->isForTraining;
}

bool canBeFitted(const Input& input)
{
    const InputDefinition* const row = definitionOf(input);
    return row != nullptr && row->isFitted;
}

const Input* inputNamed(const std::vector<Input>& inputs, std::string_view id)
{
    const auto found = std::ranges::find(inputs, id, &Input::id);
    return found == inputs.end() || found->isArgument ? nullptr : &*found;
}

} // namespace sunflop
