#include "errata/engine_nn/audit_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "errata/arrays/npz.h"
#include "errata/audit/auditor_file.h"
#include "errata/base/atomic_file.h"
#include "errata/base/cancellation.h"
#include "errata/engine_nn/audit_arrays.h"
#include "errata/stats/classification.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

using audit::AuditCases;
using audit::EvaluationSet;

constexpr std::uint64_t kSplitStream = 31;
constexpr std::size_t kMostGroups = 12;        // measured by themselves
constexpr std::uint64_t kLeastOfOutcome = 10;  // failures and successes of such a group
constexpr std::size_t kLeastPart = 20;         // cases of each part

struct Parts {
  std::vector<std::size_t> train, calibration, test;
  std::string words;
  bool exchangeable = false;  ///< test cases are drawn as the calibration cases are
};

Result<Parts> parts_by_column(const AuditLog& log, const std::string& column) {
  const std::map<std::string, std::vector<std::size_t> Parts::*> named{
      {"train", &Parts::train},       {"calibration", &Parts::calibration}, {"warm", &Parts::calibration},
      {"valid", &Parts::calibration}, {"validation", &Parts::calibration},  {"test", &Parts::test},
      {"eval", &Parts::test},
  };
  Parts parts{.words = fmt::format("by column {}", column)};
  for (std::size_t i = 0; i < log.split.size(); ++i) {
    const auto part = named.find(log.split[i]);
    if (part == named.end())
      return data_error(fmt::format("split column {}: '{}' in row {} is not one of train, calibration, test", column,
                                    log.split[i], i + 1));
    (parts.*(part->second)).push_back(i);
  }
  return parts;
}

/// By time where there is one, so that the future tests what the past taught; else drawn.
Result<Parts> parts_by_share(const AuditLog& log, const AuditFitRequest& request) {
  for (const double share : {request.test_share, request.calibration_share})
    if (!(share > 0 && share < 1)) return invalid_argument(fmt::format("share {} is not in (0, 1)", share));
  if (!(request.test_share + request.calibration_share < 1))
    return invalid_argument("test share and calibration share leave no cases to train on");
  std::vector<std::size_t> order = log.order;
  if (!log.in_time_order) Rng(request.fit.seed).fork(kSplitStream).shuffle(std::span(order));
  const auto n = static_cast<double>(order.size());
  const auto test = static_cast<std::ptrdiff_t>(std::lround(n * request.test_share));
  const auto calibration = static_cast<std::ptrdiff_t>(std::lround(n * request.calibration_share));
  const auto last = order.end() - test, middle = last - calibration;
  Parts parts{.train = {order.begin(), middle}, .calibration = {middle, last}, .test = {last, order.end()}};
  parts.exchangeable = !log.in_time_order;
  parts.words = fmt::format("{}: {:.0f}% train, {:.0f}% calibrate, {:.0f}% test",
                            log.in_time_order ? "in the order of time" : "drawn by the seed",
                            100 * (1 - request.test_share - request.calibration_share), 100 * request.calibration_share,
                            100 * request.test_share);
  return parts;
}

Result<Parts> split(const AuditLog& log, const AuditFitRequest& request) {
  ERRATA_ASSIGN(Parts parts,
                request.columns.split ? parts_by_column(log, *request.columns.split) : parts_by_share(log, request));
  for (const auto& [rows, name] :
       {std::pair(&parts.train, "train"), std::pair(&parts.calibration, "calibrate"), std::pair(&parts.test, "test")})
    if (rows->size() < kLeastPart)
      return data_error(fmt::format("{} case{} to {} on; at least {} are needed", rows->size(),
                                    rows->size() == 1 ? "" : "s", name, kLeastPart));
  return parts;
}

bool has_both_outcomes(const AuditCases& cases) {
  const auto failures = static_cast<std::uint64_t>(std::ranges::count(cases.failed, 1));
  return failures >= kLeastOfOutcome && cases.count - failures >= kLeastOfOutcome;
}

std::vector<EvaluationSet> sets_of(const AuditCases& test, const Parts& parts) {
  std::vector<EvaluationSet> sets{
      {.name = "held out", .words = parts.words, .exchangeable = parts.exchangeable, .cases = test}};
  for (std::uint32_t group = 0; group < test.groups.size() && sets.size() <= kMostGroups; ++group) {
    AuditCases of_group = test.at(test.rows_of(group));
    if (of_group.count == test.count || !has_both_outcomes(of_group)) continue;
    sets.push_back({.name = test.groups[group],
                    .words = fmt::format("held-out cases of {} alone", test.groups[group]),
                    .cases = std::move(of_group)});
  }
  return sets;
}

/// Groups with both outcomes among the test cases and cases to leave out of the training.
std::vector<std::uint32_t> groups_to_leave_out(const AuditCases& train, const AuditCases& test) {
  std::vector<std::uint32_t> groups;
  for (std::uint32_t group = 0; group < test.groups.size(); ++group)
    if (test.groups[group] != "none" && has_both_outcomes(test.at(test.rows_of(group))) &&
        train.rows_without(std::span(&group, 1)).size() < train.count)
      groups.push_back(group);
  return groups;
}

audit::AuditorTarget target_for(const AuditCases& cases, audit::AuditorTarget asked,
                                std::vector<std::string>& warnings) {
  if (asked == audit::AuditorTarget::failure || !cases.labels.empty()) return asked;
  warnings.emplace_back("the log has no labels: the auditor is asked for failures");
  return audit::AuditorTarget::failure;
}

}  // namespace

Result<audit::Audit> fit_audit(const AuditFitRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<audit::Audit> {
    ERRATA_ASSIGN(AuditLog log, read_audit_log(request.read, request.columns, progress));
    ERRATA_ASSIGN(const Parts parts, split(log, request));
    const AuditCases train = log.cases.at(parts.train), calibration = log.cases.at(parts.calibration),
                     test = log.cases.at(parts.test);
    audit::FitOptions options = request.fit;
    options.auditor.target = target_for(log.cases, options.auditor.target, log.warnings);
    ERRATA_ASSIGN(audit::FitResult fit, audit::run(train, calibration, sets_of(test, parts), options, pool, progress));
    fit.audit.subject.data = request.read.paths.front();
    fit.audit.subject.model = "as logged";
    fit.audit.subject.split = parts.words;
    fit.audit.warnings.insert(fit.audit.warnings.begin(), log.warnings.begin(), log.warnings.end());
    if (!fit.fitted) return std::move(fit.audit);
    if (request.leave_one_out) {
      const auto groups = groups_to_leave_out(train, test);
      options.auditor.epochs = fit.audit.subject.epochs;
      options.auditor.target = fit.fitted->auditor.target();
      ERRATA_ASSIGN(fit.audit.left_out, audit::leave_groups_out(train, test, groups, options.auditor, pool, progress));
    }
    fit.fitted->trained_on = request.read.paths.front();
    fit.fitted->latent_columns = log.latent_columns;
    fit.fitted->logit_columns = log.logit_columns;
    fit.fitted->model = log.model;
    if (!request.auditor.empty()) ERRATA_TRY(audit::save_auditor(request.auditor, *fit.fitted));
    return std::move(fit.audit);
  });
}

namespace {

/// The classes that the risk speaks of, and nothing that the auditor does not read.
Result<void> settle_predictions(AuditCases& cases, const audit::FittedAuditor& fitted, const std::string& file) {
  const std::size_t k = cases.classes.size();
  if (cases.predicted.empty() && !cases.logits.empty()) {
    for (std::size_t i = 0; i < cases.count; ++i) {
      const auto row = std::span(cases.logits).subspan(i * k, k);
      cases.predicted.push_back(static_cast<std::uint32_t>(std::ranges::max_element(row) - row.begin()));
    }
  }
  if (cases.predicted.empty() && fitted.auditor.target() == audit::AuditorTarget::label)
    return data_error(
        fmt::format("{}: the risk is that of the predicted class, but there is no prediction (--prediction)", file));
  if (!fitted.auditor.reads_logits()) cases.logits.clear();
  return {};
}

/// How well the risks of the cases whose outcome is known told failures.
Result<void> measure(const AuditLog& log, const audit::FittedAuditor& fitted, const std::vector<double>& risks,
                     const std::vector<std::uint8_t>& unlike, AuditScored& scored) {
  std::vector<double> known, of_alike;
  std::vector<std::uint8_t> failed;
  for (std::size_t i = 0; i < log.cases.failed.size(); ++i) {
    if (!log.judged.empty() && log.judged[i] == 0) continue;
    known.push_back(risks[i]);
    of_alike.push_back(unlike[i] != 0 ? std::nan("") : risks[i]);  // NaN is never accepted
    failed.push_back(log.cases.failed[i]);
  }
  scored.judged = known.size();
  const auto failures = static_cast<std::uint64_t>(std::ranges::count(failed, 1));
  if (failures < kLeastOfOutcome || failed.size() - failures < kLeastOfOutcome) return {};
  scored.auroc = stats::ranking_areas(known, failed).roc_auc;
  for (const audit::OperatingPoint& point : fitted.points) {
    ERRATA_ASSIGN(const auto realised, audit::realise(point, known, failed));
    ERRATA_ASSIGN(const auto alike, audit::realise(point, of_alike, failed));
    scored.points.push_back({.point = point, .realised = realised, .alike = alike});
  }
  return {};
}

/// What is accepted needs no outcome.
std::vector<AcceptedShare> accepted_shares(const audit::FittedAuditor& fitted, const std::vector<double>& risks,
                                           const std::vector<std::uint8_t>& unlike) {
  std::vector<AcceptedShare> shares;
  if (risks.empty()) return shares;
  for (const audit::OperatingPoint& point : fitted.points) {
    std::size_t accepted = 0, alike = 0;
    for (std::size_t i = 0; i < risks.size(); ++i) {
      if (!point.accepts(risks[i])) continue;
      ++accepted;
      alike += unlike[i] == 0 ? 1U : 0U;
    }
    const auto all = static_cast<double>(risks.size());
    shares.push_back(
        {.point = point, .accepted = static_cast<double>(accepted) / all, .alike = static_cast<double>(alike) / all});
  }
  return shares;
}

/// @param unlike  empty where the auditor does not look
Result<void> write_scored(const AuditScoreRequest& request, const AuditLog& log, const std::vector<double>& risks,
                          const std::vector<std::uint8_t>& unlike, const Cancellation* stop) {
  const std::vector<float> values(risks.begin(), risks.end());
  const arrays::NpyArray array = arrays::npy_array(std::span(values), {values.size()});
  const std::string name_of_unlike = request.name + "_unlike";
  if (request.output.ends_with(".npz")) {
    if (unlike.empty()) return arrays::write_npz(request.output, {{request.name, array}}, stop);
    return arrays::write_npz(
        request.output,
        {{request.name, array},
         {name_of_unlike, arrays::npy_array(std::span<const std::uint8_t>(unlike), {unlike.size()})}},
        stop);
  }
  if (request.output.ends_with(".npy")) return write_file(request.output, arrays::npy_content(array));
  if (log.log.files.empty())
    return invalid_argument(fmt::format("{}: the risks of arrays are written as .npz or .npy", request.output));
  table::Column column{.name = request.name, .kind = table::ColumnKind::numeric, .source_type = "DOUBLE"};
  column.numbers = risks;
  if (unlike.empty()) return table::write_log_with(log.log, {column}, request.output, stop);
  table::Column refused{.name = name_of_unlike, .kind = table::ColumnKind::numeric, .source_type = "DOUBLE"};
  refused.numbers = std::vector<double>(unlike.begin(), unlike.end());
  return table::write_log_with(log.log, {column, refused}, request.output, stop);
}

}  // namespace

Result<AuditScored> score_audit(const AuditScoreRequest& request, ThreadPool& /*pool*/, const Progress& progress) {
  return until_cancelled([&]() -> Result<AuditScored> {
    ERRATA_ASSIGN(const audit::FittedAuditor fitted, audit::load_auditor(request.auditor));
    AuditColumns columns = request.columns;
    const bool table = !holds_arrays(request.read.paths);
    if (table && columns.latents.empty()) columns.latents = fitted.latent_columns;
    if (table && columns.logits.empty() && fitted.auditor.reads_logits()) columns.logits = fitted.logit_columns;
    columns.known_classes = fitted.classes;
    ERRATA_ASSIGN(AuditLog log, read_audit_log(request.read, columns, progress));
    if (audit::of_another_model(fitted, log.model))
      return data_error(
          fmt::format("{}: another network computed it than the one that {} was trained on; capture it again with that "
                      "network, or take the auditor that was written beside this one",
                      request.read.paths.front(), request.auditor));
    ERRATA_TRY(settle_predictions(log.cases, fitted, request.read.paths.front()));
    const auto outputs = log.cases.outputs();
    ERRATA_TRY(fitted.auditor.fits(outputs));
    tell(progress, "scoring");
    const std::vector<double> risks = fitted.risks(outputs, progress.cancellation());
    AuditScored scored{.cases = risks.size(), .warnings = log.warnings};
    scored.mean_risk = risks.empty()
                           ? std::nan("")
                           : std::accumulate(risks.begin(), risks.end(), 0.0) / static_cast<double>(risks.size());
    const auto unlike = fitted.unlike(outputs, progress.cancellation());
    scored.looks_for_unlike = fitted.typicality.has_value();
    scored.unlike = static_cast<std::size_t>(std::ranges::count(unlike, 1));
    scored.accepted = accepted_shares(fitted, risks, unlike);
    ERRATA_TRY(measure(log, fitted, risks, unlike, scored));
    ERRATA_TRY(write_scored(request, log, risks, fitted.typicality ? unlike : std::vector<std::uint8_t>(),
                            progress.cancellation()));
    return scored;
  });
}

}  // namespace errata::engine_nn
