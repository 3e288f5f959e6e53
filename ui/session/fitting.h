// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Sets an input to the largest or smallest value with which the run fits its device.

#include "core/run/fit.h"
#include "ui/session/latest.h"
#include "ui/session/model.h"

#include <QObject>

#include <memory>
#include <stop_token>
#include <string>

namespace sunflop {

class Session;

/// Searches on a worker; the newest request counts. What was found is one undo step.
class Fitting : public QObject {
    Q_OBJECT
public:
    explicit Fitting(Session& session, QObject* parent = nullptr);
    ~Fitting() override;

    /// `input` is a number that the model offers, or "image_size". Requires a model.
    void request(const QString& input);
    bool isBusy() const { return m_search.isBusy(); }
    /// Returns when nothing is searched for any more.
    void settle() { m_search.wait(); }

Q_SIGNALS:
    /// No value fits, or the model refuses the smallest.
    void failed(const QString& input, const QString& why);
    void finished();

private:
    struct Found {
        std::shared_ptr<const Model> model;
        std::string input;
        Result<FitAnswer> answer;
    };
    void take(const Found& found);

    Session& m_session;
    std::stop_source m_stop;
    Latest<Found> m_search;
};

} // namespace sunflop
