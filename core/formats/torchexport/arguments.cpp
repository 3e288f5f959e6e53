// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchexport/arguments.h"

#include "core/base/entry.h"
#include "core/base/plain_text.h"
#include "core/formats/torchexport/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

using Json = nlohmann::json;

/// PyTorch takes sizes of 0 and 1 of arguments for special when it exports, and writes 2 as the least; it
/// runs with them all the same.
constexpr std::int64_t leastMeant = 3;
constexpr std::int64_t largestFactor = std::int64_t{1} << 32;
constexpr std::size_t mostDimensions = 1024; // of all arguments

/// A bound below what is `meant` is none: then `least` is.
SymbolRange rangeOf(const Json* constraint, std::optional<std::int64_t> hint, std::int64_t least,
                    std::int64_t meant)
{
    const std::int64_t minimum = wholeIn(member(constraint, "min_val")).value_or(least);
    const std::int64_t maximum = wholeIn(member(constraint, "max_val")).value_or(mostSize);
    SymbolRange range;
    range.minimum = std::clamp(minimum < meant ? least : minimum, least, mostSize);
    const std::int64_t sensible =
        std::max(largestFreeSize, 16 * std::clamp<std::int64_t>(hint.value_or(1), 1, mostSize / 16));
    range.maximum = std::max(range.minimum, std::min(maximum, sensible));
    range.usual = std::clamp(hint.value_or(range.minimum), range.minimum, range.maximum);
    return range;
}

/// Values of all nodes where all symbols are the same.
struct Probes {
    static constexpr std::array<std::int64_t, 3> points{1000, 1001, 4003};
    std::array<std::vector<Number>, 3> values;

    explicit Probes(const Expressions& expressions)
    {
        for (std::size_t i = 0; i < points.size(); ++i)
            values[i] = expressions.evaluate(std::vector<Number>(expressions.symbols().size(), points[i]));
    }
};

/// A size of one symbol that grows evenly with it; nothing otherwise. Told by its values at three points.
std::optional<LinearSize> linear(const Expressions& expressions, const Probes& probes, std::int32_t node)
{
    const auto symbols = expressions.symbolsIn(node);
    if (symbols.size() != 1)
        return std::nullopt;
    const auto low = at(probes.values[0], node).whole();
    const auto next = at(probes.values[1], node).whole();
    const auto high = at(probes.values[2], node).whole();
    std::int64_t factor = 0;
    std::int64_t span = 0;
    if (!low || !next || !high || *low == *next || __builtin_sub_overflow(*next, *low, &factor) ||
        factor > largestFactor || factor < -largestFactor || __builtin_sub_overflow(*high, *low, &span) ||
        span != factor * (Probes::points[2] - Probes::points[0]))
        return std::nullopt;
    return LinearSize{symbols[0], factor, *low - Probes::points[0] * factor};
}

/// The narrower range that "s0 <= 512" or "3 < s0" leaves.
void narrow(const Expressions& expressions, const ExpressionNode& guard, std::vector<SymbolRange>& ranges)
{
    const bool isStrict = guard.kind == ExpressionKind::Less;
    if (!isStrict && guard.kind != ExpressionKind::LessEqual)
        return;
    const auto sides = expressions.operands(guard);
    const auto constant = [&](std::int32_t side) {
        const ExpressionNode& node = expressions.node(side);
        return node.kind == ExpressionKind::Constant ? node.constant.whole()
                                                     : failure(ErrorKind::OutOfRange, {}, "no constant");
    };
    const auto left = expressions.symbolOf(sides[0]);
    const auto right = expressions.symbolOf(sides[1]);
    if (const auto most = constant(sides[1]); left && most && *most < mostSize) {
        SymbolRange& range = at(ranges, *left);
        range.maximum = std::max(range.minimum, std::min(range.maximum, *most - (isStrict ? 1 : 0)));
    } else if (const auto least = constant(sides[0]); right && least && *least < mostSize) {
        SymbolRange& range = at(ranges, *right);
        const std::int64_t minimum = *least + (isStrict ? 1 : 0);
        if (minimum >= leastMeant)
            range.minimum = std::min(range.maximum, std::max(range.minimum, minimum));
    }
}

/// "L['batch']['tokens']" as the argument is called here: "batch.tokens".
std::string guardedName(std::string_view text)
{
    std::string name;
    for (const char c : text) {
        if (c == '[')
            name += name.empty() ? "" : ".";
        else if (c != ']' && c != '\'' && c != '"')
            name += c;
    }
    return name;
}

/// A guard of Python with every "L['x'].size()[1]" as the symbol "x[1]"; empty where it is about something
/// else.
std::string guardText(std::string_view code)
{
    constexpr std::string_view begin = "L[";
    constexpr std::string_view size = ".size()[";
    std::string text;
    while (!code.empty()) {
        const std::size_t at = code.find(begin);
        text += code.substr(0, at);
        if (at == code.npos)
            break;
        const std::size_t middle = code.find(size, at);
        const std::size_t end = middle == code.npos ? code.npos : code.find(']', middle + size.size());
        if (end == code.npos)
            return {};
        text += fmt::format("Symbol('{}[{}]')", guardedName(code.substr(at + 1, middle - at - 1)),
                            code.substr(middle + size.size(), end - middle - size.size()));
        code.remove_prefix(end + 1);
    }
    return text;
}

/// Fills ExportedArguments and the program's inputs.
class ArgumentReader {
public:
    ArgumentReader(const Json& exported, ExportedGraph& graph, Program& program)
        : m_exported(exported), m_graph(graph), m_program(program)
    {}

    Result<ExportedArguments> read(const std::vector<ExportedInput>& inputs)
    {
        const auto names = givenNames(*member(&m_exported, "graph_module"), inputs);
        for (const bool integers : {false, true}) {
            std::size_t next = 0;
            for (const ExportedInput& input : inputs) {
                if (!input.isGiven())
                    continue;
                const std::string& name = names[next++];
                if (input.kind == (integers ? ExportedInput::Kind::Integer : ExportedInput::Kind::Tensor))
                    add(input, name, integers);
            }
        }
        std::size_t dimensions = 0;
        for (const ExportedArgument& argument : m_read.arguments)
            dimensions += argument.sizes.size();
        if (dimensions > mostDimensions || m_read.arguments.size() > mostDimensions)
            return failure(ErrorKind::Unsupported, {},
                           fmt::format("{} arguments of {} dimensions, expected at most {}",
                                       m_read.arguments.size(), dimensions, mostDimensions));
        for (const ExportedArgument& argument : m_read.arguments)
            if (argument.sizes.size() > Shape::maxRank)
                return failure(
                    ErrorKind::Unsupported, argument.ids.front(),
                    fmt::format("{} dimensions, expected at most {}", argument.sizes.size(), Shape::maxRank));
        readRanges();
        readGuards();
        findSolvable();
        describe(names, inputs);
        for (const ExportedArgument& argument : m_read.arguments) {
            const Count elements =
                std::accumulate(argument.usual.begin(), argument.usual.end(), Count(1), std::multiplies());
            // Its symbols may have bounds that no tensor of so many dimensions meets.
            if (!argument.isInteger && elements > Count(mostElements))
                return failure(
                    ErrorKind::OutOfRange, argument.ids.front(),
                    fmt::format("the least size that the file allows is {}, expected at most {} elements",
                                shapesText(std::vector<Sizes>{argument.usual}), mostElements));
        }
        return std::move(m_read);
    }

private:
    void add(const ExportedInput& input, const std::string& name, bool isInteger)
    {
        ExportedArgument argument{.isInteger = isInteger};
        if (isInteger)
            argument.sizes.push_back(m_graph.integers.at(input.value));
        else
            argument.sizes = at(m_graph.recording.tensors, m_graph.arguments.at(input.value).index).sizes;
        for (std::size_t i = 0; i < argument.sizes.size(); ++i) {
            argument.ids.push_back(isInteger ? name : fmt::format("{}[{}]", name, i));
            m_graph.sizes.expressions.addAlias(argument.ids.back(), m_graph.sizes.nodeOf(argument.sizes[i]));
        }
        m_read.arguments.push_back(std::move(argument));
    }

    std::optional<std::int32_t> symbolOf(RecordedSize size) const
    {
        return size.expression < 0
                   ? std::nullopt
                   : m_graph.sizes.expressions.symbolOf(at(m_graph.sizes.nodes, size.expression));
    }

    void readRanges()
    {
        const Expressions& expressions = m_graph.sizes.expressions;
        const Json* constraints = member(&m_exported, "range_constraints");
        m_read.isGiven.assign(expressions.symbols().size(), false);
        std::vector<std::int64_t> least(expressions.symbols().size(), 1);
        std::vector<std::int64_t> meant(expressions.symbols().size(), 1);
        for (const ExportedArgument& argument : m_read.arguments)
            for (const RecordedSize size : argument.sizes) {
                if (const auto symbol = symbolOf(size)) {
                    m_read.isGiven[static_cast<std::size_t>(*symbol)] = true;
                    at(least, *symbol) = argument.isInteger ? 0 : 1;
                }
                if (size.expression >= 0)
                    for (const std::int32_t symbol :
                         expressions.symbolsIn(at(m_graph.sizes.nodes, size.expression)))
                        at(meant, symbol) = leastMeant;
            }
        for (std::size_t i = 0; i < least.size(); ++i) {
            const auto hint = m_graph.sizes.hints.find(static_cast<std::int32_t>(i));
            m_read.ranges.push_back(
                rangeOf(member(constraints, expressions.symbols()[i].c_str()),
                        hint == m_graph.sizes.hints.end() ? std::nullopt : std::optional(hint->second),
                        least[i], meant[i]));
        }
    }

    void readGuards()
    {
        constexpr std::size_t mostGuards = 1000;
        Expressions& expressions = m_graph.sizes.expressions;
        const std::size_t symbols = expressions.symbols().size();
        for (const Json& guard : listIn(member(&m_exported, "guards_code"))) {
            const std::string* code = textIn(&guard);
            const std::string text =
                code == nullptr || m_read.guards.size() == mostGuards ? "" : guardText(*code);
            const auto node = text.empty() ? failure(ErrorKind::Unsupported, {}, "no guard of sizes")
                                           : expressions.add(text);
            // What mentions other things than sizes of arguments is left out.
            if (!node || std::ranges::any_of(expressions.symbolsIn(*node), [&](std::int32_t symbol) {
                    return static_cast<std::size_t>(symbol) >= symbols;
                }))
                continue;
            m_read.guards.push_back({*node, shortened(*code, 120)});
            narrow(expressions, expressions.node(*node), m_read.ranges);
        }
        // Symbols that only guards without meaning here brought along.
        m_read.ranges.resize(expressions.symbols().size());
        m_read.isGiven.resize(expressions.symbols().size());
    }

    void findSolvable()
    {
        const Probes probes(m_graph.sizes.expressions);
        for (const ExportedArgument& argument : m_read.arguments)
            for (const RecordedSize size : argument.sizes) {
                if (size.expression < 0 || symbolOf(size))
                    continue;
                const std::int32_t node = at(m_graph.sizes.nodes, size.expression);
                const auto found = linear(m_graph.sizes.expressions, probes, node);
                if (!found)
                    continue;
                m_read.solvable.emplace(size.expression, *found);
                const auto symbol = static_cast<std::size_t>(found->symbol);
                if (!m_read.isGiven[symbol])
                    m_free.insert_or_assign(size.expression, true);
                m_read.isGiven[symbol] = true;
            }
    }

    Dimension dimension(const std::string& id, RecordedSize size) const
    {
        if (size.expression < 0)
            return {.id = id, .minimum = size.value, .maximum = size.value};
        if (const auto symbol = symbolOf(size)) {
            const SymbolRange& range = at(m_read.ranges, *symbol);
            return {.id = id,
                    .minimum = range.minimum,
                    .maximum = range.maximum,
                    .symbol = *symbol,
                    .isFree = true};
        }
        if (!m_free.contains(size.expression))
            return {.id = id, .minimum = 0, .maximum = mostSize};
        const LinearSize& of = m_read.solvable.at(size.expression);
        const SymbolRange& range = at(m_read.ranges, of.symbol);
        const Count ends[] = {Count(of.factor) * range.minimum + of.offset,
                              Count(of.factor) * range.maximum + of.offset};
        return {.id = id,
                .minimum = std::clamp<std::int64_t>(std::min(ends[0], ends[1]).value(), 0, mostSize),
                .maximum = std::clamp<std::int64_t>(std::max(ends[0], ends[1]).value(), 0, mostSize),
                .symbol = static_cast<std::int32_t>(m_read.ranges.size()) + size.expression,
                .isFree = true};
    }

    /// What the user is shown of every argument.
    void describe(const std::vector<std::string>& names, const std::vector<ExportedInput>& inputs)
    {
        std::vector<Number> symbols;
        std::ranges::transform(m_read.ranges, std::back_inserter(symbols),
                               [](const SymbolRange& range) { return Number(range.usual); });
        const std::vector<Number> values = m_graph.sizes.expressions.evaluate(symbols);
        std::vector<std::string> ordered;
        for (const auto kind : {ExportedInput::Kind::Tensor, ExportedInput::Kind::Integer}) {
            std::size_t next = 0;
            for (const ExportedInput& input : inputs)
                if (input.isGiven()) {
                    if (input.kind == kind)
                        ordered.push_back(names[next]);
                    ++next;
                }
        }
        for (std::size_t i = 0; i < ordered.size(); ++i) {
            ExportedArgument& argument = m_read.arguments[i];
            for (const RecordedSize size : argument.sizes)
                argument.usual.push_back(estimated(m_graph.sizes, values, size));
            m_program.arguments.push_back(input(argument, ordered[i]));
        }
    }

    Input input(const ExportedArgument& argument, const std::string& name) const
    {
        Input made{.id = name, .title = name};
        if (argument.isInteger) {
            const Dimension range = dimension(name, argument.sizes.front());
            made.minimum = range.minimum;
            made.maximum = range.maximum;
            made.defaultValue = std::to_string(argument.usual.front());
            return made;
        }
        made.scale = InputScale::Shape;
        made.defaultValue = shapesText(std::vector<Sizes>{argument.usual});
        for (std::size_t i = 0; i < argument.sizes.size(); ++i)
            made.dimensions.push_back(dimension(argument.ids[i], argument.sizes[i]));
        return made;
    }

    const Json& m_exported;
    ExportedGraph& m_graph;
    Program& m_program;
    ExportedArguments m_read;
    std::map<std::int32_t, bool> m_free; ///< expressions that stand for the symbol in them
};

} // namespace

Result<ExportedArguments> readArguments(const Json& exported, ExportedGraph& graph,
                                        const std::vector<ExportedInput>& inputs, Program& program)
{
    return ArgumentReader(exported, graph, program).read(inputs);
}

} // namespace sunflop
