// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/counted_program.h"

#include "core/sunflop.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"

#include <algorithm>

namespace sunflop::test {

using Json = nlohmann::json;

std::filesystem::path programFolder()
{
    return std::filesystem::path(TEST_DATA) / "programs" / "files";
}

std::vector<std::pair<std::string, Json>> countedPrograms(std::string_view suffix)
{
    static const Json all = readJson(programFolder() / "counts.json")["programs"];
    std::vector<std::pair<std::string, Json>> chosen;
    for (const auto& [name, entry] : all.items())
        if (name.ends_with(suffix))
            chosen.emplace_back(name, entry);
    return chosen;
}

Result<Run> runOf(const std::filesystem::path& path, std::span<const std::string> arguments)
{
    auto source = openFile(path);
    if (!source)
        return tl::unexpected(source.error());
    const auto offered = inputsOf(*source);
    if (!offered)
        return tl::unexpected(offered.error());
    std::vector<Assignment> assignments;
    for (std::size_t i = 0; i < std::min(arguments.size(), offered->size()); ++i)
        assignments.push_back({std::string((*offered)[i].id), arguments[i]});
    return run(*std::move(source), assignments, *conventionNamed("flopcounter").value());
}

void compareSum(const Run& run, const std::string& what, Differences& differences)
{
    Count sum;
    for (const CostNode& node : run.costs.nodes)
        sum = sum + node.self.forward.flops * Count(node.instances);
    differences.expectEqual(what + ", all modules", sum.value(),
                            run.costs.root().total.forward.flops.value());
}

void compare(const Run& run, const Json& counted, std::size_t i, Differences& differences)
{
    const Json& entry = counted["runs"][i];
    const std::string what = entry["arguments"].dump();
    differences.expectEqual(what + ", in total", run.costs.root().total.forward.flops.value(),
                            entry["flops"].get<std::int64_t>());
    compareSum(run, what, differences);
    for (const auto& [path, flops] : entry["modules"].items()) {
        const Json names = counted["aliases"].value(path, Json::array({path}));
        Count found;
        for (const Json& name : names)
            if (const auto costs = costsOfEach(run, name.get<std::string>()))
                found = found + costs->forward.flops;
        differences.expectEqual(what + ", " + path, found.value(), flops.get<std::int64_t>());
    }
}

} // namespace sunflop::test
