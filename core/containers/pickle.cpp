// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/containers/pickle.h"

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

using Kind = PickleValue::Kind;

} // namespace

Kind PickleValue::kind() const
{
    return m_pickle == nullptr || m_index < 0 ? Kind::Missing
                                              : m_pickle->m_values[static_cast<std::size_t>(m_index)].kind;
}

std::optional<std::int64_t> PickleValue::integer() const
{
    if (!is(Kind::Int) && !is(Kind::Bool))
        return std::nullopt;
    return m_pickle->m_values[static_cast<std::size_t>(m_index)].number;
}

std::optional<double> PickleValue::real() const
{
    if (!is(Kind::Float))
        return std::nullopt;
    return m_pickle->m_values[static_cast<std::size_t>(m_index)].real;
}

std::string_view PickleValue::text() const
{
    if (!is(Kind::Text) && !is(Kind::Bytes) && !is(Kind::Long) && !is(Kind::Global))
        return {};
    const Pickle::Value& value = m_pickle->m_values[static_cast<std::size_t>(m_index)];
    return std::string_view(m_pickle->m_texts).substr(static_cast<std::size_t>(value.number), value.count);
}

std::span<const std::int32_t> PickleValue::items() const
{
    if (m_pickle == nullptr || m_index < 0)
        return {};
    const Pickle::Value& value = m_pickle->m_values[static_cast<std::size_t>(m_index)];
    const auto place = static_cast<std::size_t>(value.number);
    switch (value.kind) {
    case Kind::Tuple: return std::span(m_pickle->m_tuples).subspan(place, value.count);
    case Kind::List:
    case Kind::Set: return value.number < 0 ? std::span<const std::int32_t>() : m_pickle->m_lists[place];
    case Kind::Object: return m_pickle->m_records[place].items;
    default: return {};
    }
}

std::span<const std::int32_t> PickleValue::pairs() const
{
    if (m_pickle == nullptr || m_index < 0)
        return {};
    const Pickle::Value& value = m_pickle->m_values[static_cast<std::size_t>(m_index)];
    const auto place = static_cast<std::size_t>(value.number);
    switch (value.kind) {
    case Kind::Dict: return value.number < 0 ? std::span<const std::int32_t>() : m_pickle->m_lists[place];
    case Kind::Object: return m_pickle->m_records[place].pairs;
    default: return {};
    }
}

PickleValue PickleValue::item(std::size_t i) const
{
    return i < size() ? PickleValue(m_pickle, items()[i]) : PickleValue();
}

PickleValue PickleValue::key(std::size_t i) const
{
    return i < entries() ? PickleValue(m_pickle, pairs()[2 * i]) : PickleValue();
}

PickleValue PickleValue::value(std::size_t i) const
{
    return i < entries() ? PickleValue(m_pickle, pairs()[2 * i + 1]) : PickleValue();
}

PickleValue PickleValue::operator[](std::string_view name) const
{
    for (std::size_t i = entries(); i-- > 0;)
        if (key(i).is(Kind::Text) && key(i).text() == name)
            return value(i);
    return {};
}

PickleValue PickleValue::callee() const
{
    if (!is(Kind::Object))
        return {};
    const auto place = m_pickle->m_values[static_cast<std::size_t>(m_index)].number;
    return {m_pickle, m_pickle->m_records[static_cast<std::size_t>(place)].callee};
}

PickleValue PickleValue::arguments() const
{
    if (!is(Kind::Object))
        return {};
    const auto place = m_pickle->m_values[static_cast<std::size_t>(m_index)].number;
    return {m_pickle, m_pickle->m_records[static_cast<std::size_t>(place)].arguments};
}

PickleValue PickleValue::state() const
{
    if (!is(Kind::Object))
        return {};
    const auto place = m_pickle->m_values[static_cast<std::size_t>(m_index)].number;
    return {m_pickle, m_pickle->m_records[static_cast<std::size_t>(place)].state};
}

PickleValue PickleValue::identity() const
{
    if (!is(Kind::Persistent))
        return {};
    const auto id = m_pickle->m_values[static_cast<std::size_t>(m_index)].number;
    return {m_pickle, static_cast<std::int32_t>(id)};
}

PickleValue PickleValue::attribute(std::string_view name) const
{
    const PickleValue given = state();
    if (!given.is(Kind::Tuple))
        return given[name];
    const PickleValue found = given.item(0)[name];
    return found ? found : given.item(1)[name];
}

std::string_view PickleValue::typeName() const
{
    PickleValue type = is(Kind::Object) ? callee() : *this;
    // Legacy files of PyTorch keep a class beside its source: ("module", class, file, text).
    if (type.is(Kind::Persistent) && type.identity().item(0).text() == "module")
        type = type.identity().item(1);
    return type.is(Kind::Global) ? type.text() : std::string_view();
}

} // namespace sunflop
