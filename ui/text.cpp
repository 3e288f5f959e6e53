// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text.h"

#include "core/cost/own_parts.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>
#include <QRegularExpression>
#include <QStringList>

#include <algorithm>
#include <array>
#include <cmath>

namespace sunflop::text {

namespace {

constexpr QChar narrowSpace(0x202F);
constexpr QChar enDash(0x2013);

QString tr(const char* text)
{
    return QCoreApplication::translate("text", text);
}

struct Unit {
    double size;
    const char* name;
};

constexpr std::array decimal{Unit{1e18, "E"}, Unit{1e15, "P"}, Unit{1e12, "T"},
                             Unit{1e9, "G"},  Unit{1e6, "M"},  Unit{1e3, "K"}};
constexpr std::array binary{Unit{0x1p60, "EiB"}, Unit{0x1p50, "PiB"}, Unit{0x1p40, "TiB"},
                            Unit{0x1p30, "GiB"}, Unit{0x1p20, "MiB"}, Unit{0x1p10, "KiB"}};

constexpr std::array timeUnits{Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "µs"}};

/// Three significant digits; 999.6 counts as a thousand.
QString scaled(double value, std::span<const Unit> units, const char* plain, bool inBillions)
{
    for (const Unit& unit : units) {
        const double x = value / unit.size;
        if (x < 0.9995)
            continue;
        const int decimals = x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2;
        const char* name = inBillions && unit.size == 1e9 ? "B" : unit.name;
        return QString::number(x, 'f', decimals) + narrowSpace + QString::fromUtf8(name);
    }
    const QString digits = QString::number(value, 'f', 0);
    return *plain == '\0' ? digits : digits + narrowSpace + QString::fromLatin1(plain);
}

bool isBytes(const Measure& measure)
{
    return measure.unit == "B";
}

bool isTime(const Measure& measure)
{
    return measure.unit == "ns";
}

} // namespace

QString from(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString brief(Count count, const Measure& measure)
{
    if (count == Count(0))
        return enDash;
    const auto value = static_cast<double>(count.value());
    const QString digits = isBytes(measure)  ? scaled(value, binary, "B", false)
                           : isTime(measure) ? scaled(value, timeUnits, "ns", false)
                                             : scaled(value, decimal, "", measure.unit.empty());
    return count.isSaturated() ? QStringLiteral("≥ ") + digits : digits;
}

QString bytes(Count count)
{
    return brief(count, {.id = {}, .title = {}, .unit = "B"});
}

QString seconds(double amount)
{
    const double nanoseconds = amount * 1e9;
    return brief(nanoseconds < 9e18 ? Count(std::llround(nanoseconds)) : Count::saturated(),
                 {.id = {}, .title = {}, .unit = "ns"});
}

QString exact(Count count)
{
    // The C locale leaves out the separators unless it is told otherwise.
    QLocale locale = QLocale::c();
    locale.setNumberOptions(QLocale::DefaultNumberOptions);
    const QString digits = locale.toString(static_cast<qlonglong>(count.value()));
    return count.isSaturated() ? QStringLiteral("≥ ") + digits : digits;
}

QString exactWithUnit(Count count, const Measure& measure)
{
    const QString unit = isBytes(measure)       ? tr("bytes")
                         : isTime(measure)      ? from(measure.unit)
                         : measure.unit.empty() ? tr("parameters")
                                                : from(measure.unit) + QLatin1Char('s');
    return exact(count) + QLatin1Char(' ') + unit;
}

double fraction(Count part, Count whole)
{
    return whole > Count(0) ? static_cast<double>(part.value()) / static_cast<double>(whole.value()) : 0;
}

QString share(Count part, Count whole)
{
    if (part == Count(0) || whole <= Count(0))
        return enDash;
    const double percent = 100 * fraction(part, whole);
    if (percent < 0.1)
        return QStringLiteral("< 0.1 %");
    return QString::number(percent, 'f', 1) + narrowSpace + QLatin1Char('%');
}

QString change(Count now, Count baseline)
{
    if (baseline <= Count(0))
        return now > Count(0) ? tr("new") : QString();
    const double ratio = fraction(now, baseline);
    if (std::abs(ratio - 1) < 0.005)
        return {};
    if (ratio >= 10)
        return QChar(0x00D7) + QString::number(ratio, 'f', ratio < 99.5 ? 1 : 0);
    const double percent = 100 * (ratio - 1);
    return (percent > 0 ? QStringLiteral("+") : QString(QChar(0x2212))) +
           QString::number(std::abs(percent), 'f', 0) + narrowSpace + QLatin1Char('%');
}

QString shortTitle(const Measure& measure)
{
    static const QHash<QLatin1String, const char*> titles{
        {QLatin1String("params"), QT_TRANSLATE_NOOP("text", "Params")},
        {QLatin1String("active_params"), QT_TRANSLATE_NOOP("text", "Active")},
        {QLatin1String("macs"), QT_TRANSLATE_NOOP("text", "MACs")},
        {QLatin1String("flops"), QT_TRANSLATE_NOOP("text", "FLOPs")},
        {QLatin1String("backward_flops"), QT_TRANSLATE_NOOP("text", "Backward")},
        {QLatin1String("weight_bytes"), QT_TRANSLATE_NOOP("text", "Weights")},
        {QLatin1String("kv_cache_bytes"), QT_TRANSLATE_NOOP("text", "KV cache")},
        {QLatin1String("peak_bytes"), QT_TRANSLATE_NOOP("text", "Memory")},
        {QLatin1String("saved_bytes"), QT_TRANSLATE_NOOP("text", "Saved")},
    };
    const auto found = titles.find(QLatin1String(measure.id.data(), static_cast<int>(measure.id.size())));
    return found == titles.end() ? title(measure) : tr(*found);
}

QString title(const Measure& measure)
{
    return QCoreApplication::translate("measures", std::string(measure.title).c_str());
}

QString noun(const Measure& measure)
{
    QString words = title(measure);
    if (words.size() > 1 && words[1].isLower())
        words[0] = words[0].toLower();
    return words;
}

QString roleTitle(Role role)
{
    static constexpr std::array<const char*, roleCount> titles{
        QT_TRANSLATE_NOOP("text", "Other"),     QT_TRANSLATE_NOOP("text", "Embedding"),
        QT_TRANSLATE_NOOP("text", "Attention"), QT_TRANSLATE_NOOP("text", "MLP"),
        QT_TRANSLATE_NOOP("text", "Norm"),      QT_TRANSLATE_NOOP("text", "Activation"),
        QT_TRANSLATE_NOOP("text", "Conv"),      QT_TRANSLATE_NOOP("text", "Head"),
        QT_TRANSLATE_NOOP("text", "Projector"), QT_TRANSLATE_NOOP("text", "Router"),
    };
    return tr(titles[static_cast<std::size_t>(role)]);
}

QString name(const Run& run, std::int32_t node)
{
    return node == 0 ? from(run.source.name)
                     : from(run.trace.modules[static_cast<std::size_t>(node)].label());
}

QString memberName(const Module& module, std::int64_t member)
{
    bool isNumber = false;
    const qlonglong first = from(module.name).toLongLong(&isNumber);
    return isNumber ? QString::number(first + member) : from(module.label());
}

QString classAndShape(const Module& module)
{
    // The numbers that extra_repr() prints in front or names as features; the rest is for the details.
    static const QRegularExpression features(QStringLiteral("in_features=(\\d+), out_features=(\\d+)"));
    static const QRegularExpression table(QStringLiteral("^(\\d+), (\\d+)"));
    const QString detail = from(module.detail);
    QString shape;
    if (const auto match = features.match(detail); match.hasMatch())
        shape = match.captured(1) + QStringLiteral(" → ") + match.captured(2);
    else if (const auto sizes = table.match(detail); sizes.hasMatch())
        shape = sizes.captured(1) + QStringLiteral(" × ") + sizes.captured(2);
    const QString className = from(module.className);
    return shape.isEmpty() ? className : className + QStringLiteral("  ") + shape;
}

QString ownName(const OwnKey& key, bool isOfModel, const Measure& measure)
{
    if (key.kind != OwnKind::Other)
        return from(key.name);
    if (measure.id == "kv_cache_bytes")
        return tr("KV cache");
    if (isOfModel && measure.basis == Basis::Memory)
        return tr("workspace, rounding");
    return isOfModel && measure.basis == Basis::Time ? tr("optimizer") : tr("own");
}

QString ownName(const OwnPart& part, const Measure& measure)
{
    return ownName(part.key(), part.module == 0, measure);
}

QString ownPath(const Run& run, const OwnPart& part)
{
    return path(run, part.module) + from(ownMark) + from(part.name);
}

QString ownKind(OwnKind kind)
{
    switch (kind) {
    case OwnKind::Operator: return tr("operator");
    case OwnKind::Tensor: return tr("tensor");
    case OwnKind::Other: return {};
    }
    return {};
}

QString path(const Run& run, std::int32_t node)
{
    return node == 0 ? from(run.source.name) : from(run.trace.path(node));
}

} // namespace sunflop::text
