// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How full the device is.

#include <QWidget>

namespace sunflop {

class Session;

/// A bar of the parts of the peak over the device's memory, with the figures in words below: nothing is told
/// by colour alone.
class FitGauge : public QWidget {
    Q_OBJECT
public:
    explicit FitGauge(const Session& session, QWidget* parent = nullptr);

    /// "8.4 GiB of 79.1 GiB" and "fits, 11 %".
    const QString& room() const { return m_room; }
    const QString& verdict() const { return m_verdict; }
    void refresh();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    bool isOneLine() const;

    const Session& m_session;
    QString m_room;
    QString m_verdict;
};

} // namespace sunflop
