// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sunflop.h"

namespace sunflop {

Result<Source> open(std::string_view model)
{
    if (auto bundled = openBundled(model))
        return *std::move(bundled);
    constexpr std::string_view hub = "hf:";
    if (model.starts_with(hub))
        return openHub(model.substr(hub.size()));
    auto source = openFile(std::filesystem::path(model));
    const bool isName = model.find_first_of("/.\\") == std::string_view::npos;
    if (!source && source.error().kind == ErrorKind::NotFound && isName)
        return failure(
            ErrorKind::NotFound, std::string(model),
            "no bundled model, file or folder of this name, expected one (see \"sunflop list models\")");
    return source;
}

Result<std::vector<Input>> inputsOf(const Source& source)
{
    return familyOf(source)
        .and_then([&](const Family* family) { return family->inputs(source); })
        .map(withRunInputs)
        .map_error([&](const Error& error) { return error.within(source.place); });
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    return familyOf(source)
        .and_then([&](const Family* family) { return family->trace(source, workload); })
        .map_error([&](const Error& error) { return error.within(source.place); });
}

Result<Run> run(Source source, std::span<const Assignment> assignments, const Convention& convention)
{
    auto offered = inputsOf(source);
    if (!offered)
        return failure(offered.error());
    const auto workload = Workload::from(*offered, assignments);
    if (!workload)
        return failure(workload.error());
    auto traced = trace(source, *workload);
    if (!traced)
        return failure(traced.error());
    return counted(std::move(source), *std::move(offered), *workload, *std::move(traced), convention);
}

} // namespace sunflop
