// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How eyes tell colours apart, colour-blind ones among them.

#include <QColor>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop::test {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

/// How a colour-blind eye sees linear RGB: Machado, Oliveira and Fernandes 2009, table 1, severity 1.0.
struct Vision {
    const char* name;
    Matrix matrix;
};

inline constexpr std::array visions{
    Vision{"normal", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    Vision{"protanopia",
           {{{0.152286, 1.052583, -0.204868},
             {0.114503, 0.786281, 0.099216},
             {-0.003882, -0.048116, 1.051998}}}},
    Vision{
        "deuteranopia",
        {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}},
    Vision{"tritanopia",
           {{{1.255528, -0.076749, -0.178779},
             {-0.078411, 0.930809, 0.147602},
             {0.004733, 0.691367, 0.303900}}}},
};

/// sRGB primaries to CIE XYZ under D65 (IEC 61966-2-1), divided by the white point.
inline constexpr Matrix toXyz{{{0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047},
                               {0.2126729, 0.7151522, 0.0721750},
                               {0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883}}};

inline Triple multiply(const Matrix& m, const Triple& v)
{
    Triple result{};
    for (std::size_t i = 0; i < 3; ++i)
        result[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
    return result;
}

inline double linear(double x)
{
    return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
}

/// Lightness and the two axes of CIELAB.
inline Triple lab(const QColor& colour, const Vision& vision)
{
    Triple seen =
        multiply(vision.matrix, {linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF())});
    for (double& x : seen)
        x = std::clamp(x, 0.0, 1.0);
    Triple f = multiply(toXyz, seen);
    for (double& x : f)
        x = x > 216.0 / 24389 ? std::cbrt(x) : (24389.0 / 27 * x + 16) / 116;
    return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

/// How far apart two colours are: CIE76.
inline double difference(const QColor& a, const QColor& b, const Vision& vision)
{
    const Triple x = lab(a, vision);
    const Triple y = lab(b, vision);
    return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

} // namespace sunflop::test
