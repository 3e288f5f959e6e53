// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the window: the Export dialog and figures on the clipboard.
#include "ui/main_window.h"

#include "ui/compare/compare_page.h"
#include "ui/compare/comparison_view.h"
#include "ui/export/export_dialog.h"
#include "ui/export/kept_style.h"
#include "ui/text.h"
#include "ui/views/view.h"
#include "ui/widgets/banner.h"

#include <QApplication>
#include <QClipboard>

namespace sunflop {

namespace {

/// A picture as the window shows it: 800 pixels wide at its text size, in two dots to the pixel.
FigureStyle clipboardStyle(bool isDark)
{
    FigureStyle style;
    style.preset = &figurePresets().back();
    style.widthMillimetres = 800 * 25.4 / 96;
    style.fontPoints = 13 * 72.0 / 96;
    style.dotsPerInch = 192;
    style.isDark = isDark;
    return style;
}

} // namespace

const View& MainWindow::focusedFigure() const
{
    const QWidget* focused = QApplication::focusWidget();
    const View* chart = nullptr;
    for (const View& view : views()) {
        const QWidget* widget = m_views.value(text::from(view.id));
        if (view.paint != nullptr && focused != nullptr && widget != nullptr &&
            (widget == focused || widget->isAncestorOf(focused)))
            return view;
        if (view.place == View::Place::Chart)
            chart = &view;
    }
    return *chart;
}

void MainWindow::copyFigure()
{
    if (!m_session.hasModel())
        return;
    const bool isComparing = m_comparison.isAligned() && m_comparePage != nullptr;
    const ExportSource source =
        isComparing ? exportSource(m_comparison, shownRows()) : exportSource(m_session);
    const QString id = isComparing ? m_comparePage->focusedFigure() : text::from(focusedFigure().id);
    auto figure =
        clipboardFigure(source.subject(id)->figure, clipboardStyle(m_session.lens().theme().isDark));
    if (figure)
        QApplication::clipboard()->setMimeData(figure->release());
    else
        m_banner->show(figure.error(), tr("Nothing was copied"));
}

void MainWindow::exportFigure()
{
    const auto grabbed = [this] { return grab().toImage(); };
    if (m_comparison.isAligned() && m_comparePage != nullptr) {
        const QString subject = m_comparePage->focusedFigure();
        ExportDialog dialog(m_comparison, shownRows(), m_preferences, subject, grabbed, this);
        keepFigureStyle(dialog, *m_keeper, subject);
        dialog.exec();
    } else if (m_session.hasModel()) {
        const QString subject = text::from(focusedFigure().id);
        ExportDialog dialog(m_session, m_preferences, subject, grabbed, this);
        keepFigureStyle(dialog, *m_keeper, subject);
        dialog.exec();
    }
}

/// What the table of the Compare page shows whenever it is asked.
std::function<std::vector<ShownRow>()> MainWindow::shownRows() const
{
    return [page = m_comparePage] { return page->tree().shownRows(); };
}

} // namespace sunflop
