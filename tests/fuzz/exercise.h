// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the fuzz targets share: opening, and everything that the program does with a model once it is open.

#include "core/base/result.h"
#include "core/model/source.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sunflop::fuzz {

/// Bytes of one fuzz input.
inline std::string_view text(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

/// Like assert, whatever the build type: stops the program if a promise is broken.
void require(bool holds, const char* promise);

/// Refusing is fine; a refusal that says nothing is not.
template<typename T>
void requireReason(const Result<T>& result)
{
    require(result.has_value() || !result.error().detail.empty(), "an error says what is wrong");
}

/// What the format of this id reads from `text`.
Result<Source> read(std::string_view format, std::string_view text);

/// Lists the inputs, then traces the default run and the largest one, counts them under every convention and
/// writes each count with every exporter.
void exercise(const Source& source);

} // namespace sunflop::fuzz
