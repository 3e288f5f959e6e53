// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A TorchScript archive as LibTorch reads it, but for its weights, which stay on the disk.

#include <caffe2/serialize/read_adapter_interface.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sunflop::worker {

/// Reads a file where LibTorch asks for it. Reads inside of a large stored tensor succeed and leave the
/// buffer as it is: freshly mapped memory, which costs nothing until it is touched.
class LazyFile : public caffe2::serialize::ReadAdapterInterface {
public:
    /// Takes the descriptor. An archive whose directory cannot be read has no tensors to leave out.
    explicit LazyFile(int descriptor);
    ~LazyFile() override;
    LazyFile(const LazyFile&) = delete;
    LazyFile& operator=(const LazyFile&) = delete;

    std::size_t size() const override { return static_cast<std::size_t>(m_size); }
    std::size_t read(std::uint64_t position, void* into, std::size_t count, const char* what) const override;

private:
    struct Range {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };

    std::string textAt(std::uint64_t position, std::uint64_t count) const;
    void findTensors();
    void leaveOut(std::uint64_t header, std::uint64_t bytes);

    int m_descriptor;
    std::uint64_t m_size = 0;
    std::vector<Range> m_tensors; ///< by position
};

} // namespace sunflop::worker
