// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/kept_style.h"

#include "ui/export/export_dialog.h"
#include "ui/export/export_form.h"
#include "ui/session/keeper.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace sunflop {

void keepFigureStyle(ExportDialog& dialog, Keeper& keeper, const QString& view)
{
    if (const nlohmann::json& kept = keeper.figureStyle().json(); !kept.empty()) {
        ExportSettings settings = settingsFromJson(QByteArray::fromStdString(kept.dump()));
        settings.subject = view;
        dialog.form().setSettings(settings);
        Q_EMIT dialog.form().changed(); // names and preview follow
    }
    QObject::connect(&dialog, &QDialog::accepted, &keeper, [&dialog, &keeper] {
        auto style = nlohmann::json::parse(toJson(dialog.settings()).toStdString());
        for (const char* const users : {"subject", "folder", "pattern"})
            style.erase(users);
        keeper.setFigureStyle(Config(std::move(style)));
    });
}

} // namespace sunflop
