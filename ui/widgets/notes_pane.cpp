// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/notes_pane.h"

#include "ui/notes.h"
#include "ui/text.h"

#include <QScrollBar>
#include <QTextDocument>
#include <QUrl>

namespace sunflop {

namespace {

QString heading(Note::Kind kind)
{
    switch (kind) {
    case Note::Kind::Estimate: return NotesPane::tr("Estimate");
    case Note::Kind::Remark: return NotesPane::tr("This file and run");
    case Note::Kind::Tokens: return NotesPane::tr("This run");
    case Note::Kind::Saturated: return NotesPane::tr("Too large to count");
    case Note::Kind::Uncounted: return NotesPane::tr("Not counted");
    case Note::Kind::Dormant: return NotesPane::tr("Did not run");
    case Note::Kind::Tie: return NotesPane::tr("Shared parameters");
    case Note::Kind::Convention: break;
    }
    return NotesPane::tr("Convention");
}

QString paragraph(const Run& run, const Note& note)
{
    QString words = note.text.toHtmlEscaped();
    if (note.node >= 0) {
        const QString path = text::path(run, note.node).toHtmlEscaped();
        const QString link =
            QStringLiteral("<a href=\"#%1\">").arg(note.node) + path + QStringLiteral("</a>");
        words = words.contains(path) ? words.replace(words.indexOf(path), path.size(), link)
                                     : words + QStringLiteral(" ") + link;
    }
    return QStringLiteral("<p class=\"note\">") + words + QStringLiteral("</p>");
}

} // namespace

NotesPane::NotesPane(Session& session, QWidget* parent) : QTextBrowser(parent), m_session(session)
{
    setOpenLinks(false);
    setAccessibleName(tr("Notes"));
    document()->setDocumentMargin(14);
    connect(this, &QTextBrowser::anchorClicked, this, &NotesPane::follow);
    connect(&session, &Session::modelChanged, this, &NotesPane::refresh);
    connect(&session, &Session::figuresChanged, this, &NotesPane::refresh);
    connect(&session.lens(), &Lens::themeChanged, this, &NotesPane::refresh);
}

void NotesPane::showEvent(QShowEvent* event)
{
    QTextBrowser::showEvent(event);
    refresh();
}

void NotesPane::refresh()
{
    if (!isVisible())
        return;
    QString html;
    if (m_session.hasModel()) {
        const auto notes = notesOf(m_session.run());
        for (std::size_t i = 0; i < notes.size(); ++i) {
            if (i == 0 || notes[i].kind != notes[i - 1].kind) {
                QString title = heading(notes[i].kind);
                if (notes[i].kind == Note::Kind::Convention)
                    title += QStringLiteral(": ") + text::from(m_session.run().convention->title);
                html += QStringLiteral("<p class=\"head\">") + title.toHtmlEscaped() + QStringLiteral("</p>");
            }
            html += paragraph(m_session.run(), notes[i]);
        }
    }
    const Theme& theme = m_session.lens().theme();
    document()->setDefaultStyleSheet(
        QStringLiteral("a { color: %1; text-decoration: none; }"
                       ".head { color: %2; font-weight: 600; margin-top: 8px; margin-bottom: 2px; }"
                       ".note { color: %3; margin-top: 2px; margin-bottom: 4px; }")
            .arg(theme.accent.name(), theme.dim.name(), theme.text.name()));
    const int place = verticalScrollBar()->value();
    setHtml(html);
    verticalScrollBar()->setValue(place);
}

void NotesPane::follow(const QUrl& link)
{
    m_session.focus().select(link.fragment().toInt());
}

} // namespace sunflop
