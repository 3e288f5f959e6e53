// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/inputs.h"

#include <algorithm>

namespace sunflop::inputs {

Input offered(const InputDefinition& row)
{
    Input input{.id = std::string(row.id),
                .title = std::string(row.title),
                .unit = std::string(row.unit),
                .minimum = row.minimum,
                .maximum = row.maximum,
                .defaultValue = std::string(row.value),
                .scale = row.scale,
                .choices = {row.choices.begin(), row.choices.end()}};
    input.choices.resize(input.choices.size() - row.unoffered);
    return input;
}

Input offered(const InputDefinition& row, std::int64_t value)
{
    Input input = offered(row);
    input.defaultValue = std::to_string(value);
    return input;
}

Input offered(const InputDefinition& row, DType dtype)
{
    Input input = offered(row);
    input.defaultValue = info(dtype).id;
    return input;
}

Input offered(const InputDefinition& row, std::string_view unit)
{
    Input input = offered(row);
    input.unit = unit;
    return input;
}

Input transformers(std::string_view own, Version oldest)
{
    Input input = offer<&Workload::transformers>();
    input.minimum = ordinal(oldest);
    input.defaultValue =
        std::clamp(Version::parse(own).value_or(newestTransformers), oldest, newestTransformers).text();
    return input;
}

} // namespace sunflop::inputs
