// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/menus.h"

#include "core/formats/format.h"
#include "ui/compare/compare_invitation.h"
#include "ui/main_window.h"
#include "ui/text.h"
#include "ui/views/view.h"
#include "ui/widgets/shortcut_sheet.h"

#include <QActionGroup>
#include <QApplication>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QUndoStack>

#include <functional>

namespace sunflop {

namespace {

QString tr(const char* words)
{
    return QCoreApplication::translate("menus", words);
}

/// Adds commands to one menu.
class Commands {
public:
    Commands(MainWindow& window, const QString& title)
        : m_window(window), m_menu(window.menuBar()->addMenu(title))
    {}
    Commands(MainWindow& window, QMenu* menu) : m_window(window), m_menu(menu) {}

    QAction* add(const QString& words, const QList<QKeySequence>& shortcuts, std::function<void()> run) const
    {
        QAction* action = m_menu->addAction(words);
        action->setShortcuts(shortcuts);
        // Shortcuts of a menu bar that is hidden would be dead.
        m_window.addAction(action);
        QObject::connect(action, &QAction::triggered, &m_window, std::move(run));
        return action;
    }
    QAction* add(const QString& words, const char* shortcut, std::function<void()> run) const
    {
        return add(words, {QKeySequence(QLatin1String(shortcut))}, std::move(run));
    }
    /// A command that means nothing without a model.
    void addForModel(const QString& words, const QList<QKeySequence>& shortcuts,
                     std::function<void()> run) const
    {
        needsModel(add(words, shortcuts, std::move(run)));
    }
    void addForModel(const QString& words, const char* shortcut, std::function<void()> run) const
    {
        needsModel(add(words, shortcut, std::move(run)));
    }
    Commands submenu(const QString& title) const { return {m_window, m_menu->addMenu(title)}; }
    void separate() const { m_menu->addSeparator(); }
    QMenu* menu() const { return m_menu; }

    void needsModel(QAction* action) const
    {
        Session& session = m_window.session();
        const auto update = [action, &session] { action->setEnabled(session.hasModel()); };
        QObject::connect(&session, &Session::modelChanged, action, update);
        update();
    }

private:
    MainWindow& m_window;
    QMenu* m_menu;
};

/// A choice of one: the entry that is on follows `current` whenever `changed` is emitted.
template<typename Object, typename Signal>
void keepChecked(QActionGroup* group, const Object* object, Signal changed, std::function<int()> current)
{
    const auto update = [group, current] { group->actions().at(current())->setChecked(true); };
    QObject::connect(object, changed, group, update);
    update();
}

QAction* choice(QActionGroup* group, QAction* action)
{
    action->setCheckable(true);
    group->addAction(action);
    return action;
}

template<typename Entry>
int indexIn(std::span<const Entry> entries, const Entry& entry)
{
    return static_cast<int>(&entry - entries.data());
}

void fillRecent(MainWindow& window, QMenu* menu)
{
    menu->clear();
    menu->setEnabled(!window.opener().recent().isEmpty());
    for (const QString& place : window.opener().recent())
        QObject::connect(menu->addAction(place), &QAction::triggered, &window,
                         [&window, place] { window.opener().open(place); });
}

void buildFileMenu(MainWindow& window)
{
    const Commands file(window, tr("&File"));
    file.add(tr("&Open…"), "Ctrl+O", [&window] { window.browse(); });
    file.add(tr("Open model &folder…"), "Ctrl+Alt+O", [&window] { window.browseFolder(); });
    const Commands examples = file.submenu(tr("Open &example"));
    for (const BundledModel& model : bundledModels())
        examples.add(text::from(model.name), "",
                     [&window, name = text::from(model.name)] { window.opener().open(name); });
    QMenu* recent = file.submenu(tr("Open &recent")).menu();
    QObject::connect(&window.opener(), &Opener::recentChanged, recent,
                     [&window, recent] { fillRecent(window, recent); });
    fillRecent(window, recent);
    auto* popup = new QAction(&window);
    popup->setText(tr("Show recent files"));
    popup->setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+O")));
    QObject::connect(popup, &QAction::triggered, &window, [&window, recent] {
        recent->popup(
            window.mapToGlobal(window.rect().center() - QPoint(recent->sizeHint().width() / 2, 200)));
    });
    window.addAction(popup);
    file.separate();
    file.addForModel(tr("&Save session"), "Ctrl+S", [&window] { window.saveSession(); });
    file.addForModel(tr("Save session &as…"), "Ctrl+Shift+S", [&window] { window.saveSessionAs(); });
    file.separate();
    file.addForModel(tr("Re&load"), "F5", [&window] { window.opener().reload(); });
    file.addForModel(tr("&Close model"), "Ctrl+W", [&window] { window.opener().close(); });
    file.separate();
    file.add(tr("&Quit"), "Ctrl+Q", [] { QApplication::closeAllWindows(); });
}

void buildEditMenu(MainWindow& window)
{
    const Commands edit(window, tr("&Edit"));
    QUndoStack& stack = window.session().undoStack();
    QAction* undo = stack.createUndoAction(&window, tr("&Undo"));
    undo->setShortcut(QKeySequence(QStringLiteral("Ctrl+Z")));
    QAction* redo = stack.createRedoAction(&window, tr("&Redo"));
    redo->setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+Z")));
    edit.menu()->addActions({undo, redo});
    window.addActions({undo, redo});
    edit.separate();
    edit.addForModel(tr("&Export…"), "Ctrl+E", [&window] { window.exportFigure(); });
    edit.addForModel(tr("Copy &figure"), "Ctrl+Shift+C", [&window] { window.copyFigure(); });
    edit.addForModel(tr("Copy as co&mmand"), "Ctrl+Alt+C", [&window] { window.copyCommand(); });
    edit.separate();
    edit.addForModel(tr("&Find modules"), "Ctrl+F", [&window] { window.focusSearch(); });
    const auto step = [&window](bool backwards) { window.session().selectMatch(backwards); };
    edit.addForModel(tr("Find &next"), "F3", [step] { step(false); });
    edit.addForModel(tr("Find &previous"), "Shift+F3", [step] { step(true); });
    edit.add(tr("&Dismiss: message, search, zoom"), "Esc", [&window] { window.dismiss(); });
}

void buildMeasureMenu(MainWindow& window, const Commands& view)
{
    const Commands menu = view.submenu(tr("&Measure"));
    auto* group = new QActionGroup(menu.menu());
    const QHash<QString, const char*> keys{{QStringLiteral("params"), "1"},
                                           {QStringLiteral("macs"), "2"},
                                           {QStringLiteral("flops"), "3"},
                                           {QStringLiteral("peak_bytes"), "4"}};
    for (const Measure& measure : measures())
        choice(group, menu.add(text::title(measure), keys.value(text::from(measure.id), ""),
                               [&window, &measure] { window.session().lens().setMeasure(measure); }));
    const Lens& lens = window.session().lens();
    keepChecked(group, &lens, &Lens::measureChanged, [&lens] { return indexIn(measures(), lens.measure()); });
}

void buildConventionMenu(MainWindow& window, const Commands& view)
{
    const Commands menu = view.submenu(tr("&Convention"));
    auto* group = new QActionGroup(menu.menu());
    for (const Convention& convention : conventions())
        choice(group, menu.add(text::from(convention.title), "",
                               [&window, &convention] { window.session().setConvention(convention); }));
    const Session& session = window.session();
    keepChecked(group, &session, &Session::conventionChanged,
                [&session] { return indexIn(conventions(), session.convention()); });
}

void buildSunburstMenu(MainWindow& window, const Commands& view)
{
    const Commands menu = view.submenu(tr("&Sunburst"));
    Lens& lens = window.session().lens();
    QAction* fold =
        menu.add(tr("&Fold repeats"), "F", [&lens] { lens.setFoldsRepeats(!lens.foldsRepeats()); });
    QAction* labels = menu.add(tr("&Labels"), "L", [&lens] { lens.setShowsLabels(!lens.showsLabels()); });
    QAction* animate = menu.add(tr("&Animate"), "", [&lens] { lens.setAnimates(!lens.animates()); });
    for (QAction* action : {fold, labels, animate})
        action->setCheckable(true);
    animate->setChecked(lens.animates());
    const auto update = [fold, labels, &lens] {
        fold->setChecked(lens.foldsRepeats());
        labels->setChecked(lens.showsLabels());
    };
    QObject::connect(&lens, &Lens::pictureChanged, fold, update);
    update();
    menu.add(tr("&More rings"),
             {QKeySequence(QStringLiteral("Ctrl++")), QKeySequence(QStringLiteral("Ctrl+="))},
             [&lens] { lens.setRings(lens.rings() + 1); });
    menu.add(tr("F&ewer rings"), "Ctrl+-", [&lens] { lens.setRings(lens.rings() - 1); });
    menu.separate();
    auto* group = new QActionGroup(menu.menu());
    const std::initializer_list<std::pair<ColourBy, QString>> colours{
        {ColourBy::Role, tr("Colour by &role")},
        {ColourBy::Branch, tr("Colour by &branch")},
        {ColourBy::Depth, tr("Colour by &depth")},
        {ColourBy::Intensity, tr("Colour by &intensity")}};
    for (const auto& [by, words] : colours)
        choice(group, menu.add(words, "", [&lens, by = by] { lens.setColourBy(by); }));
    keepChecked(group, &lens, &Lens::pictureChanged, [&lens] { return static_cast<int>(lens.colourBy()); });
}

void buildThemeMenu(MainWindow& window, const Commands& view)
{
    const Commands menu = view.submenu(tr("&Theme"));
    auto* group = new QActionGroup(menu.menu());
    const std::initializer_list<std::pair<ThemeChoice, QString>> choices{{ThemeChoice::System, tr("&System")},
                                                                         {ThemeChoice::Light, tr("&Light")},
                                                                         {ThemeChoice::Dark, tr("&Dark")}};
    for (const auto& [theme, words] : choices)
        choice(group, menu.add(words, "", [&window, theme = theme] { window.setThemeChoice(theme); }));
    keepChecked(group, &window, &MainWindow::themeChoiceChanged,
                [&window] { return static_cast<int>(window.themeChoice()); });
    menu.separate();
    menu.add(tr("&Next theme"), "Ctrl+T", [&window] {
        window.setThemeChoice(static_cast<ThemeChoice>((static_cast<int>(window.themeChoice()) + 1) % 3));
    });
}

void buildViewMenu(MainWindow& window)
{
    const Commands view(window, tr("&View"));
    buildMeasureMenu(window, view);
    buildConventionMenu(window, view);
    buildSunburstMenu(window, view);
    const Commands show = view.submenu(tr("S&how"));
    int number = 0;
    for (const View& entry : views())
        show.addForModel(entry.title(), {QKeySequence(QStringLiteral("Alt+%1").arg(++number))},
                         [&window, id = entry.id] { window.showView(id); });
    view.separate();
    buildThemeMenu(window, view);
    view.addForModel(tr("&Inputs"), "F9", [&window] { window.toggleInputs(); });
    view.add(tr("&Full screen"), "F11", [&window] { window.toggleFullScreen(); });
}

void buildCompareMenu(MainWindow& window, const Commands& model)
{
    CompareSession& comparison = window.comparison();
    const Commands menu = model.submenu(tr("&Compare with"));
    menu.needsModel(menu.menu()->menuAction());
    model.addForModel(tr("Compare, or &leave"), "Ctrl+D", [&window] { window.toggleComparison(); });
    model.addForModel(tr("&Swap A and B"), "X", [&comparison] {
        if (comparison.isOpen())
            comparison.swap();
    });
    menu.add(tr("&File…"), "", [&window] { window.browseFor(Side::B); });
    const Commands examples = menu.submenu(tr("&Example"));
    for (const BundledModel& bundled : bundledModels())
        examples.add(text::from(bundled.name), "",
                     [&comparison, name = text::from(bundled.name)] { comparison.compareWith(name); });
    menu.separate();
    menu.add(tr("Itself, with other &inputs"), "", [&comparison] { comparison.compareWithItself(); });
    menu.add(tr("Its &baseline"), "", [&comparison] { comparison.compareWithBaseline(); });
    QMenu* const counted = menu.submenu(tr("Itself, &counted otherwise")).menu();
    QObject::connect(counted, &QMenu::aboutToShow, &comparison,
                     [counted, &comparison] { fillConventions(*counted, comparison); });
}

void buildModelMenu(MainWindow& window)
{
    const Commands model(window, tr("&Model"));
    Session& session = window.session();
    Focus& focus = session.focus();
    QAction* back = model.add(tr("&Back"), "Alt+Left", [&focus] { focus.back(); });
    QAction* forward = model.add(tr("&Forward"), "Alt+Right", [&focus] { focus.forward(); });
    const auto update = [back, forward, &focus] {
        back->setEnabled(focus.canGoBack());
        forward->setEnabled(focus.canGoForward());
    };
    QObject::connect(&focus, &Focus::historyChanged, back, update);
    QObject::connect(&session, &Session::modelChanged, back, update);
    update();
    model.addForModel(tr("&Up"), {QKeySequence(QStringLiteral("Alt+Up")), QKeySequence(Qt::Key_Backspace)},
                      [&window] { window.session().zoomUp(); });
    model.addForModel(tr("&Whole model"), "Home", [&focus] { focus.zoom(0); });
    model.separate();
    buildCompareMenu(window, model);
    model.separate();
    model.addForModel(tr("&Pin as baseline"), "B", [&session] { session.pinBaseline(); });
    model.addForModel(tr("&Reset inputs"), "Ctrl+R", [&session] { session.reset(); });
}

void buildHelpMenu(MainWindow& window)
{
    const Commands help(window, tr("&Help"));
    help.add(tr("&Keyboard shortcuts"),
             {QKeySequence(QStringLiteral("F1")), QKeySequence(QStringLiteral("?"))},
             [&window] { ShortcutSheet(&window).exec(); });
    help.add(tr("&About Sunflop"), "", [&window] {
        QMessageBox::about(
            &window, tr("About Sunflop"),
            tr("<b>Sunflop %1</b><p>What neural networks cost: parameters, MACs, FLOPs and bytes, "
               "module by module.<p>GNU General Public License, version 3 or later.")
                .arg(QCoreApplication::applicationVersion()));
    });
}

} // namespace

void buildMenus(MainWindow& window)
{
    buildFileMenu(window);
    buildEditMenu(window);
    buildViewMenu(window);
    buildModelMenu(window);
    buildHelpMenu(window);
}

} // namespace sunflop
