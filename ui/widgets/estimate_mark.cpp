// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/estimate_mark.h"

#include "ui/notes.h"
#include "ui/session/session.h"

namespace sunflop {

EstimateMark::EstimateMark(Session& session, QWidget* parent) : QLabel(parent), m_session(session)
{
    setProperty("tone", QStringLiteral("chip"));
    setText(tr("Estimate"));
    setToolTip(estimateSentence());
    setAccessibleName(tr("These figures are an estimate"));
    connect(&session, &Session::modelChanged, this, &EstimateMark::refresh);
    connect(&session, &Session::figuresChanged, this, &EstimateMark::refresh);
    refresh();
}

void EstimateMark::refresh()
{
    setVisible(m_session.hasModel() && m_session.run().trace.isEstimate);
    updateGeometry();
}

QSize EstimateMark::sizeHint() const
{
    return isHidden() ? QSize(0, 0) : QLabel::sizeHint();
}

} // namespace sunflop
