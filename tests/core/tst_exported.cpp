// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/format.h"
#include "core/formats/torchexport/graph.h"
#include "core/formats/torchexport/modules.h"
#include "core/model/argument.h"
#include "tests/support/text.h"
#include "tests/support/zipped.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <algorithm>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

/// {"as_int": 4}, or the expression of a text.
Json sizeOf(const std::string& text, std::int64_t hint)
{
    const bool isNumber = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return isNumber ? Json{{"as_int", std::stoll(text)}}
                    : Json{{"as_expr", {{"expr_str", text}, {"hint", {{"as_int", hint}}}}}};
}

/// Float32 on the CPU, contiguous where it matters not.
Json tensor(const std::vector<std::string>& sizes, std::int64_t hint = 2)
{
    Json meta{{"dtype", 7}, {"sizes", Json::array()}, {"strides", Json::array()}};
    for (const std::string& size : sizes)
        meta["sizes"].push_back(sizeOf(size, hint));
    return meta;
}

/// A JSON list: braces around a single value may mean the value.
template<typename... Items>
Json list(const Items&... items)
{
    Json values = Json::array();
    (values.push_back(items), ...);
    return values;
}

Json reference(const char* name)
{
    return {{"as_tensor", {{"name", name}}}};
}

Json argument(const char* name, Json value)
{
    return {{"name", name}, {"arg", std::move(value)}, {"kind", 1}};
}

Json node(const char* target, Json inputs, Json outputs, const char* stack = nullptr)
{
    Json metadata = Json::object();
    if (stack != nullptr)
        metadata["nn_module_stack"] = stack;
    return {{"target", target},
            {"inputs", std::move(inputs)},
            {"outputs", std::move(outputs)},
            {"metadata", metadata},
            {"name", "node"}};
}

constexpr auto linearStack = "L__self__,,models.Small;L__self__layer,layer,torch.nn.modules.linear.Linear";

/// x [batch, 8] -> linear -> y [batch, 4], where batch is s0.
Json small()
{
    return Json::parse(R"({
        "graph_module": {
            "graph": {"inputs": [{"as_tensor": {"name": "p_layer_weight"}}, {"as_tensor": {"name": "x"}}],
                      "outputs": [{"as_tensor": {"name": "y"}}],
                      "nodes": [], "tensor_values": {}, "sym_int_values": {}},
            "signature": {"input_specs": [
                {"parameter": {"arg": {"name": "p_layer_weight"}, "parameter_name": "layer.weight"}},
                {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}]},
            "module_call_graph": [{"fqn": "", "signature": null}, {"fqn": "layer", "signature": null}]},
        "range_constraints": {"s0": {"min_val": 2, "max_val": 64}}, "guards_code": []})");
}

Json& graphOf(Json& program)
{
    return program["graph_module"]["graph"];
}

Json& specsOf(Json& program)
{
    return program["graph_module"]["signature"]["input_specs"];
}

Json linearProgram()
{
    Json program = small();
    Json& graph = graphOf(program);
    graph["tensor_values"] = {
        {"p_layer_weight", tensor({"4", "8"})}, {"x", tensor({"s0", "8"})}, {"y", tensor({"s0", "4"})}};
    graph["nodes"].push_back(
        node("torch.ops.aten.linear.default",
             list(argument("input", reference("x")), argument("weight", reference("p_layer_weight"))),
             list(reference("y")), linearStack));
    return program;
}

/// Two arguments, x [first] and z [second], which relu is called with.
Json unaryProgram(const std::string& first, const std::string& second, std::int64_t firstHint,
                  std::int64_t secondHint)
{
    Json program = small();
    Json& graph = graphOf(program);
    graph["tensor_values"] = {{"x", tensor({first}, firstHint)},
                              {"z", tensor({second}, secondHint)},
                              {"y", tensor({first}, firstHint)}};
    graph["nodes"].push_back(
        node("torch.ops.aten.relu.default", list(argument("self", reference("x"))), list(reference("y"))));
    specsOf(program) = list(Json{{"user_input", {{"arg", reference("x")}}}},
                            Json{{"user_input", {{"arg", reference("z")}}}});
    return program;
}

Result<Source> openedArchive(const std::vector<ZipMember>& members)
{
    for (const Format& format : formats())
        if (format.id == "exported") {
            const Bytes bytes = Bytes::of(zipped(members));
            return format.sniff(bytes) ? format.read({bytes, "small", {}})
                                       : failure(ErrorKind::Unsupported, {}, "not sniffed");
        }
    return failure(ErrorKind::NotFound, {}, "no such format");
}

Result<Source> opened(const Json& program)
{
    return openedArchive({{"small/archive_format", "pt2"}, {"small/models/model.json", program.dump()}});
}

/// The run at these texts of all arguments; an empty one is not set.
Result<Recorded> recorded(const Source& source, const std::vector<std::string>& texts)
{
    std::vector<Argument> arguments;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const Input& input = source.program->arguments[i];
        arguments.push_back(
            {std::string(input.id), texts[i].empty() ? input.defaultValue : texts[i], !texts[i].empty()});
    }
    return source.program->record(arguments, Mode::Inference);
}

/// "aten.linear.default 5x4" of every call.
QStringList callsOf(const Recorded& run)
{
    QStringList calls;
    for (const RecordedCall& call : run.graph->calls) {
        QString line = q(call.target);
        for (const TensorIndex result : call.results) {
            Sizes sizes;
            for (const RecordedSize size : run.graph->tensors[static_cast<std::size_t>(result.index)].sizes)
                sizes.push_back(run.at(size));
            line += QLatin1Char(' ') + q(shapesText(std::vector<Sizes>{sizes}));
        }
        calls << line;
    }
    return calls;
}

QString refusal(const Json& program)
{
    const auto source = opened(program);
    return source ? QString() : q(source.error().text());
}

} // namespace

class TestExported : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void parametersThatAreNotTrainedAreKnown()
    {
        Json program = linearProgram();
        Json& tensors = graphOf(program)["tensor_values"];
        tensors["p_layer_bias"] = tensor({"4"});
        graphOf(program)["inputs"].push_back(reference("p_layer_bias"));
        specsOf(program).push_back(Json::parse(
            R"({"parameter": {"arg": {"name": "p_layer_bias"}, "parameter_name": "layer.bias"}})"));
        const auto trained = [&](bool weight, bool bias) {
            tensors["p_layer_weight"]["requires_grad"] = weight;
            tensors["p_layer_bias"]["requires_grad"] = bias;
            std::vector<bool> flags;
            const auto source = opened(program);
            if (source)
                for (const StoredTensor& tensor : source->stored->tensors)
                    flags.push_back(tensor.trainable);
            return flags;
        };
        QCOMPARE(trained(true, true), (std::vector<bool>{true, true}));
        QCOMPARE(trained(true, false), (std::vector<bool>{true, false}));
        // Where nothing would be trained, the flags were dropped.
        QCOMPARE(trained(false, false), (std::vector<bool>{true, true}));
    }

    void callsFollowTheArguments()
    {
        const auto source = opened(linearProgram());
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const Input& x = source->program->arguments.at(0);
        QCOMPARE(q(x.id), q("x"));
        QCOMPARE(q(x.defaultValue), q("2x8"));
        QVERIFY(x.dimensions[0].isFree && !x.dimensions[1].isFree);
        QCOMPARE(x.dimensions[0].minimum, 1); // 2 is what PyTorch writes for "any"
        QCOMPARE(x.dimensions[0].maximum, 64);
        QCOMPARE(callsOf(*recorded(*source, {"5x8"})), QStringList{q("aten.linear.default 5x4")});
        QCOMPARE(callsOf(*recorded(*source, {""})), QStringList{q("aten.linear.default 2x4")});
        QVERIFY(!recorded(*source, {"65x8"}));
        QVERIFY(!recorded(*source, {"5x9"}));
        QVERIFY(!recorded(*source, {"5"}));
    }

    void knowsModulesAndParameters()
    {
        const auto source = opened(linearProgram());
        QVERIFY(source);
        const Stored& stored = *source->stored;
        QCOMPARE(stored.modules.size(), 2U);
        QCOMPARE(q(stored.modules[0].className), q("Small"));
        QCOMPARE(q(stored.modules[1].path), q("layer"));
        QCOMPARE(q(stored.modules[1].className), q("Linear"));
        QCOMPARE(stored.tensors.size(), 1U);
        QCOMPARE(q(stored.tensors[0].name), q("layer.weight"));
        QCOMPARE(stored.tensors[0].bytes.value(), 4 * 8 * 4);
        QCOMPARE(recorded(*source, {""})->graph->calls[0].module, 1);
    }

    void aScaledSizeIsSolvedForItsSymbol()
    {
        const auto source = opened(unaryProgram("8*s1", "s2", 16, 3));
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QVERIFY(source->program->arguments[0].dimensions[0].isFree);
        QCOMPARE(source->program->arguments[0].dimensions[0].minimum, 8);
        QCOMPARE(callsOf(*recorded(*source, {"24", ""})), QStringList{q("aten.relu.default 24")});
        const auto refused = recorded(*source, {"25", ""});
        QVERIFY(!refused);
        QVERIFY2(q(refused.error().text()).contains(q("8 times a whole number")),
                 refused.error().text().c_str());
    }

    void aDerivedSizeFollowsOrContradicts()
    {
        const auto source = opened(unaryProgram("2*s1", "s1", 6, 3));
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QVERIFY(!source->program->arguments[0].dimensions[0].isFree);
        QCOMPARE(callsOf(*recorded(*source, {"", "7"})), QStringList{q("aten.relu.default 14")});
        QCOMPARE(callsOf(*recorded(*source, {"10", ""})), QStringList{q("aten.relu.default 10")});
        QCOMPARE(callsOf(*recorded(*source, {"14", "7"})), QStringList{q("aten.relu.default 14")});
        const auto refused = recorded(*source, {"10", "7"});
        QVERIFY(!refused);
        QCOMPARE(q(refused.error().text()), q("x[0]: 10, but z[0] is 7: the program takes it to be 14"));
    }

    void equalSymbolsAreEqualSizes()
    {
        const auto source = opened(unaryProgram("s1", "s1", 3, 3));
        QVERIFY(source);
        const auto symbolOf = [&](std::size_t i) {
            return source->program->arguments[i].dimensions[0].symbol;
        };
        QCOMPARE(symbolOf(0), symbolOf(1));
        const auto refused = recorded(*source, {"4", "5"});
        QVERIFY(!refused);
        QCOMPARE(q(refused.error().text()), q("z[0]: 5, but x[0] is 4: the program takes them to be equal"));
    }

    void boundsOfGuardsAreRanges()
    {
        Json program = unaryProgram("s1", "s2", 3, 3);
        program["guards_code"] = {"L['x'].size()[0] <= 512", "4 < L['z'].size()[0]",
                                  "L['x'].size()[0] % 2 == 1", "some other thing"};
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QCOMPARE(source->program->arguments[0].dimensions[0].maximum, 512);
        QCOMPARE(source->program->arguments[1].dimensions[0].minimum, 5);
        QVERIFY(recorded(*source, {"5", "6"})->notes.empty());
        const auto notes = recorded(*source, {"6", "6"})->notes;
        QCOMPARE(notes.size(), 1U);
        QVERIFY(q(notes[0]).contains(q("L['x'].size()[0] % 2 == 1")));
    }

    void sizesOfUnknownValuesAreTold()
    {
        Json program = linearProgram();
        graphOf(program)["tensor_values"]["y"] = {
            {"dtype", 7},
            {"sizes", list(Json{{"as_expr", {{"expr_str", "u0"}, {"hint", nullptr}}}})},
            {"strides", Json::array()}};
        program["range_constraints"]["u0"] = {{"min_val", 3}, {"max_val", 9}};
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QCOMPARE(source->notes.size(), 1U);
        QVERIFY2(q(source->notes[0]).contains(q("u0 = 3")), source->notes[0].c_str());
        QCOMPARE(callsOf(*recorded(*source, {""})), QStringList{q("aten.linear.default 3")});
    }

    void containersNameTheirParts()
    {
        Json program = unaryProgram("s1", "s2", 3, 3);
        const auto container = [](const char* type, const char* context, const Json& children) {
            return Json{{"type", type}, {"context", context}, {"children_spec", children}};
        };
        const Json leaf{{"type", nullptr}, {"context", nullptr}, {"children_spec", Json::array()}};
        const Json batch = container("builtins.dict", "[\"tokens\"]", list(leaf));
        const Json both = container("builtins.tuple", "null",
                                    list(container("builtins.tuple", "null", list(batch)),
                                         container("builtins.dict", "[\"mask\"]", list(leaf))));
        program["graph_module"]["module_call_graph"][0]["signature"] = {
            {"in_spec", list(1, both).dump()}, {"forward_arg_names", list("batch", "mask")}};
        const auto source = opened(program);
        QVERIFY(source);
        QCOMPARE(q(source->program->arguments[0].id), q("batch.tokens"));
        QCOMPARE(q(source->program->arguments[0].dimensions[0].id), q("batch.tokens[0]"));
        QCOMPARE(q(source->program->arguments[1].id), q("mask"));
    }

    void wholeNumbersAreInputsAfterTheShapes()
    {
        Json program = unaryProgram("s1", "s2", 3, 3);
        graphOf(program)["sym_int_values"]["n"] = sizeOf("s3", 4);
        graphOf(program)["tensor_values"]["y"] = tensor({"s1 + s3"}, 7);
        program["range_constraints"]["s3"] = {{"min_val", 2}, {"max_val", 9}};
        specsOf(program) = list(Json{{"user_input", {{"arg", {{"as_sym_int", {{"as_name", "n"}}}}}}}},
                                Json{{"constant_input", {{"name", "flag"}, {"value", {{"as_bool", true}}}}}},
                                Json{{"user_input", {{"arg", reference("x")}}}});
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QCOMPARE(source->program->arguments.size(), 2U);
        const Input& n = source->program->arguments[1];
        QCOMPARE(q(n.id), q("n"));
        QCOMPARE(q(n.defaultValue), q("4"));
        QVERIFY(n.scale == InputScale::Linear && n.maximum == 9);
        QCOMPARE(callsOf(*recorded(*source, {"5", "8"})), QStringList{q("aten.relu.default 13")});
        QVERIFY(!recorded(*source, {"5", "10"}));
    }

    void theOldLayoutIsRead()
    {
        Json program = linearProgram();
        Json& values = graphOf(program)["tensor_values"];
        for (auto& value : values)
            value = {{"meta", value}};
        values["x"]["meta"]["sizes"][0]["as_expr"]["hint"] = 6; // a number before PyTorch 2.2
        program["graph_module"]["signature"] = {
            {"inputs_to_parameters", {{"p_layer_weight", "layer.weight"}}},
            {"inputs_to_buffers", Json::object()},
            {"user_inputs", list("x")}};
        const auto source =
            openedArchive({{"version", "1"}, {"serialized_exported_program.json", program.dump()}});
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QCOMPARE(q(source->stored->tensors.at(0).name), q("layer.weight"));
        QCOMPARE(q(source->program->arguments.at(0).defaultValue), q("6x8"));
        QCOMPARE(callsOf(*recorded(*source, {"3x8"})), QStringList{q("aten.linear.default 3x4")});
    }

    void numbersThatJsonLacksAreRead()
    {
        std::string text = linearProgram().dump();
        const std::string name = "\"range_constraints\"";
        text.insert(text.find(name), "\"extra\": [-Infinity, NaN, \"NaN\"], ");
        const auto source = openedArchive({{"small/models/model.json", text}});
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
    }

    void theFirstOfSeveralModelsIsRead()
    {
        const auto source = openedArchive(
            {{"small/models/one.json", linearProgram().dump()}, {"small/models/two.json", "{}"}});
        QVERIFY(source);
        QCOMPARE(source->notes.size(), 1U);
        QVERIFY(q(source->notes[0]).contains(q("2 models; this is small/models/one.json")));
    }

    void compiledModelsAreRefusedByName()
    {
        const auto source =
            openedArchive({{"small/archive_format", "pt2"}, {"small/data/aotinductor/model/a.so", "x"}});
        QVERIFY(!source);
        QVERIFY2(q(source.error().text()).contains(q("AOTInductor")), source.error().text().c_str());
    }

    void tiesByTheMemberThatHoldsBoth_data()
    {
        QTest::addColumn<int>("held");
        QTest::addColumn<bool>("isTied");
        QTest::newRow("weights are there") << 4 * 8 * 4 << true;
        QTest::newRow("weights are missing") << 0 << false;
    }

    void tiesByTheMemberThatHoldsBoth()
    {
        QFETCH(int, held);
        QFETCH(bool, isTied);
        Json program = linearProgram();
        graphOf(program)["tensor_values"]["p_other_weight"] = tensor({"4", "8"});
        specsOf(program).push_back(
            {{"parameter", {{"arg", {{"name", "p_other_weight"}}}, {"parameter_name", "a.b.weight"}}}});
        graphOf(program)["nodes"].push_back(node("torch.ops.aten.neg.default",
                                                 list(argument("self", reference("p_other_weight"))),
                                                 Json::array()));
        Json place{{"path_name", "weight_0"}, {"tensor_meta", tensor({"4", "8"})}};
        place["tensor_meta"]["device"] = {{"type", "cpu"}};
        const Json config{{"config", {{"layer.weight", place}, {"a.b.weight", place}}}};
        const auto source = openedArchive(
            {{"small/models/model.json", program.dump()},
             {"small/data/weights/model_weights_config.json", config.dump()},
             {"small/data/weights/weight_0", std::string(static_cast<std::size_t>(held), '0')}});
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const auto& tensors = source->stored->tensors;
        QCOMPARE(tensors[0].memory >= 0 && tensors[0].memory == tensors[1].memory, isTied);
    }

    void anUnusedParameterIsTheOneThatItsModuleUses()
    {
        Json program = linearProgram();
        // "layer" is called with the weight of "head", and its own is used nowhere.
        Json& graph = graphOf(program);
        graph["tensor_values"]["p_head_weight"] = tensor({"4", "8"});
        graph["nodes"][0]["inputs"][1] = argument("weight", reference("p_head_weight"));
        specsOf(program).push_back(
            {{"parameter", {{"arg", {{"name", "p_head_weight"}}}, {"parameter_name", "head.weight"}}}});
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const auto& tensors = source->stored->tensors;
        QVERIFY(tensors[0].memory >= 0);
        QCOMPARE(tensors[0].memory, tensors[1].memory);
        QCOMPARE(source->notes.size(), 1U);
        QVERIFY(q(source->notes[0]).startsWith(q("layer.weight is taken to be tied to head.weight")));
    }

    void aConditionIsItsMoreExpensiveBranch()
    {
        Json program = linearProgram();
        Json& graph = graphOf(program);
        const Json values = graph["tensor_values"];
        const Json inputs = list(reference("x"), reference("p_layer_weight"));
        const Json expensive{{"inputs", inputs},
                             {"outputs", list(reference("y"))},
                             {"nodes", graph["nodes"]},
                             {"tensor_values", values}};
        Json cheap = expensive;
        cheap["nodes"] = list(node("torch.ops.aten.relu.default", list(argument("self", reference("x"))),
                                   list(reference("y"))));
        graph["nodes"] = list(node(
            "torch.ops.higher_order.cond",
            list(argument("", reference("x")),
                 argument("", {{"as_graph", {{"name", "true_graph_0"}, {"graph", cheap}}}}),
                 argument("", {{"as_graph", {{"name", "false_graph_0"}, {"graph", expensive}}}}),
                 argument("", {{"as_tensors", list(Json{{"name", "x"}}, Json{{"name", "p_layer_weight"}})}})),
            list(Json{{"as_tensors", list(Json{{"name", "y"}})}})));
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        QCOMPARE(callsOf(*recorded(*source, {"3x8"})), QStringList{q("aten.linear.default 3x4")});
        QCOMPARE(source->notes.size(), 1U);
        QVERIFY(q(source->notes[0]).contains(q("counted as false")));
    }

    void aLoopOverKnownSlicesIsUnrolled()
    {
        Json program = unaryProgram("3", "s2", 3, 3);
        Json& graph = graphOf(program);
        const Json body{
            {"inputs", list(reference("slice"))},
            {"outputs", list(reference("made"))},
            {"nodes", list(node("torch.ops.aten.neg.default", list(argument("self", reference("slice"))),
                                list(reference("made"))))},
            {"tensor_values", {{"slice", tensor({})}, {"made", tensor({})}}}};
        graph["nodes"] = list(node("torch.ops.higher_order.map_impl",
                                   list(argument("", {{"as_graph", {{"name", "body"}, {"graph", body}}}}),
                                        argument("", {{"as_tensors", list(Json{{"name", "x"}})}}),
                                        argument("", {{"as_tensors", Json::array()}})),
                                   list(Json{{"as_tensors", list(Json{{"name", "y"}})}})));
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const QStringList turn{q("aten.select.int scalar"), q("aten.neg.default scalar")};
        QCOMPARE(callsOf(*recorded(*source, {"", ""})),
                 turn + turn + turn + QStringList{q("aten.stack.default 3")});
        QVERIFY(source->notes.empty());
    }

    void pathsOfStacksAreDottedNames_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("path");
        const auto row = [](const char* text, const char* path) {
            QTest::newRow(text) << QString(q(text)) << QString(q(path));
        };
        row("", "");
        row("model.layers.0", "model.layers.0");
        row("L['self'].fc1", "fc1");
        row("L['self']._modules['blocks']._modules['3']", "blocks.3");
        row("layers.slice(None, 2, None)._modules.1", "layers.1");
        row("layers.slice(4, 8, None).1.attn", "layers.5.attn");
        row("shared@1", "shared");
        row("_modules.encoder._modules.0", "encoder.0");
    }

    void pathsOfStacksAreDottedNames()
    {
        QFETCH(QString, text);
        QFETCH(QString, path);
        QCOMPARE(q(modulePathOf(text.toStdString())), path);
    }

    void stacksAreSplitOutsideOfBrackets()
    {
        ExportedModules modules;
        const std::int32_t module =
            modules.moduleOf("L__self__,,a.Root;key,blocks.slice(0, 2, None)._modules.1,a.Block[int, str]");
        QCOMPARE(q(modules.path(module)), q("blocks.1"));
        QCOMPARE(modules.moduleOf("_empty_nn_module_stack_from_metadata_hook,"
                                  "_empty_nn_module_stack_from_metadata_hook,"
                                  "_empty_nn_module_stack_from_metadata_hook"),
                 0);
        const auto stored = std::move(modules).finish();
        QCOMPARE(stored.size(), 3U);
        QCOMPARE(q(stored[1].className), q("ModuleList"));
        QVERIFY(stored[1].isContainer);
        QCOMPARE(q(stored[2].className), q("Block[int, str]"));
    }

    void pythonsCallsAreTold_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("target");
        QTest::addColumn<int>("spelling");
        QTest::addColumn<QString>("function");
        const auto row = [](const char* key, const char* text, const char* target, Spelling spelling,
                            const char* function) {
            QTest::addRow("%s of %s", text, target)
                << q(key) << q(text) << q(target) << static_cast<int>(spelling) << q(function);
        };
        const auto torch = [&](const char* text, const char* target, Spelling spelling,
                               const char* function) { row("torch_fn", text, target, spelling, function); };
        torch("linear_1;builtin_function_or_method.linear", "aten.addmm.default", Spelling::Functional,
              "linear");
        torch("relu_1;function.relu", "aten.relu_.default", Spelling::Functional, "relu");
        torch("relu_2;builtin_function_or_method.relu", "aten.relu.default", Spelling::Function, "relu");
        torch("relu__1;method_descriptor.relu_", "aten.relu_.default", Spelling::InPlace, "relu");
        torch("softmax_1;method_descriptor.softmax", "aten.softmax.int", Spelling::Method, "softmax");
        torch("f_1;function.multi_head_attention_forward", "aten.softmax.int", Spelling::Functional,
              "softmax");
        torch("f_2;function.multi_head_attention_forward", "aten.bmm.default", Spelling::Functional, "bmm");
        torch("f_3;function.gumbel_softmax", "aten.softmax.int", Spelling::Function, "softmax");
        torch("div_1;builtin_function_or_method.div", "aten.div.Tensor", Spelling::Function, "div");
        torch("add_1;method_descriptor.add", "aten.add.Tensor", Spelling::Operator, "add");
        torch("__and___1;method_descriptor.__and__", "aten.__and__.Tensor", Spelling::Operator, "__and__");
        torch("__getitem___1;wrapper_descriptor.__getitem__", "aten.index.Tensor", Spelling::Operator,
              "__getitem__");
        torch("view_1;method_descriptor.view", "aten.view.default", Spelling::Method, "view");
        torch("add__1;method_descriptor.add_", "aten.add_.Tensor", Spelling::InPlace, "add");
        const auto source = [&](const char* text, const char* target, Spelling spelling,
                                const char* function) {
            row("source_fn_stack", text, target, spelling, function);
        };
        source("layer,torch.nn.Linear;linear,torch.nn.functional.linear", "aten.linear.default",
               Spelling::Functional, "linear");
        source("softmax,torch.softmax", "aten.softmax.int", Spelling::Function, "softmax");
        source("relu,torch.nn.modules.activation.ReLU", "aten.relu_.default", Spelling::Functional, "relu");
        source("add,_operator.add", "aten.add.Tensor", Spelling::Operator, "add");
        source("iadd,_operator.iadd", "aten.add_.Tensor", Spelling::InPlace, "add");
        source("view,view", "aten.view.default", Spelling::Method, "view");
        source("", "aten.softmax.int", Spelling::Functional, "softmax");
    }

    void pythonsCallsAreTold()
    {
        QFETCH(QString, key);
        QFETCH(QString, text);
        QFETCH(QString, target);
        QFETCH(int, spelling);
        QFETCH(QString, function);
        const Json metadata{{key.toStdString(), text.toStdString()}};
        const CalledAs call = calledBy(&metadata, target.toStdString());
        QCOMPARE(static_cast<int>(call.spelling), spelling);
        QCOMPARE(q(call.function), function);
    }

    void hostileProgramsAreRefused_data()
    {
        QTest::addColumn<QString>("error");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const Json& program, const char* expected) {
            QTest::newRow(name) << refusal(program) << QString(q(expected));
        };
        const auto with = [](const auto& change) {
            Json program = linearProgram();
            change(program, graphOf(program));
            return program;
        };
        row("an argument that nothing makes", with([](Json&, Json& graph) {
                graph["nodes"][0]["inputs"][0] = argument("input", reference("later"));
            }),
            "found \"later\", which nothing before it makes");
        row("a result without sizes", with([](Json&, Json& graph) { graph["tensor_values"].erase("y"); }),
            "tensor_values has no \"y\"");
        row("a negative size", with([](Json&, Json& graph) {
                graph["tensor_values"]["y"]["sizes"][1] = {{"as_int", -4}};
            }),
            "found a size of -4");
        row("a huge size", with([](Json&, Json& graph) {
                graph["tensor_values"]["y"]["sizes"][1] = {{"as_int", std::int64_t{1} << 60}};
            }),
            "expected 0 to 281474976710656");
        row("an unknown element type",
            with([](Json&, Json& graph) { graph["tensor_values"]["y"]["dtype"] = 99; }), "number 99");
        row("a parameter of unknown size", with([](Json&, Json& graph) {
                graph["tensor_values"]["p_layer_weight"]["sizes"][0] = sizeOf("s0", 2);
            }),
            "no fixed size");
        row("a size that is no size",
            with([](Json&, Json& graph) { graph["tensor_values"]["y"]["sizes"][1] = "four"; }),
            "found no size");
        row("an unknown function",
            with([](Json&, Json& graph) { graph["tensor_values"]["y"]["sizes"][1] = sizeOf("Zeta(s0)", 2); }),
            "Zeta is unknown");
        row("a node without a target", with([](Json&, Json& graph) { graph["nodes"][0].erase("target"); }),
            "without \"target\"");
        row("nodes of another type", with([](Json&, Json& graph) { graph.erase("nodes"); }),
            "found no graph");
        row("no program", Json::array(), "graph_module");
    }

    void hostileProgramsAreRefused()
    {
        QFETCH(QString, error);
        QFETCH(QString, expected);
        QVERIFY2(error.contains(expected), qPrintable(error));
    }

    void sizesWithoutValueEndTheRunOnly()
    {
        Json program = linearProgram();
        graphOf(program)["tensor_values"]["y"]["sizes"][1] = sizeOf("8 // (s0 - 3)", 2);
        const auto source = opened(program);
        QVERIFY2(source.has_value(), source ? "" : source.error().text().c_str());
        const auto refused = recorded(*source, {"3x8"});
        QVERIFY(!refused);
        QVERIFY2(q(refused.error().text()).contains(q("division by zero")), refused.error().text().c_str());
        QVERIFY(!recorded(*source, {"2x8"})); // -8
        QCOMPARE(callsOf(*recorded(*source, {"5x8"})), QStringList{q("aten.linear.default 5x4")});
    }

    void memoryIsBoundedBeforeItIsTaken()
    {
        const auto lists = openedArchive({{"a/models/model.json", std::string(1'000'000, '[')}});
        QVERIFY(!lists);
        QVERIFY2(q(lists.error().text()).contains(q("deeper than 64")), lists.error().text().c_str());
        std::string many = "[0";
        for (int i = 0; i < 5'000'000; ++i)
            many += ",0";
        const auto values = openedArchive({{"a/models/model.json", many + "]"}});
        QVERIFY(!values);
        QVERIFY2(q(values.error().text()).contains(q("5000002 JSON values")), values.error().text().c_str());
    }
};

QTEST_APPLESS_MAIN(TestExported)
#include "tst_exported.moc"
