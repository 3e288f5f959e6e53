// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/program.h"

#include "app/worker/fake_mode.h"
#include "app/worker/lazy_file.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/runtime/print_handler.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

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

/// Stored tensors become shapes; small ones of integers stay real, and numbers.
class Emptied {
public:
    Tensor of(const Tensor& tensor)
    {
        const bool isReal =
            tensor.defined() &&
            (tensor.dim() == 0 || tensor.layout() != c10::kStrided || tensor.is_quantized() ||
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

c10::ScalarType dtypeNamed(const std::string& name)
{
    for (int i = 0; i < static_cast<int>(c10::ScalarType::NumOptions); ++i)
        if (const auto type = static_cast<c10::ScalarType>(i); dtypeName(type) == name)
            return type;
    throw std::invalid_argument("no dtype \"" + name + "\"");
}

/// Makes the arguments of a run.
class Arguments {
public:
    explicit Arguments(Recorder& recorder) : m_recorder(recorder) {}

    IValue of(const json& value, const c10::TypePtr& type, int depth = 0)
    {
        if (depth > deepest)
            throw std::invalid_argument("arguments nested too deep");
        if (type->kind() == c10::TypeKind::OptionalType && !value.is_null())
            return of(value, type->expectRef<c10::OptionalType>().getElementType(), depth);
        if (value.is_boolean())
            return value.get<bool>();
        if (value.is_number_integer())
            return type->kind() == c10::TypeKind::FloatType ? IValue(value.get<double>())
                                                            : IValue(value.get<std::int64_t>());
        if (value.is_number())
            return value.get<double>();
        if (value.is_string())
            return value.get<std::string>();
        if (!value.is_object())
            return IValue();
        if (value.contains("shape"))
            return tensor(value);
        if (value.contains("dict"))
            return dict(value.at("dict"), depth);
        return value.contains("tuple") ? tuple(value.at("tuple"), *type, depth)
                                       : list(value.at("list"), *type, depth);
    }

private:
    Tensor tensor(const json& value)
    {
        const auto options =
            at::TensorOptions().device(at::kMeta).dtype(dtypeNamed(value.at("dtype").get<std::string>()));
        const Tensor made = at::empty(value.at("shape").get<std::vector<std::int64_t>>(), options);
        m_recorder.addArgument(made, m_count++);
        return made;
    }

    IValue list(const json& values, const c10::Type& type, int depth)
    {
        const c10::TypePtr element = type.kind() == c10::TypeKind::ListType
                                         ? type.expectRef<c10::ListType>().getElementType()
                                         : c10::TypePtr(c10::TensorType::get());
        c10::impl::GenericList made(element);
        for (const json& value : values)
            made.push_back(of(value, element, depth + 1));
        return made;
    }

    IValue tuple(const json& values, const c10::Type& type, int depth)
    {
        std::vector<IValue> made;
        const bool isTuple = type.kind() == c10::TypeKind::TupleType;
        for (const json& value : values) {
            const auto elements =
                isTuple ? type.expectRef<c10::TupleType>().elements() : c10::ArrayRef<c10::TypePtr>();
            const bool isTyped = made.size() < elements.size();
            made.push_back(
                of(value, isTyped ? elements[made.size()] : c10::TypePtr(c10::TensorType::get()), depth + 1));
        }
        return c10::ivalue::Tuple::create(std::move(made));
    }

    IValue dict(const json& values, int depth)
    {
        c10::impl::GenericDict made(c10::StringType::get(), c10::TensorType::get());
        for (const auto& [key, value] : values.items())
            made.insert(key, of(value, c10::TensorType::get(), depth + 1));
        return made;
    }

    Recorder& m_recorder;
    std::int64_t m_count = 0;
};

} // namespace

struct Program::State {
    explicit State(int descriptor)
        : module(torch::jit::load(std::make_shared<LazyFile>(descriptor), c10::Device(at::kCPU)))
    {}

    void list();
    void markAll();

    torch::jit::Module module;
    std::vector<std::string> paths;
    std::vector<std::string> names;
    std::unordered_map<const void*, std::int64_t> modules;
    std::unordered_map<const c10::TensorImpl*, std::int64_t> stored;
};

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
            if (!value.isTensor() || !value.toTensor().defined())
                continue;
            const std::string attribute = object->type()->getAttributeName(i);
            stored.emplace(value.toTensor().unsafeGetTensorImpl(), names.size());
            names.push_back(named.name.empty() ? attribute : named.name + "." + attribute);
        }
    }
}

void Program::State::markAll()
{
    std::unordered_set<const c10::ClassType*> seen;
    for (const torch::jit::Module& child : module.modules()) {
        const auto type = child.type();
        if (!seen.insert(type.get()).second)
            continue;
        for (torch::jit::Function* method : type->methods())
            if (torch::jit::GraphFunction* function = torch::jit::tryToGraphFunction(*method))
                mark(*function->graph());
    }
}

Program::Program(int descriptor)
{
    const c10::InferenceMode inference;
    m_state = std::make_unique<State>(descriptor);
    m_state->module.eval();
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

json Program::run(const json& arguments)
{
    const c10::InferenceMode inference;
    Recorder recorder(m_state->stored);
    const torch::jit::Method forward = m_state->module.get_method("forward");
    const auto& expected = forward.function().getSchema().arguments();
    std::vector<IValue> values;
    Arguments made(recorder);
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
        result = forward(std::move(values));
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
    torch::jit::setGraphExecutorOptimize(false);
    torch::jit::setPrintHandler([](const std::string&) {});
    registerShapeRules();
    static const torch::jit::RegisterOperators markers({
        torch::jit::Operator("sunflop::enter(Any self) -> ()", enterModule,
                             c10::AliasAnalysisKind::CONSERVATIVE),
        torch::jit::Operator("sunflop::leave() -> ()", leaveModule, c10::AliasAnalysisKind::CONSERVATIVE),
    });
    removeFileOperators();
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
