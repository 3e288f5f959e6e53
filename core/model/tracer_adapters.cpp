// SPDX-License-Identifier: GPL-3.0-or-later
// What a tracer does about adapters: beside which modules they stand, and what of a file stands nowhere.

#include "core/model/tracer.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sunflop {

namespace {

/// Whether the adapter fits a layer: weight [out, in] or [out, in, kh, kw], of an embedding [rows, width].
bool fits(const LowRank& low, const Shape& weight, bool isEmbedding)
{
    if (low.isEmbedding != isEmbedding || low.down.rank() != weight.rank() || low.up.rank() != weight.rank())
        return false;
    Shape down = weight;
    down.set(0, low.rank());
    Shape up;
    for (std::size_t i = 0; i < weight.rank(); ++i)
        up.append(1);
    up.set(0, weight[isEmbedding ? 1 : 0]);
    up.set(1, low.rank());
    if (isEmbedding)
        down.set(1, weight[0]);
    return low.down == down && low.up == up;
}

/// The first few of many names.
std::string listed(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, names.size()); ++i)
        text += fmt::format("{}{}", i == 0 ? "" : ", ", shortened(names[i]));
    return names.size() > shown ? fmt::format("{} and {} more", text, names.size() - shown) : text;
}

} // namespace

std::string Tracer::memberPath(std::string_view name) const
{
    std::string path(name);
    for (auto node = m_current; node > 0;) {
        const Module& module = m_nodes[static_cast<std::size_t>(node)].module;
        path = path.empty() ? module.name : module.name + "." + path;
        node = module.parent;
    }
    return path;
}

/// Every instance of the current module, or of its parameter `name`, has what the file stores.
void Tracer::markApplied(std::string_view name)
{
    std::vector<std::string> paths{std::string(name)};
    for (auto node = m_current; node > 0;) {
        const Module& module = m_nodes[static_cast<std::size_t>(node)].module;
        std::int64_t first = 0;
        if (module.repeat > 1)
            std::from_chars(module.name.data(), module.name.data() + module.name.size(), first);
        std::vector<std::string> longer;
        for (const std::string& path : paths)
            for (std::int64_t i = 0; i < module.repeat; ++i) {
                const std::string own = module.repeat > 1 ? std::to_string(first + i) : module.name;
                longer.push_back(path.empty() ? own : own + "." + path);
            }
        paths = std::move(longer);
        node = module.parent;
    }
    m_applied.insert(paths.begin(), paths.end());
}

std::optional<LowRank> Tracer::adapter(const Shape& weight, bool isEmbedding)
{
    if (m_settings.adapters == nullptr) {
        const bool isMeant =
            !isEmbedding && m_adapting > 0 && m_settings.loraRank > 0 &&
            (!m_settings.loraRole ||
             m_nodes[static_cast<std::size_t>(m_current)].module.role == *m_settings.loraRole);
        return isMeant ? std::optional(LowRank{.down = {m_settings.loraRank, weight[1]},
                                               .up = {weight[0], m_settings.loraRank},
                                               .dtype = m_settings.adapterDType})
                       : std::nullopt;
    }
    const LowRank* const stored = m_settings.adapters->beside(memberPath({}));
    if (stored == nullptr)
        return std::nullopt;
    if (!fits(*stored, weight, isEmbedding)) {
        fail(ErrorKind::Shape,
             fmt::format(
                 "the adapter beside it has {} and {}, which do not fit a weight {}; is this the model "
                 "that it was trained on?",
                 stored->down.text(), stored->up.text(), weight.text()));
        return std::nullopt;
    }
    markApplied({});
    return m_settings.loraRank == m_settings.adapters->rank ? *stored : stored->ofRank(m_settings.loraRank);
}

std::int64_t Tracer::alikeUntil(std::int64_t first, std::int64_t end) const
{
    if (m_settings.adapters == nullptr)
        return end;
    const std::string list = memberPath({});
    std::int64_t next = first + 1;
    while (next < end && m_settings.adapters->areAlike(list, first, next))
        ++next;
    return next;
}

bool Tracer::trainsAdapters() const
{
    return m_settings.adapters != nullptr ? m_settings.adapters->trainsBelow(memberPath({}))
                                          : m_adapting > 0 && m_settings.loraRank > 0;
}

Tensor Tracer::parameter(std::string_view name, const Shape& shape, const ParameterTraits& traits)
{
    const WholeTensor* const whole =
        m_settings.adapters == nullptr ? nullptr : m_settings.adapters->whole(memberPath(name));
    if (whole == nullptr)
        return ownParameter(name, shape, traits);
    if (whole->shape != shape)
        fail(ErrorKind::Shape,
             fmt::format(
                 "the adapter's file stores a {} {}, expected {}; is this the model that it was trained "
                 "on?",
                 name, whole->shape.text(), shape.text()));
    markApplied(name);
    if (whole->use != WholeTensor::Use::Copy) {
        ParameterTraits own = traits;
        own.isTrained = whole->use == WholeTensor::Use::Trained;
        return ownParameter(name, shape, own);
    }
    ownParameter(name, shape, traits);
    return ownParameter(fmt::format("modules_to_save.{}", name), shape,
                        {.isAdapter = true, .dtype = whole->dtype});
}

std::optional<Error> Tracer::unapplied() const
{
    if (m_settings.adapters == nullptr)
        return std::nullopt;
    std::vector<std::string> left;
    for (const auto& [name, low] : m_settings.adapters->layers)
        if (!m_applied.contains(name))
            left.push_back(name);
    for (const auto& [name, tensor] : m_settings.adapters->tensors)
        if (!m_applied.contains(name))
            left.push_back(name);
    if (left.empty())
        return std::nullopt;
    return Error{
        ErrorKind::Shape, "adapter",
        fmt::format("{} of its {} entries stand beside nothing in this model: {}. Is this the model "
                    "that it was trained on? Releases of transformers name modules differently (input "
                    "transformers)",
                    left.size(), m_settings.adapters->layers.size() + m_settings.adapters->tensors.size(),
                    listed(left))};
}

} // namespace sunflop
