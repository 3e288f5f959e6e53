// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/program.h"

#include "app/worker/fake_mode.h"
#include "app/worker/lazy_file.h"
#include "app/worker/legacy_module.h"
#include "app/worker/quantised_layers.h"
#include "app/worker/random_rules.h"
#include "app/worker/run_arguments.h"
#include "app/worker/text_operators.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/runtime/print_handler.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sunflop::worker {

namespace {

using at::Tensor;
using c10::IValue;
using nlohmann::json;

constexpr int deepest = 32;
constexpr std::size_t mostModules = 200'000;

/// The modules of the program that runs, by their object.
thread_local const std::unordered_map<const void*, std::int64_t>* running = nullptr;

void enterModule(torch::jit::Stack& stack)
{
    const IValue self = torch::jit::pop(stack);
    Recorder* recorder = FakeMode::recorder();
    if (recorder == nullptr || running == nullptr)
        return;
    const auto module = running->find(self.toObject().get());
    recorder->enter(module == running->end() ? recorder->module() : module->second);
}

void leaveModule(torch::jit::Stack&)
{
    if (Recorder* recorder = FakeMode::recorder())
        recorder->leave();
}

/// Operators that reach for files, which a model has no need of.
void removeFileOperators()
{
    for (const char* schema : {"aten::save(t item, str filename) -> ()"})
        torch::jit::deregisterOperator(torch::jit::getOperatorForLiteral(schema)->schema());
    std::vector<std::shared_ptr<torch::jit::Operator>> found =
        torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString("aten::from_file"));
    for (const auto& op : found)
        torch::jit::deregisterOperator(op->schema());
}

/// Marks where every method begins and ends, with the object that it belongs to.
void mark(torch::jit::Graph& graph)
{
    if (graph.inputs().empty())
        return;
    torch::jit::Node* enter =
        graph.create(c10::Symbol::fromQualString("sunflop::enter"), {graph.inputs()[0]}, 0);
    graph.prependNode(enter);
    graph.appendNode(graph.create(c10::Symbol::fromQualString("sunflop::leave"), {}, 0));
}

/// Stored tensors become shapes; small ones of integers stay real, and numbers: a quantised layer's scale.
class Emptied {
public:
    Tensor of(const Tensor& tensor)
    {
        const bool isReal =
            tensor.defined() &&
            (tensor.numel() == 1 || tensor.layout() != c10::kStrided || tensor.is_quantized() ||
             (!tensor.is_floating_point() && !tensor.is_complex() && tensor.numel() <= mostRealElements));
        if (!tensor.defined() || tensor.is_meta() || isReal)
            return tensor;
        Tensor& shape = m_shapes[tensor.unsafeGetTensorImpl()];
        if (!shape.defined()) {
            shape = at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
            m_kept.push_back(tensor);
        }
        return shape;
    }

    IValue of(const IValue& value, int depth)
    {
        if (value.isTensor())
            return of(value.toTensor());
        if (value.isList() && depth < deepest) {
            auto list = value.toList();
            for (std::size_t i = 0; i < list.size(); ++i)
                if (const IValue element = list.get(i); element.isTensor() || element.isList())
                    list.set(i, of(element, depth + 1));
        } else if (value.isGenericDict() && depth < deepest) {
            auto dict = value.toGenericDict();
            for (const auto& entry : dict)
                if (entry.value().isTensor() || entry.value().isList())
                    dict.insert_or_assign(entry.key(), of(entry.value(), depth + 1));
        }
        return value;
    }

private:
    std::unordered_map<const c10::TensorImpl*, Tensor> m_shapes;
    std::vector<Tensor> m_kept; ///< addresses stay theirs
};

/// A copy of what a run may count in; undefined where that is nothing.
Tensor countedIn(const IValue& value)
{
    const Tensor tensor = value.isTensor() ? value.toTensor() : Tensor();
    const bool isCounted = tensor.defined() && !tensor.is_meta() && tensor.layout() == c10::kStrided &&
                           !tensor.is_quantized() && tensor.numel() <= mostRealElements;
    return isCounted ? tensor.clone() : Tensor();
}

/// "c0" where the source says CONSTANTS.c0; else empty.
std::string constantName(const torch::jit::SourceRange& range)
{
    constexpr const char* table = "CONSTANTS.";
    constexpr std::size_t longest = 40;
    if (!range.source())
        return {};
    const std::string text = range.source()->text_str().substr(range.start(), longest).str();
    const std::size_t begin = std::string(table).size();
    if (text.compare(0, begin, table) != 0)
        return {};
    std::size_t end = begin + 1;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
        ++end;
    return text.substr(begin, end - begin);
}

torch::jit::Module loaded(const std::shared_ptr<LazyFile>& file)
{
    if (auto legacy = loadLegacy(file))
        return *std::move(legacy);
    return torch::jit::load(file, c10::Device(at::kCPU));
}

} // namespace

struct Program::State {
    explicit State(int descriptor) : module(loaded(std::make_shared<LazyFile>(descriptor))) {}

    void list();
    void add(const Tensor& tensor, std::string name);
    void addPacked(const IValue& value, const std::string& lead);
    void markAll();
    void restore();
    void setMode(bool isTraining);
    void listConstants(const torch::jit::Block& block);

    torch::jit::Module module;
    std::vector<std::string> paths;
    std::vector<std::string> names;
    std::unordered_map<const void*, std::int64_t> modules;
    std::unordered_map<const c10::TensorImpl*, std::int64_t> stored;

    /// An attribute as it was loaded: a run may set it anew, or count in it as batch norm does.
    struct Attribute {
        c10::intrusive_ptr<c10::ivalue::Object> object;
        std::size_t slot = 0;
        IValue value;
        Tensor numbers; ///< of a small real tensor
    };
    std::vector<Attribute> attributes;
};

void Program::State::add(const Tensor& tensor, std::string name)
{
    if (tensor.defined() && stored.emplace(tensor.unsafeGetTensorImpl(), names.size()).second)
        names.push_back(std::move(name));
}

void Program::State::addPacked(const IValue& value, const std::string& lead)
{
    const PackedWeights packed = packedWeights(value);
    add(packed.weight, lead + "weight");
    add(packed.bias, lead + "bias");
}

/// Names modules and tensors, and leaves of the tensors their shapes.
void Program::State::list()
{
    Emptied emptied;
    for (const auto& named : module.named_modules()) {
        const auto object = named.value._ivalue();
        if (!modules.emplace(object.get(), paths.size()).second)
            continue; // a second name of the same module
        if (paths.size() == mostModules)
            throw std::runtime_error("more than " + std::to_string(mostModules) + " modules");
        paths.push_back(named.name);
        for (std::size_t i = 0; i < object->slots().size(); ++i) {
            const IValue value = emptied.of(object->getSlot(i), 0);
            object->setSlot(i, value);
            attributes.push_back({object, i, value, countedIn(value)});
            const std::string lead = named.name.empty() ? named.name : named.name + ".";
            if (value.isTensor())
                add(value.toTensor(), lead + object->type()->getAttributeName(i));
            else
                addPacked(value, lead);
        }
    }
}

void Program::State::restore()
{
    for (const Attribute& attribute : attributes) {
        attribute.object->setSlot(attribute.slot, attribute.value);
        if (attribute.numbers.defined())
            attribute.value.toTensor().copy_(attribute.numbers);
    }
}

/// train() and eval(). Of programs that have none of it, as frozen ones, both are the same.
void Program::State::setMode(bool isTraining)
{
    for (const torch::jit::Module& child : module.modules()) {
        const auto slot = child.type()->findAttributeSlot("training");
        if (slot && child.type()->getAttribute(*slot)->kind() == c10::TypeKind::BoolType)
            child._ivalue()->setSlot(*slot, isTraining);
    }
}

/// The tensors that the source calls CONSTANTS.c0 and so on, under these names: what parameters are in a
/// frozen program.
void Program::State::listConstants(const torch::jit::Block& block)
{
    for (const torch::jit::Node* node : block.nodes()) {
        for (const torch::jit::Block* inner : node->blocks())
            listConstants(*inner);
        if (node->kind() != torch::jit::prim::Constant || !node->hasAttribute(torch::jit::attr::value))
            continue;
        const auto kind = node->kindOf(torch::jit::attr::value);
        const std::string name = constantName(node->sourceRange());
        if (!name.empty() && kind == torch::jit::AttributeKind::t)
            add(node->t(torch::jit::attr::value), name);
        else if (!name.empty() && kind == torch::jit::AttributeKind::ival)
            addPacked(node->ival(torch::jit::attr::value), name + ".");
    }
}

void Program::State::markAll()
{
    for (torch::jit::Function* function : module._ivalue()->compilation_unit()->get_functions())
        if (torch::jit::GraphFunction* graph = torch::jit::tryToGraphFunction(*function))
            replaceFormats(*graph->graph()->block());
    std::unordered_set<const c10::ClassType*> seen;
    for (const torch::jit::Module& child : module.modules()) {
        const auto type = child.type();
        if (!seen.insert(type.get()).second)
            continue;
        for (torch::jit::Function* method : type->methods())
            if (torch::jit::GraphFunction* function = torch::jit::tryToGraphFunction(*method)) {
                listConstants(*function->graph()->block());
                mark(*function->graph());
            }
    }
}

Program::Program(int descriptor)
{
    const c10::InferenceMode inference;
    m_state = std::make_unique<State>(descriptor);
    m_state->list();
    m_state->markAll();
}

Program::~Program() = default;

json Program::description() const
{
    json inputs = json::array();
    const auto& arguments = m_state->module.get_method("forward").function().getSchema().arguments();
    for (std::size_t i = 1; i < arguments.size(); ++i)
        inputs.push_back({{"name", arguments[i].name()}, {"type", arguments[i].type()->annotation_str()}});
    return {{"modules", m_state->paths}, {"tensors", m_state->names}, {"inputs", std::move(inputs)}};
}

json Program::run(const json& arguments, bool isTraining)
{
    const c10::InferenceMode inference;
    // No gradient is computed; it is what torch.is_grad_enabled() tells the program.
    const at::AutoGradMode gradients(isTraining);
    m_state->restore();
    m_state->setMode(isTraining);
    Recorder recorder(m_state->stored);
    recorder.isTraining = isTraining;
    torch::jit::Method forward = m_state->module.get_method("forward");
    const auto& expected = forward.function().getSchema().arguments();
    std::vector<IValue> values;
    RunArguments made(recorder);
    for (const json& value : arguments) {
        if (values.size() + 1 >= expected.size())
            throw std::invalid_argument("more arguments than forward() has");
        values.push_back(made.of(value, expected[values.size() + 1].type()));
    }
    running = &m_state->modules;
    json error;
    IValue result;
    try {
        const FakeMode mode(recorder);
        // What the program forks runs here and now, where it is written down, and is done when it is waited
        // for.
        const auto runHere = [](std::function<void()> work) { work(); };
        result = forward.run_async(std::move(values), {}, runHere)->value();
    } catch (const std::exception& problem) {
        error = {{"message", messageOf(problem)},
                 {"operator", recorder.running},
                 {"module", recorder.module()},
                 {"dependent", recorder.dependence}};
    }
    running = nullptr;
    json record = recorder.take(result);
    if (!error.is_null())
        record["error"] = std::move(error);
    return record;
}

void prepare()
{
    at::set_num_threads(1);
    at::detail::getDefaultCPUGenerator(); // opens a file of the system's for its seed, which it may not later
    torch::jit::setGraphExecutorOptimize(false);
    torch::jit::setPrintHandler([](const std::string&) {});
    registerRandomRules();
    registerShapeRules();
    static const torch::jit::RegisterOperators markers({
        torch::jit::Operator("sunflop::enter(Any self) -> ()", enterModule,
                             c10::AliasAnalysisKind::CONSERVATIVE),
        torch::jit::Operator("sunflop::leave() -> ()", leaveModule, c10::AliasAnalysisKind::CONSERVATIVE),
    });
    removeFileOperators();
    replaceTextOperators();
}

json selfCheck()
{
    const c10::InferenceMode inference;
    const std::unordered_map<const c10::TensorImpl*, std::int64_t> nothingStored;
    Recorder recorder(nothingStored);
    const auto shape = [](at::IntArrayRef sizes) {
        return at::empty(sizes, at::TensorOptions().device(at::kMeta).dtype(at::kFloat));
    };
    const Tensor input = shape({2, 3});
    const Tensor weight = shape({5, 3});
    Tensor output;
    {
        const FakeMode mode(recorder);
        output = at::linear(input, weight);
    }
    TORCH_CHECK(output.is_meta() && output.sizes() == at::IntArrayRef({2, 5}),
                "a linear layer of 5 x 3 weights makes a tensor of shape ", output.sizes(),
                " from one of shape [2, 3]");
    TORCH_CHECK(recorder.take(output)["calls"].size() == 1, "a linear layer is not written down as one call");
    return {{"torch", TORCH_VERSION}};
}

std::string messageOf(const std::exception& error)
{
    const auto* known = dynamic_cast<const c10::Error*>(&error);
    std::string text = known != nullptr ? known->what_without_backtrace() : error.what();
    constexpr std::size_t longest = 600;
    for (const char* lead : {"RuntimeError: ", "Error: "})
        if (const std::size_t at = text.rfind(lead); at != std::string::npos) {
            text.erase(0, at + std::string(lead).size());
            break;
        }
    const std::size_t begin = text.find_first_not_of(" \n");
    text.erase(0, begin == std::string::npos ? text.size() : begin);
    text.erase(std::min(text.find('\n'), text.size()));
    return text.substr(0, longest);
}

} // namespace sunflop::worker
