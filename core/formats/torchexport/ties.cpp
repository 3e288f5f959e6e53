// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchexport/ties.h"

#include "core/base/entry.h"
#include "core/formats/torchexport/json.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

using Json = nlohmann::json;

/// Where a tensor lies: its member and its layout there, as text; empty where the archive does not hold it.
std::string placeOf(const StoredTensor& tensor, const Json* config,
                    const std::map<std::string_view, std::uint64_t>& sizes)
{
    const Json* entry = member(config, tensor.name.c_str());
    const Json* meta = member(entry, "tensor_meta");
    const std::string& path = textIn(entry, "path_name");
    const auto held = sizes.find(path);
    if (path.empty() || meta == nullptr || textIn(member(meta, "device"), "type") == "meta" ||
        held == sizes.end() || static_cast<std::int64_t>(held->second) < tensor.bytes.value())
        return {};
    std::string place = path;
    for (const char* key : {"sizes", "strides"})
        for (const Json& size : listIn(member(meta, key)))
            place += fmt::format(" {}", wholeIn(member(&size, "as_int")).value_or(-1));
    const Json* offset = member(meta, "storage_offset");
    return place +
           fmt::format(" at {} of {}", wholeIn(member(offset, "as_int")).value_or(0), info(tensor.dtype).id);
}

/// Members of data/weights by their last name.
std::map<std::string_view, std::uint64_t> weightSizes(const Archive& archive)
{
    std::map<std::string_view, std::uint64_t> sizes;
    for (const Archive::Member& member : archive.members()) {
        const std::string_view name = member.name;
        if (const std::size_t slash = name.rfind('/');
            slash != name.npos && name.substr(0, slash).ends_with("data/weights"))
            sizes.emplace(name.substr(slash + 1), member.size);
    }
    return sizes;
}

std::string_view moduleOf(const StoredTensor& tensor)
{
    const std::size_t dot = tensor.name.rfind('.');
    return dot == std::string::npos ? std::string_view() : std::string_view(tensor.name).substr(0, dot);
}

/// What parameters that are one have in common.
std::string likeness(const StoredTensor& tensor)
{
    return fmt::format("{} {}", tensor.shape.text(), info(tensor.dtype).id);
}

/// Parameters that calls are given; index into ExportedGraph::tensors.
struct Uses {
    struct Like {
        std::int32_t last = -1;
        std::size_t count = 0;
    };
    std::vector<bool> isUsed;
    std::map<std::pair<std::string, std::string>, std::int32_t> ofOthers; ///< by module and likeness
    std::map<std::string, Like> alike;                                    ///< by likeness
    std::set<std::string, std::less<>> modulesRun; ///< paths of those that call something, below them too
};

class UseReader {
public:
    explicit UseReader(const ExportedGraph& graph) : m_graph(graph)
    {
        m_uses.isUsed.resize(graph.tensors.size());
    }

    Uses read() &&
    {
        for (const RecordedCall& call : m_graph.recording.calls) {
            run(m_graph.modules.path(call.module));
            for (const RecordedArgument& argument : call.arguments) {
                if (const auto* tensor = std::get_if<TensorIndex>(&argument.value))
                    use(*tensor, call.module);
                if (const auto* list = std::get_if<std::vector<TensorIndex>>(&argument.value))
                    for (const TensorIndex tensor : *list)
                        use(tensor, call.module);
            }
        }
        for (const TensorIndex tensor : m_graph.recording.outputs)
            use(tensor, 0);
        return std::move(m_uses);
    }

private:
    void run(std::string_view path)
    {
        while (m_uses.modulesRun.emplace(path).second && !path.empty()) {
            const std::size_t dot = path.rfind('.');
            path = dot == path.npos ? std::string_view() : path.substr(0, dot);
        }
    }

    void use(TensorIndex tensor, std::int32_t module)
    {
        const std::int32_t stored =
            tensor.index < 0 ? -1 : at(m_graph.recording.tensors, tensor.index).stored;
        if (stored < 0 || at(m_graph.tensors, stored).kind != StoredTensor::Kind::Parameter)
            return;
        const StoredTensor& parameter = at(m_graph.tensors, stored);
        const std::string& path = m_graph.modules.path(module);
        if (path != moduleOf(parameter))
            m_uses.ofOthers.emplace(std::pair(path, likeness(parameter)), stored);
        if (m_uses.isUsed[static_cast<std::size_t>(stored)])
            return;
        m_uses.isUsed[static_cast<std::size_t>(stored)] = true;
        Uses::Like& like = m_uses.alike[likeness(parameter)];
        like.last = stored;
        ++like.count;
    }

    const ExportedGraph& m_graph;
    Uses m_uses;
};

/// The used parameter that an unused one is tied to; -1: none.
std::int32_t usedFor(std::int32_t unused, const std::vector<StoredTensor>& tensors, const Uses& uses)
{
    const StoredTensor& tensor = at(tensors, unused);
    const std::string like = likeness(tensor);
    if (const auto found = uses.ofOthers.find({std::string(moduleOf(tensor)), like});
        found != uses.ofOthers.end())
        return found->second;
    // A module that does not run, such as an auxiliary classifier, has parameters that are just not used.
    if (!uses.modulesRun.contains(moduleOf(tensor)))
        return -1;
    const auto alike = uses.alike.find(like);
    const bool isOnly = alike != uses.alike.end() && alike->second.count == 1;
    return isOnly && alike->second.last > unused ? alike->second.last : -1;
}

} // namespace

void tieParameters(ExportedGraph& graph, const Json* weightsConfig, const Archive& archive)
{
    std::vector<StoredTensor>& tensors = graph.tensors;
    const Json* config = member(weightsConfig, "config");
    const auto sizes = weightSizes(archive);
    std::map<std::string, std::int32_t> places;
    std::vector<bool> isPlaced(tensors.size());
    const auto tie = [&](StoredTensor& tensor, std::int32_t to) {
        if (at(tensors, to).memory < 0)
            at(tensors, to).memory = to;
        tensor.memory = at(tensors, to).memory;
    };
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        std::string place = placeOf(tensors[i], config, sizes);
        if (place.empty())
            continue;
        isPlaced[i] = true;
        const auto [known, isNew] = places.emplace(std::move(place), static_cast<std::int32_t>(i));
        if (!isNew)
            tie(tensors[i], known->second);
    }
    const Uses uses = UseReader(graph).read();
    std::size_t guessed = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (isPlaced[i] || uses.isUsed[i] || tensors[i].kind != StoredTensor::Kind::Parameter)
            continue;
        const std::int32_t to = usedFor(static_cast<std::int32_t>(i), tensors, uses);
        if (to < 0)
            continue;
        tie(tensors[i], to);
        if (guessed++ == 0)
            graph.notes.push_back(fmt::format("{} is taken to be tied to {}: the graph uses only the latter.",
                                              tensors[i].name, at(tensors, to).name));
    }
    if (guessed > 1)
        graph.notes.back() += fmt::format(" {} more parameters are tied alike.", guessed - 1);
}

} // namespace sunflop
