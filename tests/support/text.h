// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The engine's text for Qt Test's comparisons, which print both sides when they differ.

#include <QString>
#include <QStringList>

#include <string_view>

namespace sunflop::test {

inline QString q(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// Lists of lines: a comparison names the first line that differs.
inline QStringList lines(std::string_view text)
{
    return q(text).split(QLatin1Char('\n'));
}

} // namespace sunflop::test
