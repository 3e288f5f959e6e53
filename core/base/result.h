// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Success or a reason: the return type of everything that can fail because of input.

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace sunflop {

/// What sort of input was refused; callers decide by it, people read the text.
enum class ErrorKind {
    NotFound,    ///< no such file, bundled model, input or registry entry
    Malformed,   ///< the bytes are not what the format promises
    Unsupported, ///< well formed, but nothing here knows it
    OutOfRange,  ///< a value outside what is allowed
    Conflict,    ///< values that exclude each other
    Shape,       ///< operators whose operand shapes do not fit together
    Memory,      ///< what needs more memory than there is
    Installation ///< no fault of any input: a part of this program does not work
};

/// Why an input was refused. `where` names the file, key, line or module; `detail` says what was found and
/// what was expected.
struct Error {
    ErrorKind kind{};
    std::string where;
    std::string detail;

    /// One line: "where: detail".
    std::string text() const { return where.empty() ? detail : where + ": " + detail; }

    /// The same error with `outer` (a file, an enclosing key) in front of its place.
    Error within(const std::string& outer) const
    {
        return {kind, where.empty() ? outer : outer + ": " + where, detail};
    }
};

template<typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(ErrorKind kind, std::string where, std::string detail)
{
    return tl::unexpected<Error>(Error{kind, std::move(where), std::move(detail)});
}

inline tl::unexpected<Error> failure(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

} // namespace sunflop
