// Which logit goes with which class.
//
// Files say so in many ways, and two mix-ups are common: columns in the order of their names, where 10 comes before 2,
// and probabilities where logits are asked for. Both leave numbers that look right and detectors that are wrong. What
// the model predicted tells them: its prediction is the class of the largest logit.
#include "errata/engine_nn/audit_classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "errata/nn/single_output.h"
#include "errata/table/classes.h"

namespace errata::engine_nn {
namespace {

using audit::AuditCases;

std::size_t common_beginning(const std::vector<std::string>& names) {
  std::size_t common = names.front().size();
  for (const std::string& name : names) {
    const auto differ = std::ranges::mismatch(name, names.front());
    common = std::min(common, static_cast<std::size_t>(differ.in1 - name.begin()));
  }
  return common;
}

/// Names without their first letters, so many that every class is among the ends; empty where there is no such number.
/// What l_10 and l_12 begin with is more than what they have before their classes.
std::vector<std::string> classes_at_end(const std::vector<std::string>& names,
                                        const std::vector<std::string>& classes) {
  for (std::size_t cut = common_beginning(names) + 1; cut-- > 0;) {
    std::vector<std::string> ends;
    for (const std::string& name : names) ends.push_back(name.substr(cut));
    const bool all = std::ranges::all_of(classes, [&](const auto& name) { return std::ranges::count(ends, name) > 0; });
    if (all) return ends;
  }
  return {};
}

std::size_t index_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

/// Classes under new names of the same order or another.
void rename_classes(AuditCases& cases, std::vector<std::string> classes) {
  for (auto* rows : {&cases.predicted, &cases.labels})
    for (std::uint32_t& row : *rows) row = static_cast<std::uint32_t>(index_of(classes, cases.classes[row]));
  cases.classes = std::move(classes);
}

/// [count] the column of the largest logit.
std::vector<std::uint32_t> largest(const AuditCases& cases) {
  const std::size_t k = cases.classes.size();
  std::vector<std::uint32_t> columns;
  for (std::size_t i = 0; i < cases.count; ++i) {
    const auto row = std::span(cases.logits).subspan(i * k, k);
    columns.push_back(static_cast<std::uint32_t>(std::ranges::max_element(row) - row.begin()));
  }
  return columns;
}

/// Do the logits of every case sum to the whole, none of them below 0 or above it? As far as two written decimals
/// allow.
bool are_parts_of(double whole, const AuditCases& cases) {
  constexpr double kRounded = 0.005, kMost = 0.1;
  const std::size_t k = cases.classes.size();
  const double slack = whole * std::min(kMost, kRounded * static_cast<double>(k));
  if (k < 2) return false;
  for (std::size_t i = 0; i < cases.count; ++i) {
    double sum = 0;
    for (const float p : std::span(cases.logits).subspan(i * k, k)) {
      if (!(p >= 0 && p <= whole)) return false;
      sum += static_cast<double>(p);
    }
    if (!(std::abs(sum - whole) <= slack)) return false;
  }
  return true;
}

/// The class that each column is most often the largest for, when that makes one order of all columns.
std::optional<std::vector<std::uint32_t>> order_of_predictions(const AuditCases& cases,
                                                               const std::vector<std::uint32_t>& columns) {
  const std::size_t k = cases.classes.size();
  std::vector<std::size_t> counts(k * k, 0);
  for (std::size_t i = 0; i < cases.count; ++i) ++counts[columns[i] * k + cases.predicted[i]];
  std::vector<std::uint32_t> class_of(k);
  std::vector<std::uint8_t> taken(k, 0);
  for (std::size_t c = 0; c < k; ++c) {
    const auto row = std::span(counts).subspan(c * k, k);
    const auto most = std::ranges::max_element(row);
    class_of[c] = static_cast<std::uint32_t>(most - row.begin());
    if (*most == 0 || taken[class_of[c]] != 0) return std::nullopt;
    taken[class_of[c]] = 1;
  }
  return class_of;
}

std::size_t agreeing(const AuditCases& cases, const std::vector<std::uint32_t>& columns,
                     const std::vector<std::uint32_t>& class_of) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < cases.count; ++i) count += class_of[columns[i]] == cases.predicted[i];
  return count;
}

void take_order(AuditLog& log, const std::vector<std::uint32_t>& class_of) {
  AuditCases& cases = log.cases;
  const std::size_t k = class_of.size();
  std::vector<float> row(k);
  for (std::size_t i = 0; i < cases.count; ++i) {
    const auto logits = std::span(cases.logits).subspan(i * k, k);
    for (std::size_t c = 0; c < k; ++c) row[class_of[c]] = logits[c];
    std::ranges::copy(row, logits.begin());
  }
  if (log.logit_columns.size() != k) return;  // one list
  const auto names = log.logit_columns;
  for (std::size_t c = 0; c < k; ++c) log.logit_columns[class_of[c]] = names[c];
}

/// Do the largest logits and the predictions go together?
void compare_predictions(AuditLog& log) {
  constexpr double kTogether = 0.99, kClearly = 0.9;
  AuditCases& cases = log.cases;
  if (cases.predicted.empty() || cases.count == 0) return;
  const auto columns = largest(cases);
  std::vector<std::uint32_t> as_named(cases.classes.size());
  std::iota(as_named.begin(), as_named.end(), 0U);
  const auto all = static_cast<double>(cases.count);
  const std::size_t agree = agreeing(cases, columns, as_named);
  if (static_cast<double>(agree) >= kTogether * all) return;
  const auto order = order_of_predictions(cases, columns);
  if (order && static_cast<double>(agree) < kClearly * all &&
      static_cast<double>(agreeing(cases, columns, *order)) >= kTogether * all) {
    take_order(log, *order);
    log.warnings.push_back(
        fmt::format("the logits are not in the order of the classes ({}, …): they were put in the order that the "
                    "predictions show; --logits names them in the order of the classes",
                    fmt::join(std::span(cases.classes).first(std::min<std::size_t>(4, cases.classes.size())), ", ")));
    return;
  }
  log.warnings.push_back(fmt::format(
      "the prediction is not the class of the largest logit in {} of {} cases: are rows and classes of the logits in "
      "the same order as the predictions? Detectors that read logits are wrong if they are not",
      cases.count - agree, cases.count));
}

}  // namespace

Result<void> match_classes(AuditCases& cases, const std::vector<std::string>& known, const std::string& file) {
  cases.labels.clear();
  if (known.empty() || cases.predicted.empty()) {
    cases.predicted.clear();
    cases.classes = known;
    return {};
  }
  std::unordered_map<std::string, std::uint32_t> by_name, by_position;
  for (std::uint32_t c = 0; c < known.size(); ++c) {
    by_name.emplace(known[c], c);
    by_position.emplace(fmt::format("{}", c), c);
  }
  const bool named =
      std::ranges::any_of(cases.predicted, [&](std::uint32_t c) { return by_name.contains(cases.classes[c]); });
  const auto& columns = named ? by_name : by_position;
  for (std::size_t i = 0; i < cases.count; ++i) {
    const auto column = columns.find(cases.classes[cases.predicted[i]]);
    if (column == columns.end())
      return data_error(fmt::format("{}: row {}: prediction {} is no class that the auditor was trained on ({}{})",
                                    file, i + 1, cases.classes[cases.predicted[i]],
                                    fmt::join(std::span(known).first(std::min<std::size_t>(6, known.size())), ", "),
                                    known.size() > 6 ? ", …" : ""));
    cases.predicted[i] = column->second;
  }
  cases.classes = known;
  return {};
}

Result<void> name_logits(AuditCases& cases, std::size_t width, const AuditColumns& columns, const std::string& place) {
  if (!columns.known_classes) return audit::widen_classes(cases, width, place);
  const std::size_t known = columns.known_classes->size();
  if (width == known) return {};
  return data_error(
      fmt::format("{}: {} logits a case, but the auditor was trained on {} classes", place, width, known));
}

std::size_t complete_single_logit(std::vector<float>& logits, std::size_t width,
                                  const std::vector<std::string>& classes, std::vector<std::string>& warnings) {
  if (width != 1 || classes.size() != 2) return width;
  const nn::SingleOutput kind = nn::kind_of_single(logits);
  logits = nn::two_of_single(logits, kind);
  warnings.push_back(nn::words_of_single(kind, classes[0], classes[1]));
  return 2;
}

void order_by_names(AuditCases& cases, std::vector<std::string>& names) {
  if (names.size() < 2 || cases.classes.empty()) return;
  const std::vector<std::string> ends = classes_at_end(names, cases.classes);
  if (ends.empty()) return;
  std::vector<std::string> classes = ends;
  table::sort_classes(classes);
  if (classes.size() != names.size()) return;
  std::vector<std::string> ordered;
  for (const std::string& name : classes) ordered.push_back(names[index_of(ends, name)]);
  names = std::move(ordered);
  rename_classes(cases, std::move(classes));
}

bool take_logarithms_of_probabilities(AuditCases& cases) {
  constexpr float kLeast = 1e-12F;
  if (cases.logits.empty()) return false;
  const float whole = are_parts_of(1, cases) ? 1.F : are_parts_of(100, cases) ? 100.F : 0.F;
  if (whole == 0.F) return false;
  for (float& p : cases.logits) p = std::log(std::max(p / whole, kLeast));
  return true;
}

void check_logits(AuditLog& log) {
  AuditCases& cases = log.cases;
  if (cases.logits.empty()) return;
  if (take_logarithms_of_probabilities(cases)) {
    log.warnings.emplace_back(
        "the logits of every case are shares of 1 or of 100 percent: they are probabilities, and their logarithms were "
        "taken as logits");
  }
  compare_predictions(log);
}

}  // namespace errata::engine_nn
