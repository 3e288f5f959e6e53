// SPDX-License-Identifier: GPL-3.0-or-later
// Changes values inside JSON rather than letters of its text, which would hardly ever parse again: of a
// bundle's members, or of a whole input. Every other mutation is libFuzzer's own.

#include "tests/fuzz/bundle.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maximum);

namespace {

using Json = nlohmann::json;
using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t limit)
{
    return limit == 0 ? 0 : random() % limit;
}

/// Every value of a tree, in no particular order.
std::vector<Json*> values(Json& root)
{
    constexpr std::size_t most = 100'000;
    std::vector<Json*> found{&root};
    for (std::size_t i = 0; i < found.size() && found.size() < most; ++i)
        for (Json& child : *found[i])
            if (found[i]->is_structured())
                found.push_back(&child);
    return found;
}

Json unusual(Random& random)
{
    static const std::array<const char*, 22> texts{
        "null",
        "true",
        "-1",
        "0",
        "1",
        "2",
        "7",
        "64",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "1e308",
        "0.5",
        "\"\"",
        "\"x\"",
        "\"s0\"",
        "\"Infinity\"",
        "\"Mul(Integer(2), Symbol('s0', positive=True, integer=True))\"",
        "\"../..\"",
        "[]",
        "{}"};
    return Json::parse(texts[below(random, texts.size())]);
}

void mutate(Json& root, Random& random)
{
    const std::vector<Json*> all = values(root);
    Json& target = *all[below(random, all.size())];
    switch (below(random, 5)) {
    case 0: target = unusual(random); break;
    case 1: target = Json(*all[below(random, all.size())]); break;
    case 2:
        if (target.is_structured() && !target.empty())
            target.erase(std::next(target.begin(), static_cast<long>(below(random, target.size()))));
        break;
    case 3:
        if (target.is_array() && !target.empty())
            target.push_back(Json(target[below(random, target.size())]));
        else if (target.is_object())
            target[unusual(random).dump()] = unusual(random);
        break;
    case 4:
        if (target.is_number_integer())
            target = target.get<std::int64_t>() / 2 + static_cast<std::int64_t>(below(random, 5)) - 2;
        else if (target.is_array())
            std::shuffle(target.begin(), target.end(), random);
        break;
    default: break;
    }
}

/// `text` with a few values changed; empty if it is no JSON.
std::string mutated(std::string_view text, Random& random)
{
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        return {};
    for (std::size_t i = 0; i <= below(random, 4); ++i)
        mutate(json, random);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t maximum,
                                               unsigned seed)
{
    Random random(seed);
    if (below(random, 2) == 0)
        return LLVMFuzzerMutate(data, size, maximum);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto members = sunflop::fuzz::membersOf(input);
    const std::string_view part = members.empty() ? input : members[below(random, members.size())].second;
    const std::string changed = mutated(part, random);
    if (changed.empty())
        return LLVMFuzzerMutate(data, size, maximum);
    std::string output(input.substr(0, static_cast<std::size_t>(part.data() - input.data())));
    output += changed;
    output += input.substr(static_cast<std::size_t>(part.data() - input.data()) + part.size());
    if (output.size() > maximum)
        return LLVMFuzzerMutate(data, size, maximum);
    std::memcpy(data, output.data(), output.size());
    return output.size();
}
