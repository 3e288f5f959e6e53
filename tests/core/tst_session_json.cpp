// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_json.h"
#include "tests/support/text.h"

#include <nlohmann/json.hpp>

#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

namespace {

const std::string hash(64, 'a');

/// A state in which nothing is at its default.
SessionState full()
{
    SessionState state;
    state.program = "0.1.0";
    state.continues = "study.sunflop.json";
    state.models = {{.source = {.path = "models/ovis.json", .fingerprint = {1270, hash}},
                     .inputs = {{"batch", "8"}, {"text_tokens", "4096"}},
                     .convention = "calflops",
                     .baseline = std::vector<Assignment>{{"batch", "1"}}},
                    {.source = {.bundled = "internvl2-1b", .fingerprint = {900, hash}},
                     .baseline = std::vector<Assignment>{}}};
    state.view = {.measure = "params",
                  .colour = "depth",
                  .rings = 3,
                  .foldsRepeats = false,
                  .showsLabels = false,
                  .root = "llm",
                  .selected = "llm.model.layers.17.mlp",
                  .search = "\"quoted\" \\ ünïcödé \n mlp",
                  .tab = "by_type",
                  .sweptInput = "batch",
                  .sorting = ViewState::Sorting{"flops", true},
                  .expanded = std::vector<std::string>{"", "llm", "llm.model.layers.0-35"}};
    state.comparison = ComparisonState{.pairs = {{"visual_tokenizer.head", "mlp1"}, {"", ""}},
                                       .linksInputs = false,
                                       .sharesScale = false,
                                       .focus = "b"};
    state.figure = Config({{"preset", "paper-single"}, {"millimetres", 88.9}, {"later", {{"key", nullptr}}}});
    return state;
}

SessionState plain()
{
    SessionState state;
    state.models = {{.source = {.bundled = "ovis2-4b"}}};
    return state;
}

std::string problem(const std::string& text)
{
    const auto state = readSession(text);
    return state ? "none" : state.error().text();
}

} // namespace

class TestSessionJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsWrittenIsReadAgain()
    {
        for (const SessionState& state : {full(), plain()}) {
            const std::string text = sessionText(state);
            const auto again = readSession(text);
            QVERIFY2(again, again ? "" : again.error().text().c_str());
            QVERIFY(*again == state);
            QCOMPARE(lines(sessionText(*again)), lines(text));
        }
    }

    void keysStandInTheirOrderAndDefaultsThatAreNothingAreLeftOut()
    {
        QCOMPARE(lines(sessionText(plain())), lines(R"({
  "sunflop": 1,
  "models": [
    {
      "source": {
        "bundled": "ovis2-4b"
      },
      "inputs": {},
      "convention": "exact"
    }
  ],
  "view": {
    "measure": "flops",
    "colour": "role",
    "rings": 8,
    "folds": true,
    "labels": true
  }
}
)"));
    }

    void whatIsMissingIsAtItsDefault()
    {
        const auto state = readSession(R"({"sunflop": 1, "models": [{"source": {"bundled": "ovis2-4b"}}]})");
        QVERIFY(state);
        QVERIFY(*state == plain());
    }

    void aFileThatEndsTooEarlyIsRefusedAtEveryByte()
    {
        const std::string text = sessionText(full());
        // Without its last byte, a newline, it is whole.
        for (std::size_t size = 0; size + 1 < text.size(); ++size) {
            const auto state = readSession(text.substr(0, size));
            QVERIFY2(!state, std::to_string(size).c_str());
            const bool isNamed = q(state.error().text()).contains(q(size == 0 ? "empty" : "no valid JSON"));
            QVERIFY2(isNamed, state.error().text().c_str());
        }
        QVERIFY(readSession(text.substr(0, text.size() - 1)));
    }

    void aFlippedByteNeverCrashes()
    {
        const std::string text = sessionText(full());
        for (std::size_t i = 0; i < text.size(); ++i)
            for (const char byte : {'\0', '"', '{', '9', '\xff'}) {
                std::string other = text;
                other[i] = byte;
                const auto state = readSession(other);
                QVERIFY(state || !state.error().detail.empty());
            }
    }

    void everyKeyRefusesOtherTypes()
    {
        // Of each key of a full session, a value of every type but null, which counts as missing.
        const auto session = nlohmann::json::parse(sessionText(full()));
        const auto flat = session.flatten();
        int refused = 0;
        for (const auto& entry : flat.items()) {
            const nlohmann::json::json_pointer pointer(entry.key());
            if (entry.key().starts_with("/figure"))
                continue; // another's
            for (const nlohmann::json& other :
                 {nlohmann::json(true), nlohmann::json(-1.5), nlohmann::json("x"),
                  nlohmann::json::array({nlohmann::json::object()}), nlohmann::json{{"a", 1}}}) {
                if (other.type() == entry.value().type())
                    continue;
                nlohmann::json changed = session;
                changed[pointer] = other;
                const auto state = readSession(changed.dump());
                QVERIFY2(!state, (entry.key() + " = " + other.dump()).c_str());
                ++refused;
            }
        }
        QVERIFY(refused > 100);
    }

    void aNewerFormatIsRefusedByName()
    {
        std::string text = sessionText(full());
        text.replace(text.find("\"sunflop\": 1"), 12, "\"sunflop\": 7, \"unheard\": []");
        QCOMPARE(q(problem(text)),
                 q("sunflop: session format 7, written by Sunflop 0.1.0; expected format 1 or older, a newer "
                   "program reads it"));
    }

    void anotherKeyIsRefusedRatherThanForgotten()
    {
        std::string text = sessionText(full());
        text.replace(text.find("\"labels\""), 8, "\"lables\"");
        QVERIFY2(
            q(problem(text)).startsWith(q("view.lables: unknown in format 1, expected one such as labels")),
            problem(text).c_str());
    }
};

QTEST_APPLESS_MAIN(TestSessionJson)
#include "tst_session_json.moc"
