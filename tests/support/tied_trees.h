// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Module trees whose parameters are tied in every way that trees allow.

#include "core/model/tracer.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sunflop::test {

/// A child with a weight [rows, 3].
inline void weight(Tracer& t, std::string_view module, std::int64_t rows, std::string_view tie = {},
                   const ModuleTraits& traits = {})
{
    const auto scope = t.module(module, "Linear", traits);
    t.parameter("weight", {rows, 3}, {.tie = tie});
}

/// A module tree in which some parameters are tied.
struct TiedTree {
    const char* name;
    void (*build)(Tracer&);
};

inline const std::array tiedTrees{
    TiedTree{"siblings",
             [](Tracer& t) {
                 weight(t, "table", 7, "words");
                 weight(t, "head", 7, "words");
             }},
    TiedTree{"one deeper than the other",
             [](Tracer& t) {
                 {
                     const auto model = t.module("model", "Model");
                     weight(t, "table", 7, "words");
                     weight(t, "proj", 5);
                 }
                 weight(t, "head", 7, "words");
             }},
    TiedTree{"two in one branch, one in another",
             [](Tracer& t) {
                 {
                     const auto encoder = t.module("encoder", "Encoder");
                     weight(t, "table", 7, "words");
                     weight(t, "other", 7, "words");
                 }
                 const auto decoder = t.module("decoder", "Decoder");
                 weight(t, "table", 7, "words");
                 weight(t, "proj", 5);
             }},
    TiedTree{"two groups that cross",
             [](Tracer& t) {
                 {
                     const auto left = t.module("left", "Left");
                     weight(t, "a", 7, "one");
                     weight(t, "b", 5, "two");
                 }
                 const auto right = t.module("right", "Right");
                 weight(t, "b", 5, "two");
                 weight(t, "a", 7, "one");
             }},
    TiedTree{"a module and its child",
             [](Tracer& t) {
                 const auto outer = t.module("outer", "Outer");
                 t.parameter("weight", {7, 3}, {.tie = "words"});
                 weight(t, "inner", 7, "words");
             }},
    TiedTree{"within every layer",
             [](Tracer& t) {
                 const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
                 const auto block = t.module("0", "Block", {.repeat = 4});
                 weight(t, "a", 7, "own");
                 weight(t, "b", 7, "own");
             }},
    TiedTree{"a table and every layer",
             [](Tracer& t) {
                 weight(t, "table", 7, "words");
                 const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
                 const auto block = t.module("0", "Block", {.repeat = 4});
                 weight(t, "copy", 7, "words");
                 weight(t, "proj", 5);
             }},
    TiedTree{"every layer and a head",
             [](Tracer& t) {
                 {
                     const auto layers = t.module("layers", "ModuleList", {.isContainer = true});
                     const auto block = t.module("0", "Block", {.repeat = 4});
                     weight(t, "copy", 7, "words");
                 }
                 weight(t, "head", 7, "words");
             }},
    TiedTree{"layers in layers",
             [](Tracer& t) {
                 const auto outer = t.module("0", "Outer", {.repeat = 3});
                 weight(t, "table", 7, "own");
                 const auto inner = t.module("inner", "Inner", {.repeat = 4});
                 weight(t, "copy", 7, "own");
                 weight(t, "twice", 7, "own");
             }},
    TiedTree{"inside experts",
             [](Tracer& t) {
                 const auto experts = t.module("experts", "ModuleList", {.isContainer = true});
                 const auto expert = t.module("0", "Expert", {.repeat = 8, .visited = 2});
                 weight(t, "a", 7, "own");
                 weight(t, "b", 7, "own");
             }},
    TiedTree{"between a shared expert and the others",
             [](Tracer& t) {
                 weight(t, "shared", 7, "all");
                 weight(t, "0", 7, "all", {.repeat = 8, .visited = 2});
             }},
};

inline Trace traced(const TiedTree& tree)
{
    Tracer t({DType::BF16, DType::BF16});
    {
        const auto root = t.module("", "Net");
        tree.build(t);
    }
    return t.finish().value();
}

} // namespace sunflop::test
