// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// TorchScript archives written by hand: small programs, and what a hostile file would hold.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop::test {

struct ArchiveMember {
    std::string name;
    std::string contents;
};

/// A ZIP archive whose members are stored as they are. Throws std::runtime_error.
std::string storedArchive(const std::vector<ArchiveMember>& members);

/// A program of one class, `Net`, with a Linear of 3 inputs and 5 outputs called `fc`, and its weights.
struct LinearScript {
    std::string parameters = "x: Tensor"; ///< of forward(), without self
    std::string body = "return (self.fc).forward(x, )";
    std::string methods;   ///< whole ones, below forward(): "  def f(self: __torch__.Net) -> int:\n ..."
    std::string constants; ///< attributes of Net: "  groups : Final[int] = 2\n"
    std::string example;   ///< pickled contents of traced_inputs.pkl; empty: none
    std::string rootState; ///< pickled, instead of Net's attributes; empty: those
};
std::vector<ArchiveMember> membersOf(const LinearScript& script);

/// What traced_inputs.pkl holds for one float tensor of 2 dimensions.
std::string tracedExample(std::int64_t rows, std::int64_t columns);

/// Writes a program of `count` square half-precision matrices, which multiply its argument one after the
/// other. Their numbers are holes in the file: it takes no room. Throws std::runtime_error.
void writeLargeScript(const std::string& path, int count, std::int64_t edge);

} // namespace sunflop::test
