// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/formats/torchexport/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sunflop {

namespace {

/// Finds the symbols' values: what was set decides, then what was not, then the file's example.
class Binder {
public:
    Binder(const ExportedArguments& arguments, const ExportedSizes& sizes)
        : m_arguments(arguments), m_sizes(sizes), m_values(arguments.ranges.size()),
          m_owners(arguments.ranges.size())
    {}

    Result<std::vector<Number>> bind(std::span<const Argument> values)
    {
        std::vector<Sizes> given;
        for (std::size_t i = 0; i < m_arguments.arguments.size(); ++i) {
            auto sizes = parsed(m_arguments.arguments[i], values[i]);
            if (!sizes)
                return failure(sizes.error());
            given.push_back(*std::move(sizes));
        }
        for (const bool isSet : {true, false})
            for (const bool isPlain : {true, false})
                for (std::size_t i = 0; i < given.size(); ++i)
                    if (values[i].isSet == isSet)
                        if (auto bound = bindAll(m_arguments.arguments[i], given[i], isPlain, isSet); !bound)
                            return failure(bound.error());
        std::vector<Number> symbols;
        for (std::size_t i = 0; i < m_values.size(); ++i)
            symbols.emplace_back(m_values[i].value_or(m_arguments.ranges[i].usual));
        std::vector<Number> nodes = m_sizes.expressions.evaluate(symbols);
        for (std::size_t i = 0; i < given.size(); ++i)
            if (values[i].isSet)
                if (auto agrees = checkDerived(m_arguments.arguments[i], given[i], nodes); !agrees)
                    return failure(agrees.error());
        return nodes;
    }

private:
    static Result<Sizes> parsed(const ExportedArgument& argument, const Argument& value)
    {
        if (argument.isInteger) {
            const auto whole = parseWhole(value.text);
            return whole ? Result<Sizes>(Sizes{*whole}) : failure(whole.error().within(value.id));
        }
        auto shapes = parseShapes(value.text);
        if (!shapes)
            return failure(shapes.error().within(value.id));
        if (shapes->size() != 1 || shapes->front().size() != argument.sizes.size())
            return failure(ErrorKind::OutOfRange, value.id,
                           fmt::format("found {}, expected {} dimensions as in {}", shortened(value.text),
                                       argument.sizes.size(),
                                       shapesText(std::vector<Sizes>{argument.usual})));
        for (std::size_t i = 0; i < argument.sizes.size(); ++i)
            if (const RecordedSize size = argument.sizes[i];
                size.expression < 0 && size.value != shapes->front()[i])
                return failure(
                    ErrorKind::OutOfRange, argument.ids[i],
                    fmt::format("{} is out of range, expected {}, the only size it was recorded for",
                                shapes->front()[i], size.value));
        return shapes->front();
    }

    /// Binds what one argument's sizes are: symbols, or (not plain) what they follow from.
    Result<void> bindAll(const ExportedArgument& argument, const Sizes& given, bool isPlain, bool isSet)
    {
        for (std::size_t i = 0; i < given.size(); ++i) {
            const RecordedSize size = argument.sizes[i];
            if (size.expression < 0)
                continue;
            const auto symbol = m_sizes.expressions.symbolOf(at(m_sizes.nodes, size.expression));
            if (symbol.has_value() != isPlain)
                continue;
            const auto bound = symbol ? bindSymbol(*symbol, given[i], argument.ids[i], isSet)
                                      : bindLinear(size.expression, given[i], argument.ids[i]);
            if (!bound)
                return bound;
        }
        return {};
    }

    Result<void> bindSymbol(std::int32_t symbol, std::int64_t value, const std::string& id, bool isSet)
    {
        std::optional<std::int64_t>& bound = at(m_values, symbol);
        if (bound && isSet && *bound != value)
            return failure(ErrorKind::Conflict, id,
                           fmt::format("{}, but {} is {}: the program takes them to be equal", value,
                                       at(m_owners, symbol), *bound));
        if (bound)
            return {};
        const SymbolRange& range = at(m_arguments.ranges, symbol);
        if (value < range.minimum || value > range.maximum)
            return failure(
                ErrorKind::OutOfRange, id,
                fmt::format("{} is out of range, expected {} to {}", value, range.minimum, range.maximum));
        bound = value;
        at(m_owners, symbol) = id;
        return {};
    }

    Result<void> bindLinear(std::int32_t expression, std::int64_t value, const std::string& id)
    {
        const auto found = m_arguments.solvable.find(expression);
        if (found == m_arguments.solvable.end() || at(m_values, found->second.symbol))
            return {};
        const LinearSize& of = found->second;
        std::int64_t scaled = 0;
        if (__builtin_sub_overflow(value, of.offset, &scaled) || scaled % of.factor != 0)
            return failure(ErrorKind::OutOfRange, id,
                           fmt::format("{} is out of range, expected {} times a whole number{}", value,
                                       of.factor, of.offset == 0 ? "" : fmt::format(" plus {}", of.offset)));
        const std::int64_t symbol = scaled / of.factor;
        const SymbolRange& range = at(m_arguments.ranges, of.symbol);
        if (symbol < range.minimum || symbol > range.maximum)
            return failure(ErrorKind::OutOfRange, id,
                           fmt::format("{} is out of range, expected {} to {}", value,
                                       (Count(of.factor) * range.minimum + of.offset).value(),
                                       (Count(of.factor) * range.maximum + of.offset).value()));
        at(m_values, of.symbol) = symbol;
        at(m_owners, of.symbol) = id;
        return {};
    }

    /// Sizes that follow from others agree with them; those left as in the file's example follow silently.
    Result<void> checkDerived(const ExportedArgument& argument, const Sizes& given,
                              const std::vector<Number>& nodes) const
    {
        for (std::size_t i = 0; i < given.size(); ++i) {
            const RecordedSize size = argument.sizes[i];
            if (size.expression < 0 || given[i] == argument.usual[i])
                continue;
            const std::int32_t node = at(m_sizes.nodes, size.expression);
            const auto expected = at(nodes, node).whole();
            if (expected && *expected == given[i])
                continue;
            std::string other = "the rest";
            for (const std::int32_t symbol : m_sizes.expressions.symbolsIn(node))
                if (const auto& value = at(m_values, symbol);
                    value && at(m_owners, symbol) != argument.ids[i])
                    other = fmt::format("{} is {}", at(m_owners, symbol), *value);
            return failure(ErrorKind::Conflict, argument.ids[i],
                           expected ? fmt::format("{}, but {}: the program takes it to be {}", given[i],
                                                  other, *expected)
                                    : fmt::format("{}, but {}: no size follows from it", given[i], other));
        }
        return {};
    }

    const ExportedArguments& m_arguments;
    const ExportedSizes& m_sizes;
    std::vector<std::optional<std::int64_t>> m_values; ///< by symbol
    std::vector<std::string> m_owners;                 ///< by symbol: the dimension that decided it
};

} // namespace

Result<std::vector<Number>> boundValues(const ExportedArguments& arguments, const ExportedSizes& sizes,
                                        std::span<const Argument> values)
{
    if (values.size() != arguments.arguments.size())
        return failure(
            ErrorKind::Conflict, {},
            fmt::format("found {} arguments, expected {}", values.size(), arguments.arguments.size()));
    return Binder(arguments, sizes).bind(values);
}

} // namespace sunflop
