// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the window shows: one model and one run of it. Views read it and ask it to change its inputs.

#include "core/run/run.h"
#include "ui/session/finder.h"
#include "ui/session/focus.h"
#include "ui/session/latest.h"
#include "ui/session/lens.h"
#include "ui/session/model.h"
#include "ui/session/outline.h"

#include <QObject>
#include <QUndoStack>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

class QTimer;

namespace sunflop {

/// Lives on the GUI thread. Counts at once while that takes no longer than a frame, else on a worker with
/// the old figures standing; of several requests the last one wins.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);

    Focus& focus() { return *m_focus; }
    const Focus& focus() const { return *m_focus; }
    Lens& lens() { return *m_lens; }
    const Lens& lens() const { return *m_lens; }
    Finder& finder() { return *m_finder; }
    const Finder& finder() const { return *m_finder; }
    Outline& outline() { return m_outline; }
    const Outline& outline() const { return m_outline; }
    QUndoStack& undoStack() { return *m_undoStack; }

    bool hasModel() const { return m_model != nullptr; }
    /// These require a model.
    const Model& model() const { return *m_model; }
    std::shared_ptr<const Model> sharedModel() const { return m_model; }
    const Run& run() const { return *m_run; }
    std::shared_ptr<const Run> sharedRun() const { return m_run; }
    /// The run that changes are told against: the one the model opened with until another is pinned.
    const Run& baseline() const { return *m_baseline; }
    bool isAtBaseline() const { return m_settings == m_baselineSettings; }

    const Convention& convention() const { return *m_convention; }
    void setConvention(const Convention& convention); ///< an entry of conventions()

    /// Puts the parent of the sunburst's root into the middle.
    void zoomUp();

    /// Inputs that are set, the others at their default.
    const std::vector<Assignment>& settings() const { return m_settings; }
    bool isSet(std::string_view input) const;

    /// Shows another model, or the same one read again (inputs and places kept where they still exist).
    /// An error leaves everything as it was.
    Result<void> show(Model model);
    /// The same with its first run, counted elsewhere in so many milliseconds; `problem` is why nothing of it
    /// ran.
    void show(Model model, Run run, double elapsedMilliseconds, std::optional<Error> problem = {});
    void close();

    /// Sets one input; an empty value is its default. While `isMoving` (a slider is held) all changes of this
    /// input are one undo step; figures follow at most once a frame. Settings that exclude the new value
    /// are dropped.
    void setInput(const QString& input, const QString& value, bool isMoving = false);
    /// Sets several inputs as one undo step: all of them, or none if one is refused.
    void setInputs(const std::vector<Assignment>& values, bool isMoving = false);
    /// The slider was let go.
    void endMove();
    /// Whether the model is so large that views cannot look at every operator within a frame.
    bool isLarge() const;
    /// A slider is held on a large model: what looks at every operator waits for moveEnded().
    bool isBusyMoving() const { return m_isMoving && isLarge(); }
    void reset();       ///< all inputs as the model opened with, one undo step
    void pinBaseline(); ///< compare with the present run from now on
    /// Inputs of the baseline that are set.
    const std::vector<Assignment>& baselineInputs() const { return m_baselineSettings; }
    /// Takes up a convention, all inputs and those of the baseline, without an undo step; what the model
    /// cannot take is refused as always. Figures are up to date when it returns.
    void restore(const Convention& convention, const std::vector<Assignment>& inputs,
                 const std::vector<Assignment>& baseline);
    /// Another outline than the user's own doing made it: tables show it from now on.
    void setOutline(Outline outline);
    /// Goes to the match of the search after (or before) what is selected.
    void selectMatch(bool backwards);
    /// Counts what is pending now, and returns when figures are up to date.
    void settle();

    /// Makes two sessions the sides of a comparison: the other one's steps go on this one's undo stack.
    void join(Session& other);
    /// While linked, inputs that are set here are set in the joined session too, as one undo step, where it
    /// offers them. Requires join().
    void setLinked(bool isLinked) { m_isLinked = isLinked; }
    /// Sets inputs without an undo step; those that this model refuses stay as they are.
    void adopt(const std::vector<Assignment>& values);
    /// Each of two joined sessions shows what the other one showed. Undo goes with the models.
    void exchange();

    /// Why nothing of the present run ran: a program that refuses these inputs. Else nothing.
    const std::optional<Error>& problem() const { return m_problem; }

    bool isCounting() const { return m_counting.isBusy(); }
    /// Forgets what is being counted, and goes back to the inputs of the figures that are shown.
    void cancelCount();
    double elapsedMilliseconds() const { return m_elapsedMilliseconds; } ///< of the latest count

Q_SIGNALS:
    void modelChanged();      ///< other modules, or none: node ids are new
    void figuresChanged();    ///< the same modules with new numbers
    void inputsChanged();     ///< settings, at once; figures follow
    void conventionChanged(); ///< figures follow
    void moveEnded();
    void baselineChanged();
    void countingChanged();
    void problemChanged();
    void outlineReplaced(); ///< open rows and sorting are others, of the same modules
    /// An input that the model cannot take; settings are back to what they were.
    void refused(const sunflop::Error& error);

private:
    friend class SetSettings;
    using Settings = std::vector<Assignment>;
    /// What one step does to the session that shows a model.
    struct Change {
        std::shared_ptr<const Model> model;
        Settings before;
        Settings after;
    };
    struct Counted {
        Settings settings;
        Attempt attempt;
        std::shared_ptr<const Run> baseline;  ///< counted again under another convention; else null
        std::shared_ptr<const Run> structure; ///< what its modules were compared with
        bool hasSameModules = false;
        double elapsedMilliseconds = 0;
    };

    bool shows(const Model& model) const;
    Unfolding unfolding() const; ///< as the lens wants it
    Settings without(const Settings& settings, std::string_view input) const;
    /// The settings with new values, less what excludes them.
    Result<Settings> with(const std::vector<Assignment>& values) const;
    QString titlesOf(const std::vector<Assignment>& values) const;
    void push(std::vector<Change> changes, const QString& inputs, bool isMoving);
    /// This session or the joined one; null if neither shows the model any more.
    Session* showing(const Model* model);
    void forgetSteps();
    void apply(const Settings& settings);
    void requestCount();
    void count();
    void take(Counted counted);
    void setProblem(std::optional<Error> problem);
    void returnToCounted();

    Focus* m_focus;
    Lens* m_lens;
    Finder* m_finder;
    QUndoStack* m_undoStack; ///< of both, where two are joined
    Session* m_joined = nullptr;
    Outline m_outline;
    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Run> m_run;
    std::shared_ptr<const Run> m_baseline;
    std::shared_ptr<const Run> m_structure; ///< the first run with the present modules
    Settings m_settings;
    Settings m_countedSettings;
    std::optional<Error> m_problem;
    Settings m_baselineSettings;
    const Convention* m_convention;
    Latest<Counted> m_counting;
    QTimer* m_frame;
    bool m_isMoving = false;
    bool m_isLinked = false;
    int m_move = 0; ///< number of the present drag, so that two drags are two undo steps
    double m_elapsedMilliseconds = 0;
};

} // namespace sunflop
