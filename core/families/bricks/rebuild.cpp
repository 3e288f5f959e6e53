// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/rebuild.h"

#include <charconv>

namespace sunflop {

std::optional<std::int64_t> printedAttribute(std::string_view detail, std::string_view key)
{
    const std::size_t at = detail.find(key);
    if (at == std::string_view::npos)
        return std::nullopt;
    std::int64_t value = 0;
    const char* const begin = detail.data() + at + key.size();
    if (std::from_chars(begin, detail.data() + detail.size(), value).ec != std::errc() || value < 1)
        return std::nullopt;
    return value;
}

const PrintedModule* PrintedSizes::at(std::string_view path)
{
    const std::int32_t module = m_report.find(path, m_root);
    m_complete = m_complete && module >= 0;
    return module < 0 ? nullptr : &m_report.modules[static_cast<std::size_t>(module)];
}

std::int64_t PrintedSizes::found(std::optional<std::int64_t> value)
{
    m_complete = m_complete && value;
    return value.value_or(1);
}

std::string_view PrintedSizes::detail(std::string_view path)
{
    const PrintedModule* module = at(path);
    return module == nullptr ? std::string_view() : module->module.detail;
}

std::string_view PrintedSizes::className(std::string_view path)
{
    const PrintedModule* module = at(path);
    return module == nullptr ? std::string_view() : module->module.className;
}

std::int64_t PrintedSizes::number(std::string_view path, std::string_view key)
{
    return found(printedAttribute(detail(path), key));
}

std::int64_t PrintedSizes::position(std::string_view path, int skip)
{
    std::string_view text = detail(path);
    for (; skip > 0; --skip) {
        const std::size_t comma = text.find(", ");
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 2);
    }
    return found(printedAttribute(text, {}));
}

std::int64_t PrintedSizes::children(std::string_view path)
{
    const PrintedModule* list = at(path);
    if (list == nullptr)
        return 1;
    Count total = 0;
    const std::int32_t end = list->module.end;
    for (auto c = static_cast<std::int32_t>(list - m_report.modules.data()) + 1; c < end;
         c = m_report.modules[static_cast<std::size_t>(c)].module.end)
        total += m_report.modules[static_cast<std::size_t>(c)].module.repeat;
    return found(total.value());
}

} // namespace sunflop
