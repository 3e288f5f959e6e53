// SPDX-License-Identifier: GPL-3.0-or-later
// calflops' text report: five summary lines, then the module tree as PyTorch prints it with figures put in
// front of each module's own attributes, two blanks deeper per level, then a rule.
//
//   fwd FLOPs:                              0.8615 TFLOPS
//   Ovis(
//     4.3 B = 100% Params, 408.17 GMACs = 100% MACs, 861.54 GFLOPS = 100% FLOPs
//     (llm): Qwen2ForCausalLM(
//       ...
//       (0-35): 36 x Qwen2DecoderLayer(
//   )
//   -----------------

#include "core/base/plain_text.h"
#include "core/formats/format.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>

namespace sunflop::format {

namespace {

constexpr std::size_t mostModules = 200'000;

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// All of `text` as a whole number of at least zero.
std::optional<std::int64_t> wholeNumber(std::string_view text)
{
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end && value >= 0 ? std::optional(value) : std::nullopt;
}

/// Whether `text` is a number, a blank and a unit that ends in `suffix`; the unit prefix may be missing.
bool isAmount(std::string_view text, std::string_view suffix)
{
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    std::string_view unit = std::string_view(copy).substr(static_cast<std::size_t>(end - copy.c_str()));
    if (unit.size() == copy.size() || !(value >= 0) || value > 1e9)
        return false;
    if (unit.starts_with(' '))
        unit.remove_prefix(1);
    if (!unit.ends_with(suffix))
        return false;
    unit.remove_suffix(suffix.size());
    return unit.empty() ||
           (unit.size() == 1 && std::string_view("TGBMKmu").find(unit) != std::string_view::npos);
}

/// Cuts "<amount> = <share>% <name>" off the front of `rest`, and the ", " behind it.
bool takeFigure(std::string_view& rest, std::string_view name, std::string_view suffix, std::string& amount,
                std::string& share)
{
    const std::string ending = fmt::format("% {}", name);
    const std::size_t equals = rest.find(" = ");
    const std::size_t end = rest.find(ending);
    if (equals == std::string_view::npos || end == std::string_view::npos || end < equals + 3)
        return false;
    amount = rest.substr(0, equals);
    share = rest.substr(equals + 3, end - equals - 2);
    rest.remove_prefix(end + ending.size());
    if (rest.starts_with(", "))
        rest.remove_prefix(2);
    else if (!rest.empty())
        return false;
    return isAmount(amount, suffix) && isAmount(share, "%");
}

/// Reads figures and the attributes behind them.
bool readFigures(std::string_view text, PrintedModule& module)
{
    PrintedFigures& f = module.figures;
    if (!takeFigure(text, "Params", "", f.params, f.paramsShare) ||
        !takeFigure(text, "MACs", "MACs", f.macs, f.macsShare) ||
        !takeFigure(text, "FLOPs", "FLOPS", f.flops, f.flopsShare))
        return false;
    module.module.detail = text;
    return true;
}

/// Builds the tree line by line; `error()` says what is wrong with the line at hand.
class TreeReader {
public:
    explicit TreeReader(PrintedReport& report) : m_report(report) {}

    /// Takes one line of the tree; false once it is refused.
    bool take(std::string_view line, std::int64_t number)
    {
        m_line = number;
        const std::string_view text = trimmed(line);
        if (text == ")")
            return close();
        if (!m_open.empty() && text.front() != '(')
            return figures(text);
        return module(text);
    }
    bool finished() const { return m_open.empty() && !m_report.modules.empty(); }
    std::int32_t innermostOpen() const { return m_open.back(); }
    const std::string& error() const { return m_error; }

private:
    bool refuse(std::string what)
    {
        m_error = std::move(what);
        return false;
    }

    PrintedModule& at(std::int32_t index) { return m_report.modules[static_cast<std::size_t>(index)]; }

    bool close()
    {
        if (m_open.empty())
            return refuse("found \")\" outside of any module");
        at(m_open.back()).module.end = static_cast<std::int32_t>(m_report.modules.size());
        m_open.pop_back();
        return true;
    }

    bool figures(std::string_view text)
    {
        PrintedModule& owner = at(m_open.back());
        if (m_open.back() + 1 != static_cast<std::int32_t>(m_report.modules.size()) ||
            !owner.figures.params.empty() || !readFigures(text, owner))
            return refuse(fmt::format("found \"{}\", expected figures, a child or \")\"", shortened(text)));
        owner.module.isContainer = false;
        return true;
    }

    /// "(0-35)" before a count: the first index goes into the name, the length must be the count's.
    bool readName(std::string_view& text, Module& module)
    {
        if (m_open.empty())
            return true;
        const std::size_t end = text.find("): ");
        if (!text.starts_with('(') || end == std::string_view::npos || end == 1)
            return refuse(fmt::format("found \"{}\", expected \"(name): Class(\"", shortened(text)));
        std::string_view name = text.substr(1, end - 1);
        text.remove_prefix(end + 3);
        const std::size_t times = text.find(" x ");
        if (times == std::string_view::npos || times > text.find('('))
            return module.name = name, true;
        const std::size_t dash = name.find('-');
        const auto count = wholeNumber(text.substr(0, times));
        const auto first = wholeNumber(name.substr(0, dash));
        const auto last =
            wholeNumber(dash == std::string_view::npos ? std::string_view() : name.substr(dash + 1));
        if (!count || !first || !last || *count < 2 || *last < *first || *last - *first != *count - 1)
            return refuse(fmt::format("found {} times \"{}\", expected as many as its range names",
                                      shortened(text.substr(0, times)), shortened(name)));
        module.name = name.substr(0, dash);
        module.repeat = module.visited = *count;
        text.remove_prefix(times + 3);
        return true;
    }

    bool module(std::string_view text)
    {
        PrintedModule printed;
        printed.line = m_line;
        printed.module.parent = m_open.empty() ? -1 : m_open.back();
        if (!readName(text, printed.module))
            return false;
        const std::size_t open = text.find('(');
        if (open == std::string_view::npos || open == 0)
            return refuse(fmt::format("found \"{}\", expected \"Class(\"", shortened(text)));
        if (m_report.modules.size() == mostModules)
            return refuse(fmt::format("more than {} modules", mostModules));
        printed.module.className = text.substr(0, open);
        text.remove_prefix(open + 1);
        const auto index = static_cast<std::int32_t>(m_report.modules.size());
        printed.module.end = index + 1;
        printed.module.isContainer = true;
        if (text.empty()) {
            m_open.push_back(index);
        } else if (text == ")") {
            // An empty container: no figures, nothing below.
        } else if (text.back() == ')' && readFigures(text.substr(0, text.size() - 1), printed)) {
            printed.module.isContainer = false;
        } else {
            return refuse(fmt::format("found \"{}\", expected \"params, MACs, FLOPs\" figures and \")\"",
                                      shortened(text)));
        }
        m_report.modules.push_back(std::move(printed));
        return true;
    }

    PrintedReport& m_report;
    std::vector<std::int32_t> m_open;
    std::int64_t m_line = 0;
    std::string m_error;
};

/// Takes a summary line if it is one.
bool takeSummary(std::string_view line, PrintedSummary& summary)
{
    for (const SummaryLine& known : summaryLines)
        if (line.starts_with(known.label)) {
            summary.*known.value = trimmed(line.substr(known.label.size()));
            return true;
        }
    return false;
}

std::optional<Error> missingSummary(const PrintedSummary& summary)
{
    for (const SummaryLine& known : summaryLines) {
        const std::string& value = summary.*known.value;
        const std::string label(known.label.substr(0, known.label.size() - 1));
        if (value.empty())
            return Error{ErrorKind::Malformed, label, "the summary line is missing"};
        const bool isTraining =
            known.value == &PrintedSummary::trainingMacs || known.value == &PrintedSummary::trainingFlops;
        if (!isAmount(value, known.unit) && !(isTraining && value == noBackward))
            return Error{ErrorKind::Malformed, label,
                         fmt::format("found \"{}\", expected a number with a unit", shortened(value))};
    }
    return std::nullopt;
}

bool sniff(const Bytes& bytes)
{
    constexpr std::uint64_t headBytes = 4096;
    const std::string head = bytes.head(headBytes);
    return head.find("fwd FLOPs:") != std::string::npos || head.find("fwd MACs:") != std::string::npos;
}

/// The lines of a text that are not blank, counted from 1.
class Lines {
public:
    explicit Lines(std::string_view text) : m_rest(text) {}

    /// The next line; nothing at the end.
    std::optional<std::string_view> next()
    {
        while (!m_rest.empty()) {
            const std::size_t end = m_rest.find('\n');
            const std::string_view line = m_rest.substr(0, end);
            m_rest.remove_prefix(end == std::string_view::npos ? m_rest.size() : end + 1);
            ++m_number;
            if (!trimmed(line).empty())
                return line;
        }
        return std::nullopt;
    }
    std::int64_t number() const { return m_number; }

private:
    std::string_view m_rest;
    std::int64_t m_number = 0;
};

/// Whether the tree begins here: an unindented "Class(" that nothing follows, or a lone leaf with its
/// figures.
bool beginsTree(std::string_view line)
{
    const std::string_view content = trimmed(line);
    const bool opens = content.find(' ') == std::string_view::npos && content.ends_with('(');
    return line.front() != ' ' && (opens || content.find("% Params, ") != std::string_view::npos);
}

Result<Source> read(const OpenedFile& file)
{
    const auto text = textOf(file);
    if (!text)
        return failure(text.error());
    PrintedReport report;
    TreeReader tree(report);
    Lines lines(*text);
    bool inTree = false;
    const auto refusal = [&](std::string what) {
        return failure(ErrorKind::Malformed, fmt::format("line {}", lines.number()), std::move(what));
    };
    while (!tree.finished()) {
        const auto line = lines.next();
        if (!line)
            break;
        if (!inTree && takeSummary(trimmed(*line), report.summary))
            continue;
        inTree = inTree || beginsTree(*line);
        if (inTree && !tree.take(*line, lines.number()))
            return refusal(tree.error());
    }
    if (const auto error = missingSummary(report.summary))
        return failure(*error);
    if (report.modules.empty())
        return failure(ErrorKind::Malformed, {}, "the report has no module tree");
    if (!tree.finished()) {
        const PrintedModule& open = report.modules[static_cast<std::size_t>(tree.innermostOpen())];
        return refusal(fmt::format("the file ends inside {} of line {}, expected \")\"",
                                   shortened(open.module.className), open.line));
    }
    if (const auto behind = lines.next(); behind && !behind->starts_with("---"))
        return refusal(
            fmt::format("found \"{}\" behind the tree, expected a rule", shortened(trimmed(*behind))));
    return Source{.name = file.name, .format = "report", .config = {}, .report = std::move(report)};
}

} // namespace

Format report()
{
    return {
        .id = "report", .title = "calflops text report", .suffixes = {".txt"}, .sniff = sniff, .read = read};
}

} // namespace sunflop::format
