// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_job.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

QString q(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

void write(QJsonObject& object, const char* key, const std::optional<double>& value)
{
    if (value)
        object.insert(QLatin1String(key), *value);
}

/// A number between two ends; nothing else counts.
std::optional<double> number(const QJsonObject& object, const char* key, double least, double most)
{
    const QJsonValue value = object.value(QLatin1String(key));
    if (!value.isDouble() || value.toDouble() < least || value.toDouble() > most)
        return std::nullopt;
    return value.toDouble();
}

template<typename Entry>
const Entry* entry(std::span<const Entry> entries, const QJsonValue& id)
{
    const std::string wanted = id.toString().toStdString();
    const auto found = std::ranges::find(entries, wanted, &Entry::id);
    return found == entries.end() ? &entries.front() : &*found;
}

/// The switches of a style under their names.
struct Switch {
    const char* key;
    bool FigureStyle::*value;
};
constexpr std::array switches{
    Switch{"dark", &FigureStyle::isDark},        Switch{"straight_labels", &FigureStyle::hasStraightLabels},
    Switch{"title", &FigureStyle::hasTitle},     Switch{"legend", &FigureStyle::hasLegend},
    Switch{"caption", &FigureStyle::hasCaption}, Switch{"transparent", &FigureStyle::isTransparent},
};

} // namespace

QByteArray toJson(const ExportSettings& settings)
{
    const FigureStyle& style = settings.style;
    QJsonObject object{{QStringLiteral("subject"), settings.subject},
                       {QStringLiteral("format"), extensionOf(settings.format)},
                       {QStringLiteral("folder"), settings.folder},
                       {QStringLiteral("pattern"), settings.pattern},
                       {QStringLiteral("preset"), q(style.preset->id)},
                       {QStringLiteral("palette"), q(style.palette->id)},
                       {QStringLiteral("font"), style.fontFamily}};
    write(object, "width", style.widthMillimetres);
    write(object, "height", style.heightMillimetres);
    write(object, "font_size", style.fontPoints);
    write(object, "dpi", style.dotsPerInch);
    if (style.hatches)
        object.insert(QStringLiteral("hatches"), *style.hatches);
    for (const Switch& each : switches)
        object.insert(QLatin1String(each.key), style.*each.value);
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

ExportSettings settingsFromJson(const QByteArray& text)
{
    const QJsonObject object = QJsonDocument::fromJson(text).object();
    ExportSettings settings;
    FigureStyle& style = settings.style;
    const auto word = [&object](const char* key, QString& value) {
        value = object.value(QLatin1String(key)).toString(value);
    };
    word("subject", settings.subject);
    word("folder", settings.folder);
    word("pattern", settings.pattern);
    word("font", style.fontFamily);
    const std::string format = "." + object.value(QStringLiteral("format")).toString().toStdString();
    settings.format = fileFormatOf(format).value_or(settings.format);
    style.preset = entry(figurePresets(), object.value(QStringLiteral("preset")));
    style.palette = entry(palettes(), object.value(QStringLiteral("palette")));
    style.widthMillimetres = number(object, "width", narrowestFigure, widestFigure);
    style.heightMillimetres = number(object, "height", narrowestFigure, widestFigure);
    style.fontPoints = number(object, "font_size", smallestFont, largestFont);
    style.dotsPerInch = number(object, "dpi", fewestDots, mostDots);
    if (const QJsonValue hatches = object.value(QStringLiteral("hatches")); hatches.isBool())
        style.hatches = hatches.toBool();
    for (const Switch& each : switches)
        style.*each.value = object.value(QLatin1String(each.key)).toBool(style.*each.value);
    return settings;
}

} // namespace sunflop
