// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A session's state as a value that can be kept, and a session brought into a state.

#include "core/session/session_state.h"
#include "ui/session/session.h"

#include <QStringList>

namespace sunflop {

/// The model and its run. Requires a model.
ModelState modelStateOf(const Session& session);
/// How it is looked at; the tab in front is the window's to tell. Requires a model.
ViewState viewStateOf(const Session& session);

/// Brings a session with this state's model into its state; figures are up to date when it returns, and there
/// is nothing to undo. What the model does not offer (any more) is left as it is and told, a sentence each.
QStringList apply(Session& session, const ModelState& state);
QStringList apply(Session& session, const ViewState& state);

/// Inputs that a state keeps, with others on top: those of the state that the model does not take, or that
/// the others exclude, are left out; the former are told.
std::vector<Assignment> mergedInputs(const Model& model, const std::vector<Assignment>& kept,
                                     const std::vector<Assignment>& newest, QStringList& lost);

/// Inputs in short: "text_tokens=4096, batch=8".
QString inputsText(const std::vector<Assignment>& inputs);

} // namespace sunflop
