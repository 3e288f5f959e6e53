// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Programs of PyTorch 1.0 to 1.3, which LibTorch reads only where it was built with protobuf.

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/api/module.h>

#include <memory>
#include <optional>

namespace sunflop::worker {

/// The module of an archive with a model.json, on shapes; nothing where the archive is a newer one. Throws
/// std::exception where it cannot be made.
std::optional<torch::jit::Module>
loadLegacy(const std::shared_ptr<caffe2::serialize::ReadAdapterInterface>& file);

} // namespace sunflop::worker
