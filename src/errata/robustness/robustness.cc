#include "errata/robustness/robustness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/robustness/check_runs.h"

namespace errata::robustness {
namespace {

constexpr std::array<CheckInfo, kChecks> kCheckInfos{{
    {Check::corruption, "corruption", "Does accuracy hold under corruptions of growing severity?"},
    {Check::calibration, "calibration", "Is the model as sure as it is right, under shift too?"},
    {Check::rejection, "rejection", "Do its scores tell pictures of something else from its own?"},
    {Check::stability, "stability", "Does the answer stay where the input changes little?"},
    {Check::slices, "slices", "Is there a kind of case that fails much more than the rest?"},
    {Check::retention, "retention", "Does it get wrong what an earlier model had right?"},
}};

constexpr std::array kQuantities{
    QuantityInfo{Quantity::retained, Check::corruption, "retained",
                 "accuracy at the middle severity over clean accuracy, mean over corruptions", &Gates::min_retained,
                 true, "min-retained"},
    QuantityInfo{Quantity::worst_retained, Check::corruption, "retained, worst",
                 "the same of the worst corruption, chosen on one half of the cases and measured on the other",
                 &Gates::min_worst_retained, true, "min-worst-retained"},
    QuantityInfo{Quantity::mean_error, Check::corruption, "mean error",
                 "share that fails, mean over corruptions and severities"},
    QuantityInfo{Quantity::ece, Check::calibration, "ECE",
                 "expected calibration error at the middle severity; of a log without severities of all its cases",
                 &Gates::max_ece, false, "max-ece"},
    QuantityInfo{Quantity::clean_ece, Check::calibration, "ECE, clean", "the same on clean cases"},
    QuantityInfo{Quantity::overconfidence, Check::calibration, "overconfidence",
                 "mean confidence less accuracy, of the same cases"},
    QuantityInfo{Quantity::fpr95, Check::rejection, "FPR95",
                 "share of foreign pictures taken for own ones where 95% of the own ones are accepted",
                 &Gates::max_fpr95, false, "max-fpr95"},
    QuantityInfo{Quantity::auroc, Check::rejection, "AUROC",
                 "chance that a foreign picture looks more foreign than an own one", &Gates::min_auroc, true,
                 "min-auroc"},
    QuantityInfo{Quantity::flip_rate, Check::stability, "flip rate",
                 "share of neighbouring frames whose answers differ, mean over perturbations", &Gates::max_flip_rate,
                 false, "max-flip-rate"},
    QuantityInfo{Quantity::worst_flip_rate, Check::stability, "flip rate, worst",
                 "the same of the worst perturbation, chosen on one half of the cases and measured on the other",
                 &Gates::max_worst_flip_rate, false, "max-worst-flip-rate"},
    QuantityInfo{Quantity::slice_gap, Check::slices, "gap",
                 "failure rate of the worst confirmed slice less that of the other cases, on held-out cases",
                 &Gates::max_slice_gap, false, "max-slice-gap"},
    QuantityInfo{Quantity::negative_flips, Check::retention, "negative flips",
                 "share of cases that the earlier model had right and this one gets wrong", &Gates::max_negative_flips,
                 false, "max-negative-flips"},
    QuantityInfo{Quantity::positive_flips, Check::retention, "positive flips",
                 "share of cases that the earlier model had wrong and this one gets right"},
};

constexpr bool quantities_in_order() {
  for (std::size_t i = 0; i < kQuantities.size(); ++i)
    if (static_cast<std::size_t>(kQuantities[i].quantity) != i) return false;
  return static_cast<std::size_t>(Quantity::positive_flips) + 1 == kQuantities.size();
}
static_assert(quantities_in_order());

void count_cases(const Evidence& evidence, Robustness& made) {
  const auto count = [&](bool failed) {
    ++made.cases;
    made.failures += failed ? 1 : 0;
  };
  if (evidence.log) {
    for (const std::uint8_t failed : evidence.log->failed) count(failed != 0);
  } else if (evidence.sweep) {
    for (const ShiftedCase& one : evidence.sweep->cases)
      if (one.level == 0) count(one.failed);
  }
}

bool is_there(const Evidence& evidence, Check check) {
  switch (check) {
    case Check::corruption: return evidence.sweep.has_value();
    case Check::calibration: return evidence.sweep.has_value() || evidence.log.has_value();
    case Check::rejection: return evidence.foreign.has_value();
    case Check::stability: return evidence.sequences.has_value();
    case Check::slices: return evidence.log.has_value();
    case Check::retention: return evidence.paired.has_value();
  }
  return false;
}

Result<void> measure(const Run& run, Check check, const Progress& progress) {
  switch (check) {
    case Check::corruption: measure_corruption(run); break;
    case Check::calibration: measure_calibration(run); break;
    case Check::rejection: return measure_rejection(run);
    case Check::stability: measure_stability(run); break;
    case Check::slices: return measure_slices(run, progress);
    case Check::retention: measure_retention(run); break;
  }
  return {};
}

}  // namespace

std::span<const CheckInfo, kChecks> checks() { return kCheckInfos; }
const CheckInfo& info_of(Check check) { return kCheckInfos.at(static_cast<std::size_t>(check)); }

Result<Check> check_named(std::string_view name) {
  const auto* found = std::ranges::find(kCheckInfos, name, &CheckInfo::name);
  if (found != kCheckInfos.end()) return found->check;
  std::string names;
  for (const CheckInfo& info : kCheckInfos) names += fmt::format("{}{}", names.empty() ? "" : ", ", info.name);
  return invalid_argument(fmt::format("no check is called '{}'; there are: {}", name, names));
}

std::span<const QuantityInfo> quantities() { return kQuantities; }
const QuantityInfo& info_of(Quantity quantity) { return kQuantities.at(static_cast<std::size_t>(quantity)); }

std::string_view name_of(Unmeasured why) {
  switch (why) {
    case Unmeasured::none: return "none";
    case Unmeasured::no_severity: return "no_severity";
    case Unmeasured::no_clean: return "no_clean";
    case Unmeasured::no_confidence: return "no_confidence";
    case Unmeasured::no_pictures: return "no_pictures";
    case Unmeasured::no_streams: return "no_streams";
    case Unmeasured::no_order: return "no_order";
    case Unmeasured::no_pairs: return "no_pairs";
    case Unmeasured::no_features: return "no_features";
    case Unmeasured::no_earlier: break;
  }
  return "no_earlier";
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::failed: return "failed";
    case Verdict::not_measured: break;
  }
  return "not_measured";
}

bool Figure::passes() const {
  if (!limit) return true;
  return info_of(quantity).at_least ? value >= *limit : value <= *limit;
}

Verdict CheckResult::verdict() const {
  if (why != Unmeasured::none) return Verdict::not_measured;
  return std::ranges::all_of(figures, &Figure::passes) ? Verdict::passed : Verdict::failed;
}

bool Robustness::passed() const {
  const auto count = [&](Verdict verdict) { return std::ranges::count(results, verdict, &CheckResult::verdict); };
  if (count(Verdict::failed) > 0 || count(Verdict::passed) == 0) return false;
  return options.checks.empty() || count(Verdict::not_measured) == 0;
}

CheckResult& Run::result(Check check) const { return *std::ranges::find(made.results, check, &CheckResult::check); }

void Run::add(Figure figure) const {
  const QuantityInfo& info = info_of(figure.quantity);
  if (info.limit != nullptr) figure.limit = options.gates.*info.limit;
  result(info.check).figures.push_back(figure);
}

Result<void> check_options(const Options& options) {
  for (const QuantityInfo& info : kQuantities)
    if (info.limit != nullptr && !is_probability(options.gates.*info.limit))
      return invalid_argument(fmt::format("{} {} is not in [0, 1]", info.gate, options.gates.*info.limit));
  if (options.replicates == 0) return invalid_argument("0 replicates of the bootstrap are too few");
  return {};
}

Result<Robustness> run(const Evidence& evidence, const Options& options, ThreadPool& pool, const Progress& progress) {
  ERRATA_TRY(check_options(options));
  Robustness made{.subject = evidence.subject, .options = options};
  count_cases(evidence, made);
  for (const CheckInfo& info : kCheckInfos)
    if (options.checks.empty() || std::ranges::find(options.checks, info.check) != options.checks.end())
      made.results.push_back({.check = info.check, .why = evidence.why(info.check), .figures = {}});
  const Run run{.evidence = evidence, .options = options, .pool = pool, .made = made};
  for (CheckResult& result : made.results) {
    if (result.why != Unmeasured::none) continue;
    ERRATA_CHECK(is_there(evidence, result.check));
    tell(progress, info_of(result.check).name);
    ERRATA_TRY(measure(run, result.check, progress));
  }
  return made;
}

}  // namespace errata::robustness
