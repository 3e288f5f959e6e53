// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/version.h"

#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <charconv>

namespace sunflop {

Result<Version> Version::parse(std::string_view text)
{
    Version version;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    auto rest = major;
    if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.')
        rest = std::from_chars(major.ptr + 1, end, version.minor);
    const bool complete = rest.ec == std::errc() && (rest.ptr == end || *rest.ptr == '.');
    const auto isPart = [](int number) { return number >= 0 && number <= largestPart; };
    if (!complete || !isPart(version.major) || !isPart(version.minor))
        return failure(ErrorKind::Malformed, {},
                       fmt::format("\"{}\" is no version, expected numbers such as 4.48", shortened(text)));
    return version;
}

} // namespace sunflop
