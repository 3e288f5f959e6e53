// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The header of one safetensors file.

#include "core/base/bytes.h"
#include "core/model/stored.h"

#include <vector>

namespace sunflop {

/// Whether bytes begin as a header does.
bool looksLikeSafetensors(const Bytes& bytes);

/// The tensors of a file, in the order of their data. Refuses holes and overlaps, and data that are not
/// there.
Result<std::vector<StoredTensor>> safetensorsHeader(const Bytes& bytes);

} // namespace sunflop
