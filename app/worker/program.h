// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A TorchScript program on shapes alone.

#include <nlohmann/json.hpp>

#include <memory>

namespace sunflop::worker {

/// Loaded from an archive. One thread uses it.
class Program {
public:
    /// Takes the descriptor. Throws std::exception where LibTorch refuses the file. Loading runs code of the
    /// file: confine() first.
    explicit Program(int descriptor);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// {"modules": [path], "tensors": [name], "inputs": [{"name", "type"}]} in registration order.
    nlohmann::json description() const;

    /// Calls forward() as the file stored the program, in train() or eval(). `arguments` are {"shape": [...],
    /// "dtype": "float32"}, {"list": [...]}, {"tuple":
    /// [...]},
    /// {"dict": {name: ...}}, numbers, flags, texts or null. Returns what Recorder writes down, and where the
    /// run did not reach its end "error": {"message", "operator", "module", "dependent"}. Throws for
    /// arguments of another form.
    nlohmann::json run(const nlohmann::json& arguments, bool isTraining);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Before a program is loaded, and before the process is confined: what LibTorch sets up but once.
void prepare();

/// Runs a linear layer on shapes. Throws where that does not give what it must; returns what says hello:
/// {"torch": "2.6.0"}, the release of LibTorch.
nlohmann::json selfCheck();

/// What went wrong, in a line, without the traces that LibTorch adds.
std::string messageOf(const std::exception& error);

} // namespace sunflop::worker
