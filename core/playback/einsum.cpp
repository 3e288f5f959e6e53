// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/einsum.h"

#include "core/playback/einsum_path.h"

#include <algorithm>
#include <map>
#include <string>

namespace sunflop {

namespace {

/// Dimensions by what they are called; those of an ellipsis are numbered from the right: -1, -2, ...
using Labels = std::vector<int>;

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has(const Labels& labels, int label)
{
    return std::ranges::find(labels, label) != labels.end();
}

void addOnce(Labels& labels, int label)
{
    if (!has(labels, label))
        labels.push_back(label);
}

/// Labels of one term; `hidden` dimensions stand behind its ellipsis. Nothing: no term.
std::optional<Labels> readTerm(std::string_view term, std::size_t hidden)
{
    Labels labels;
    bool hasEllipsis = false;
    for (std::size_t i = 0; i < term.size(); ++i) {
        if (isLetter(term[i])) {
            labels.push_back(term[i]);
        } else if (term.substr(i).starts_with("...") && !hasEllipsis) {
            hasEllipsis = true;
            for (std::size_t k = hidden; k > 0; --k)
                labels.push_back(-static_cast<int>(k));
            i += 2;
        } else {
            return std::nullopt;
        }
    }
    return labels;
}

std::vector<std::string_view> split(std::string_view text)
{
    std::vector<std::string_view> terms;
    for (;;) {
        const auto comma = text.find(',');
        terms.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos)
            return terms;
        text.remove_prefix(comma + 1);
    }
}

/// The equation with every dimension named.
struct Equation {
    std::vector<Labels> operands;
    Labels output;
    std::map<int, std::int64_t> sizes;

    Count elements(const Labels& labels) const
    {
        Count product = 1;
        for (const int label : labels)
            product *= sizes.at(label);
        return product;
    }
};

bool addOperand(std::string_view term, const Shape& shape, std::size_t& mostHidden, Equation& equation)
{
    const auto letters = static_cast<std::size_t>(std::ranges::count_if(term, isLetter));
    const bool hasEllipsis = term.find("...") != std::string_view::npos;
    const std::size_t hidden = hasEllipsis && shape.rank() > letters ? shape.rank() - letters : 0;
    const auto labels = readTerm(term, hidden);
    if (!labels || labels->size() != shape.rank())
        return false;
    mostHidden = std::max(mostHidden, hidden);
    Labels once;
    for (std::size_t i = 0; i < labels->size(); ++i) {
        std::int64_t& size = equation.sizes.try_emplace((*labels)[i], 1).first->second;
        size = size == 1 ? shape[i] : size;
        addOnce(once, (*labels)[i]);
    }
    equation.operands.push_back(std::move(once));
    return true;
}

/// What comes out where the equation does not say: what stands in it once, by the alphabet.
Labels implicitOutput(std::string_view terms, std::size_t hidden)
{
    Labels output;
    for (std::size_t k = hidden; k > 0; --k)
        output.push_back(-static_cast<int>(k));
    std::string letters(terms);
    std::ranges::sort(letters);
    for (const char c : letters)
        if (isLetter(c) && std::ranges::count(terms, c) == 1)
            output.push_back(c);
    return output;
}

std::optional<Equation> readEquation(std::string text, std::span<const Shape> shapes)
{
    std::erase(text, ' ');
    const auto arrow = text.find("->");
    const std::string_view terms = std::string_view(text).substr(0, arrow);
    const std::vector<std::string_view> parts = split(terms);
    if (parts.size() != shapes.size())
        return std::nullopt;
    Equation equation;
    std::size_t hidden = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!addOperand(parts[i], shapes[i], hidden, equation))
            return std::nullopt;
    if (arrow == std::string::npos) {
        equation.output = implicitOutput(terms, hidden);
        return equation;
    }
    const auto output = readTerm(std::string_view(text).substr(arrow + 2), hidden);
    if (!output || std::ranges::any_of(*output, [&](int label) { return !equation.sizes.contains(label); }))
        return std::nullopt;
    equation.output = *output;
    return equation;
}

/// Joins `left`, which becomes the result, and an operand; `later` are dimensions that are still needed.
Contraction contract(const Equation& equation, Labels& left, const Labels& right, const Labels& later)
{
    Contraction result;
    Labels batch, rows, inner, columns;
    for (const int label : left) {
        if (has(right, label))
            (has(later, label) ? batch : inner).push_back(label);
        else if (has(later, label))
            rows.push_back(label);
        else
            result.sumsLeft = true;
    }
    for (const int label : right)
        if (!has(left, label)) {
            if (has(later, label))
                columns.push_back(label);
            else
                result.sumsRight = true;
        }
    result.isProduct = !inner.empty();
    result.batch = equation.elements(batch);
    result.rows = equation.elements(rows);
    result.inner = equation.elements(inner);
    result.columns = equation.elements(columns);
    left = batch;
    left.insert(left.end(), rows.begin(), rows.end());
    left.insert(left.end(), columns.begin(), columns.end());
    return result;
}

std::optional<Count> pathFlopsOf(const Equation& equation)
{
    EinsumSets sets;
    std::map<int, std::uint64_t> bits;
    if (equation.sizes.size() > 64)
        return std::nullopt;
    for (const auto& [label, size] : equation.sizes) {
        bits.emplace(label, std::uint64_t{1} << sets.sizes.size());
        sets.sizes.push_back(size);
    }
    const auto setOf = [&](const Labels& labels) {
        std::uint64_t set = 0;
        for (const int label : labels)
            set |= bits.at(label);
        return set;
    };
    for (const Labels& operand : equation.operands)
        sets.operands.push_back(setOf(operand));
    sets.output = setOf(equation.output);
    return pathFlops(sets);
}

/// Whether the equation is "abc,abd->acd" or "abc,adc->adb" when its letters are named in their order.
bool isBatchedProduct(std::string_view equation)
{
    std::map<char, char> names;
    std::string renamed;
    for (const char c : equation)
        if (isLetter(c))
            renamed += names.try_emplace(c, static_cast<char>('a' + names.size())).first->second;
        else if (c != ' ')
            renamed += c;
    return renamed == "abc,abd->acd" || renamed == "abc,adc->adb";
}

} // namespace

std::optional<Einsum> readEinsum(std::string_view equation, std::span<const Shape> shapes)
{
    const auto named = readEquation(std::string(equation), shapes);
    if (!named || shapes.empty())
        return std::nullopt;
    Einsum einsum{.isBatchedProduct = isBatchedProduct(equation), .pathFlops = pathFlopsOf(*named)};
    Labels left = named->operands.front();
    for (std::size_t i = 1; i < named->operands.size(); ++i) {
        Labels later = named->output;
        for (std::size_t k = i + 1; k < named->operands.size(); ++k)
            later.insert(later.end(), named->operands[k].begin(), named->operands[k].end());
        einsum.contractions.push_back(contract(*named, left, named->operands[i], later));
    }
    einsum.sumsOnly = shapes.size() == 1 && named->output.size() < left.size();
    return einsum;
}

} // namespace sunflop
