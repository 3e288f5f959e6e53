// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Models written as indented text, for what only looks at modules and their parameters.

#include "core/cost/comparison.h"
#include "core/model/tracer.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop::test {

/// A trace and what it costs.
struct WrittenModel {
    Trace trace;
    CostTree costs;

    ComparisonSide side() const { return {trace, costs}; }
};

inline Role roleNamed(std::string_view name)
{
    for (std::size_t role = 0; role < roleCount; ++role)
        if (roleName(static_cast<Role>(role)) == name)
            return static_cast<Role>(role);
    qFatal("no role of this name");
}

/// One line a module, two blanks deeper for each level: "name Class", then in any order its role, "x36" for a
/// run and the number of parameters it holds itself. A role goes to everything below.
inline WrittenModel modelWritten(std::string_view text)
{
    Tracer t({DType::BF16, DType::BF16});
    std::vector<std::unique_ptr<Tracer::Scope>> open;
    const auto close = [&](std::size_t depth) {
        while (open.size() > depth)
            open.pop_back();
    };
    const auto enter = [&](const std::string& name, const std::string& className,
                           const ModuleTraits& traits) {
        open.push_back(std::unique_ptr<Tracer::Scope>(new Tracer::Scope(t.module(name, className, traits))));
    };
    enter("", "Model", {});
    for (const QString& line : QString::fromUtf8(text.data(), qsizetype(text.size())).split(u'\n')) {
        const QStringList words = line.split(u' ', Qt::SkipEmptyParts);
        if (words.isEmpty())
            continue;
        close(1 + std::size_t(line.indexOf(words[0])) / 2);
        ModuleTraits traits;
        std::int64_t params = 0;
        for (const QString& word : words.mid(2)) {
            if (word[0] == u'x')
                traits.repeat = word.mid(1).toLongLong();
            else if (word[0].isDigit())
                params = word.toLongLong();
            else
                traits.role = roleNamed(word.toStdString());
        }
        enter(words[0].toStdString(), words[1].toStdString(), traits);
        if (params > 0)
            t.parameter("weight", {params});
    }
    close(0);
    WrittenModel model{t.finish().value(), {}};
    model.costs = cost(model.trace, conventions().front());
    return model;
}

} // namespace sunflop::test
