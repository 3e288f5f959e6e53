// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the window shows while no model is open.

#include <QStringList>
#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace sunflop {

class Session;

/// A place to drop a file, the bundled models, and what was open lately.
class EmptyPage : public QWidget {
    Q_OBJECT
public:
    explicit EmptyPage(const Session& session, QWidget* parent = nullptr);

    /// Paths, the latest first; the list is hidden while there are none.
    void setRecent(const QStringList& paths);
    /// What was shown last, in words; the button that goes on with it is hidden without any.
    void setLast(const QString& words);

Q_SIGNALS:
    /// A bundled name or a path, as openModel() takes it.
    void openRequested(const QString& place);
    void continueRequested(); ///< with what was shown last
    /// Let the user choose a file.
    void browseRequested();

private:
    QWidget* makeDropZone();
    QWidget* makeFeatured();
    QWidget* makeExamples();
    QWidget* makeRecent();
    void filter(const QString& text);
    /// Among the examples that the search left; null without any.
    const QTreeWidgetItem* firstShown() const;
    void open(const QTreeWidgetItem* item);
    void colourIcons();

    const Session& m_session;
    QPushButton* m_last = nullptr;
    QLabel* m_dropIcon = nullptr;
    QLineEdit* m_search = nullptr;
    QAction* m_searchIcon = nullptr;
    QTreeWidget* m_examples = nullptr;
    QWidget* m_recentPart = nullptr;
    QListWidget* m_recent = nullptr;
};

} // namespace sunflop
