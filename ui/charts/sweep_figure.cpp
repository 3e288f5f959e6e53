// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sweep_figure.h"

#include "core/run/remarks.h"
#include "ui/charts/sweep_view.h"
#include "ui/text.h"

namespace sunflop {

namespace {

/// "ovis2-4b, Exact convention, images=1"
QString captionOf(const SweepSide& side)
{
    QString caption = SweepView::tr("%1, %2 convention")
                          .arg(text::from(side.model->source.name), text::from(side.convention->title));
    for (const Assignment& setting : side.settings)
        caption += QStringLiteral(", %1=%2").arg(text::from(setting.id), text::from(setting.value));
    return isEstimate(*side.model) ? SweepView::tr("%1, an estimate").arg(caption) : caption;
}

} // namespace

Figure sweepFigure(const std::shared_ptr<const SweepAnswer>& answer)
{
    QStringList names;
    QStringList captions;
    for (const SweepSide& side : answer->question.sides) {
        names << text::from(side.model->source.name);
        captions << captionOf(side);
    }
    const auto content = [answer, names, captions](const Theme& theme, const FigureParts& parts) {
        const auto paint = [=, theme = &theme](QPainter& painter, const QRectF& area) {
            paintSweep(answer, names, parts, *theme, painter, area);
        };
        return PageContent{.paint = paint,
                           .height = {},
                           .title = names.join(QStringLiteral(", ")),
                           .caption = captions.join(QStringLiteral("; "))};
    };
    return {.id = QStringLiteral("sweep"), .title = SweepView::tr("Sweep"), .content = content};
}

} // namespace sunflop
