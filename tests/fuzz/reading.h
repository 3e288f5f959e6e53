// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What fuzz targets of readers share: opening, and asking what was read.

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/model/source.h"

#include <cstddef>
#include <cstdint>
#include <string>
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

/// What the format of this id reads from `bytes`.
Result<Source> read(std::string_view format, std::string_view bytes);

/// Checks what a source promises of its modules and tensors, and of the operators that its program calls with
/// its own arguments and with others.
void check(const Source& source);

/// Checks that every index of a recording has something to stand for, among these modules and tensors.
void check(const Recorded& recorded, const Stored& stored);

/// Reads and checks.
void readAndCheck(std::string_view format, std::string_view bytes);

} // namespace sunflop::fuzz
