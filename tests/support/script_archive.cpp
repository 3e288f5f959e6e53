// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/script_archive.h"

#include "tests/support/written_pickle.h"

#include <fmt/format.h>
#include <zip.h>
#include <zlib.h>

#include <fstream>
#include <memory>
#include <stdexcept>

namespace sunflop::test {

namespace {

/// An object of a class, with a state that is pickled already.
std::string pickledObject(std::string_view module, std::string_view name, const std::string& state)
{
    return pickledClass(module, name) + ")\x81" + state + "b";
}

const std::string no = "\x89";

std::string netCode(const LinearScript& script)
{
    return fmt::format("class Net(Module):\n"
                       "  __parameters__ = []\n"
                       "  __buffers__ = []\n"
                       "  training : bool\n"
                       "  fc : __torch__.torch.nn.modules.linear.Linear\n"
                       "{}"
                       "  def forward(self: __torch__.Net,\n    {}) -> Tensor:\n    {}\n{}",
                       script.constants, script.parameters, script.body, script.methods);
}

constexpr std::string_view linearCode = "class Linear(Module):\n"
                                        "  __parameters__ = [\"weight\", \"bias\", ]\n"
                                        "  __buffers__ = []\n"
                                        "  weight : Tensor\n"
                                        "  bias : Tensor\n"
                                        "  training : bool\n"
                                        "  def forward(self: __torch__.torch.nn.modules.linear.Linear,\n"
                                        "    x: Tensor) -> Tensor:\n"
                                        "    return torch.linear(x, self.weight, self.bias)\n";

std::string netData(const LinearScript& script)
{
    const std::string weight = pickledTensor({.key = "0", .stored = 15, .sizes = {5, 3}, .strides = {3, 1}});
    const std::string bias = pickledTensor({.key = "1", .stored = 5, .sizes = {5}, .strides = {1}});
    const std::string linear =
        pickledObject("__torch__.torch.nn.modules.linear", "Linear",
                      pickledDict({{"weight", weight}, {"bias", bias}, {"training", no}}));
    const std::string state = pickledDict({{"training", no}, {"fc", linear}});
    return pickleOf(pickledObject("__torch__", "Net", script.rootState.empty() ? state : script.rootState));
}

} // namespace

std::string storedArchive(const std::vector<ArchiveMember>& members)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_t* archive = buffer ? zip_open_from_source(buffer, ZIP_CREATE | ZIP_TRUNCATE, &error) : nullptr;
    if (archive == nullptr)
        throw std::runtime_error("no archive can be written");
    zip_source_keep(buffer);
    for (const ArchiveMember& member : members) {
        zip_source_t* contents =
            zip_source_buffer(archive, member.contents.data(), member.contents.size(), 0);
        const zip_int64_t index = zip_file_add(archive, member.name.c_str(), contents, ZIP_FL_ENC_UTF_8);
        if (index < 0 ||
            zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0)
            throw std::runtime_error(member.name + " cannot be written");
    }
    zip_stat_t stat;
    if (zip_close(archive) != 0 || zip_source_stat(buffer, &stat) != 0 || zip_source_open(buffer) != 0)
        throw std::runtime_error("the archive cannot be written");
    std::string bytes(stat.size, '\0');
    zip_source_read(buffer, bytes.data(), bytes.size());
    zip_source_close(buffer);
    zip_source_free(buffer);
    return bytes;
}

std::vector<ArchiveMember> membersOf(const LinearScript& script)
{
    std::vector<ArchiveMember> members = {
        {"net/data.pkl", netData(script)},
        {"net/code/__torch__.py", netCode(script)},
        {"net/code/__torch__/torch/nn/modules/linear.py", std::string(linearCode)},
        {"net/constants.pkl", pickleOf(")")},
        {"net/version", "3\n"},
        {"net/data/0", std::string(15 * 4, '\0')},
        {"net/data/1", std::string(5 * 4, '\0')},
    };
    if (!script.example.empty())
        members.push_back({"net/traced_inputs.pkl", script.example});
    return members;
}

std::string tracedExample(std::int64_t rows, std::int64_t columns)
{
    const std::string storage = pickledTuple({pickled("storage"), pickledClass("torch", "FloatStorage"),
                                              pickled("0"), pickled("cpu"), pickled(rows * columns)}) +
                                "Q";
    const std::string tensor =
        pickledCall(pickledClass("torch._utils", "_rebuild_tensor_v2"),
                    pickledTuple({storage, pickled(std::int64_t{0}), pickledSizes({rows, columns}),
                                  pickledSizes({columns, 1}), no,
                                  pickledCall(pickledClass("collections", "OrderedDict"), ")")}));
    return pickleOf(pickledDict({{"forward", "](" + tensor + "e"}}));
}

namespace {

/// Writes a ZIP archive of stored members with the 64-bit fields of APPNOTE.TXT 4.3.9 and 4.5.3; members may
/// be holes.
class LargeArchive {
public:
    explicit LargeArchive(const std::string& path) : m_file(path, std::ios::binary) {}

    void add(const std::string& name, const std::string& contents)
    {
        const auto bytes = contents.size();
        const auto sum =
            ::crc32(0, reinterpret_cast<const Bytef*>(contents.data()), static_cast<uInt>(bytes));
        begin(name, bytes, static_cast<std::uint32_t>(sum));
        m_file << contents;
        m_position += bytes;
    }
    void addHole(const std::string& name, std::uint64_t bytes)
    {
        begin(name, bytes, 0);
        m_position += bytes;
        m_file.seekp(static_cast<std::streamoff>(m_position));
    }
    void finish()
    {
        const std::uint64_t at = m_position;
        const std::string wide = "PK\x06\x06" + littleEndian(44, 8) + littleEndian(45, 2) +
                                 littleEndian(45, 2) + littleEndian(0, 8) + littleEndian(m_count, 8) +
                                 littleEndian(m_count, 8) + littleEndian(m_directory.size(), 8) +
                                 littleEndian(at, 8);
        const std::string locator =
            "PK\x06\x07" + littleEndian(0, 4) + littleEndian(at + m_directory.size(), 8) + littleEndian(1, 4);
        m_file << m_directory << wide << locator << "PK\x05\x06" << littleEndian(0, 4)
               << littleEndian(m_count, 2) << littleEndian(m_count, 2) << littleEndian(m_directory.size(), 4)
               << littleEndian(0xffffffff, 4) << littleEndian(0, 2);
        if (!m_file.flush())
            throw std::runtime_error("the archive cannot be written");
    }

private:
    void begin(const std::string& name, std::uint64_t bytes, std::uint32_t sum)
    {
        const std::string common = littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 4) +
                                   littleEndian(sum, 4) + littleEndian(bytes, 4) + littleEndian(bytes, 4) +
                                   littleEndian(name.size(), 2);
        m_directory += "PK\x01\x02" + littleEndian(45, 2) + littleEndian(45, 2) + common +
                       littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 4) + littleEndian(0, 4) +
                       littleEndian(m_position, 4) + name;
        const std::string header = "PK\x03\x04" + littleEndian(45, 2) + common + littleEndian(0, 2) + name;
        m_file << header;
        m_position += header.size();
        ++m_count;
    }

    std::ofstream m_file;
    std::string m_directory;
    std::uint64_t m_position = 0;
    std::uint64_t m_count = 0;
};

} // namespace

void writeLargeScript(const std::string& path, int count, std::int64_t edge)
{
    std::string names;
    std::string attributes;
    std::string body;
    std::vector<PickledEntry> state;
    for (int i = 0; i < count; ++i) {
        names += fmt::format("\"w{}\", ", i);
        attributes += fmt::format("  w{} : Tensor\n", i);
        body +=
            fmt::format("    x{0} = torch.linear(x{1}, self.w{0})\n", i, i == 0 ? "" : std::to_string(i - 1));
        state.push_back({fmt::format("w{}", i), pickledTensor({.type = "Half",
                                                               .key = std::to_string(i),
                                                               .stored = edge * edge,
                                                               .sizes = {edge, edge},
                                                               .strides = {edge, 1}})});
    }
    state.push_back({"training", no});
    LargeArchive archive(path);
    archive.add("net/data.pkl", pickleOf(pickledObject("__torch__", "Net", pickledDict(state))));
    archive.add("net/code/__torch__.py",
                fmt::format("class Net(Module):\n  __parameters__ = [{}]\n  __buffers__ = []\n{}"
                            "  training : bool\n  def forward(self: __torch__.Net,\n    x: Tensor) -> "
                            "Tensor:\n{}    return x{}\n",
                            names, attributes, body, count - 1));
    archive.add("net/constants.pkl", pickleOf(")"));
    archive.add("net/version", "3\n");
    for (int i = 0; i < count; ++i)
        archive.addHole(fmt::format("net/data/{}", i), static_cast<std::uint64_t>(edge * edge * 2));
    archive.finish();
}

} // namespace sunflop::test
