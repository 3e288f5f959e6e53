// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Many comparisons under one verdict, so that a test names every figure that is off.

#include <fmt/format.h>

#include <QByteArray>

#include <algorithm>
#include <string>
#include <vector>

namespace sunflop::test {

/// Differences found in one comparison; a test fails with the first few of them.
class Differences {
public:
    template<typename A, typename B>
    void expectEqual(const std::string& what, const A& found, const B& expected)
    {
        ++m_comparisons;
        if (found != expected)
            m_texts.push_back(fmt::format("{}: found {}, expected {}", what, found, expected));
    }
    void add(std::string text) { m_texts.push_back(std::move(text)); }

    bool none() const { return m_texts.empty() && m_comparisons > 0; }
    QByteArray text() const
    {
        constexpr std::size_t shown = 10;
        std::string out = fmt::format("{} of {} comparisons differ\n", m_texts.size(), m_comparisons);
        for (std::size_t i = 0; i < std::min(shown, m_texts.size()); ++i)
            out += "  " + m_texts[i] + "\n";
        return QByteArray::fromStdString(out);
    }

private:
    std::vector<std::string> m_texts;
    std::size_t m_comparisons = 0;
};

} // namespace sunflop::test
