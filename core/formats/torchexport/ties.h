// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which parameters of an exported program are the same tensor.

#include "core/containers/archive.h"
#include "core/formats/torchexport/graph.h"

#include <nlohmann/json.hpp>

namespace sunflop {

/// Sets StoredTensor::memory of tied parameters.
///
/// data/weights/<model>_weights_config.json names the member that holds a parameter: two of the same member
/// and layout are one. That says nothing where weights are missing, as in exports on the meta device, or in
/// the layout before PyTorch 2.8. There the graph tells: torch.export gives tied parameters one name in the
/// graph, the last one's, so that the others are inputs that nothing uses. Such a parameter is the one of its
/// shape that its own module uses, or else, where its module runs, the only one of its shape that is used and
/// stands behind it; a note says so.
void tieParameters(ExportedGraph& graph, const nlohmann::json* weightsConfig, const Archive& archive);

} // namespace sunflop
