// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/audit.h"
#include "app/commands/command.h"
#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/sunflop.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace sunflop {

namespace {

struct AuditOptions {
    std::string report;
    std::optional<std::string> file;
};

std::string reason(const Finding& finding)
{
    switch (finding.cause) {
    case Cause::NormPairedFromLeft:
        return "the weight [H] times [1, n, H] is paired from the left, H*n*H instead of n*H; pow, mean and "
               "rsqrt are "
               "not seen";
    case Cause::ProductPairedFromLeft:
        return "elementwise operands are paired from the left: a vector against the first axis instead of "
               "the last";
    case Cause::LinearBias: return "the bias of a linear layer is never added";
    case Cause::FusedAttention: return "scaled_dot_product_attention is never counted";
    case Cause::Softmax:
        return finding.printed.flops == Count(0)
                   ? "softmax called as a method, or kept under another name, is not seen"
                   : "softmax counts 1 per score instead of 5";
    case Cause::Activation:
        return finding.printed.flops == Count(0)
                   ? "a function kept since the module was built is not seen"
                   : "an activation counts 1 per element instead of its definition";
    case Cause::LayerNorm: return "LayerNorm counts 5 per element instead of 7, and nothing per row";
    case Cause::Negation: return "the unary minus of rotate_half is not seen";
    case Cause::Trigonometry: return "cos and sin are not seen";
    case Cause::Subtraction: return "subtraction is not seen";
    case Cause::Interpolation: return "counts its size argument, though the table keeps its size";
    case Cause::OtherOperator: return "this operator is not seen";
    case Cause::TowerNotRun: return "0 is right for this run without image; one tile would cost this";
    case Cause::TrainingLines:
        return "always three times the forward; a generation has no backward, and gradients cost what "
               "autograd computes";
    case Cause::FusedIfDense: return "a count without the causal half would come to this";
    case Cause::DenseAttention:
        return "no miscount: the eager prefill computes the full square; a causal kernel needs this";
    case Cause::AllLogits:
        return "no miscount: this release sends every position to the head; generating needs this";
    }
    return {};
}

std::string place(const Finding& finding)
{
    if (finding.cause == Cause::TrainingLines)
        return "fwd+bwd lines";
    const std::string where = finding.path.empty() ? "model" : finding.path;
    return finding.modules > Count(1)
               ? fmt::format("{}, all {}: {}", finding.subject, finding.modules.value(), where)
               : fmt::format("{}: {}", finding.subject, where);
}

std::string findingText(const Finding& finding)
{
    std::string out = fmt::format("  {}\n    {}\n", place(finding), reason(finding));
    const auto line = [](std::string_view unit, Count printed, Count exact) {
        return fmt::format("    {:<6} {:>22}   exact {:>22}\n", unit, exactText(printed), exactText(exact));
    };
    if (finding.printed.macs != finding.exact.macs)
        out += line("MACs", finding.printed.macs, finding.exact.macs);
    return out + line("FLOPs", finding.printed.flops, finding.exact.flops);
}

std::string runText(const Inference& inference)
{
    const RunSummary& run = inference.run.trace.run;
    std::string out =
        fmt::format("  {} prompt tokens: {} text", run.promptTokens, inference.run.workload.textTokens);
    if (run.images)
        out += fmt::format(", {} from {} image(s) of {} tile(s), {} markers", run.images->featureTokens,
                           run.images->images, run.images->tilesPerImage, run.images->markerTokens);
    else
        out += ", no image";
    out += fmt::format("; {} decode steps\n ", run.decodeSteps);
    for (const Assignment& setting : inference.settings)
        out += fmt::format(" --set {}={}", setting.id, setting.value);
    out += "\n";
    if (!inference.equivalents.empty()) {
        out += "  The figures cannot tell this from runs with\n";
        for (const std::string& other : inference.equivalents)
            out += fmt::format("    {}\n", other);
    }
    return out;
}

std::string auditText(const Audit& audit, const Source& source)
{
    const Inference& inference = audit.inference;
    const Explanation& explanation = inference.explanation;
    std::string out =
        fmt::format("{}\n{} of {} lines of figures explained{}\n\n", source.place, explanation.explained(),
                    explanation.lines, explanation.isComplete() ? ", every character" : "");
    if (!inference.fits())
        out += "No run of this model fits the report. What follows is the closest one, and its figures are "
               "not the "
               "report's.\n\n";
    out += "Run\n" + runText(inference) + "\n";
    out += fmt::format("Forward in all\n    {:<6} {:>22}   exact {:>22}\n    {:<6} {:>22}   exact {:>22}\n",
                       "MACs", exactText(audit.printedTotal.macs), exactText(audit.exactTotal.macs), "FLOPs",
                       exactText(audit.printedTotal.flops), exactText(audit.exactTotal.flops));
    out += "\nWrong in the report, largest first\n";
    bool observing = false;
    for (const Finding& finding : audit.findings) {
        if (isObservation(finding.cause) && !observing)
            out += "\nNot wrong, but worth knowing\n";
        observing = isObservation(finding.cause);
        out += findingText(finding);
    }
    out += "\nNot explained\n";
    for (const Mismatch& mismatch : explanation.mismatches)
        out += fmt::format("  {}\n    found    {}\n    expected {}\n", mismatch.place, mismatch.printed,
                           mismatch.expected);
    return out + (explanation.isComplete() ? "  nothing\n" : "");
}

Result<void> runAudit(const AuditOptions& options)
{
    const auto source = open(options.report);
    if (!source)
        return failure(source.error());
    const auto result = audit(*source);
    if (!result)
        return failure(result.error());
    return output(plainLines(auditText(*result, *source)), options.file);
}

} // namespace

void auditCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<AuditOptions>();
    CLI::App* command = app.add_subcommand(
        "audit", "Finds the run behind a calflops text report, and what the report gets wrong.");
    command->add_option("REPORT", options->report, "The text report")->required();
    command->add_option("-o", options->file, "File to write instead of standard output");
    command->footer("Examples:\n"
                    "  sunflop audit report.txt\n"
                    "  sunflop audit report.txt -o findings.txt");
    command->callback([options, &chosen] { chosen = [options] { return runAudit(*options); }; });
}

} // namespace sunflop
