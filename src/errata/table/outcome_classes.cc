#include "errata/table/outcome_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "errata/table/common_classes.h"
#include "errata/table/text_survey.h"

namespace errata::table {
namespace {

constexpr double kRare = 0.01;

}  // namespace

Result<void> OutcomeSteps::settle_classes() {
  ClassNames labels = class_names(*label_), predictions = class_names(*prediction_);
  ERRATA_TRY(spell({&labels, &predictions}));
  const bool compared = !options_.failure && !log_.roles.loss;
  ERRATA_TRY(check_common_classes({*label_, *prediction_, labels, predictions}, compared, log_.warnings));
  labels_ = std::move(labels);
  predictions_ = std::move(predictions);
  number_classes(named_);
  warn_unnamed();
  warn_one_sided(log_.label_class, log_.predicted_class, "label", "never predicted");
  warn_one_sided(log_.predicted_class, log_.label_class, "prediction", "never a label");
  return {};
}

Result<void> OutcomeSteps::take_predicted_classes() {
  const bool numbers = prediction_->kind == ColumnKind::numeric && !distinct_integers(*prediction_);
  if (options_.task == Task::numbers || (numbers && options_.task != Task::classes)) return {};
  predictions_ = class_names(*prediction_);
  ERRATA_TRY(spell({&predictions_}));
  number_classes(named_);
  log_.task = Task::classes;
  ERRATA_TRY(settle_class_columns());
  complete_single_class();
  return {};
}

void OutcomeSteps::warn_unnamed() {
  if (options_.classes.classes.empty()) return;
  std::vector<std::string> unnamed;
  for (const std::string& name : log_.classes)
    if (std::ranges::count(named_, name) == 0 && unnamed.size() < 5) unnamed.push_back(name);
  if (!unnamed.empty()) warn(fmt::format("classes that --classes does not name: {}", fmt::join(unnamed, ", ")));
}

void OutcomeSteps::complete_single_class() {
  if (log_.classes.size() != 1 || !log_.roles.score) return;
  if (const auto other = opposite_class(log_.classes.front())) number_classes({*other});
}

Result<void> OutcomeSteps::spell(const std::vector<ClassNames*>& columns) {
  std::vector<std::string> names;
  for (const ClassNames* column : columns) names.insert(names.end(), column->names.begin(), column->names.end());
  spelling_ = ClassSpelling(names, options_.classes);
  for (ClassNames* column : columns) *column = spelling_.renamed(std::move(*column));
  const bool said = !options_.classes.classes.empty() || options_.settled == nullptr;
  for (const std::string& name : said ? options_.classes.classes : options_.settled->classes)
    named_.push_back(spelling_.class_of(name));
  constexpr std::size_t kShown = 4;
  std::vector<std::string> merged = spelling_.merged();
  const bool more = merged.size() > kShown;
  if (more) merged.resize(kShown);
  if (!merged.empty())
    warn(fmt::format("classes: {}{}; --map VALUE=CLASS names them otherwise", fmt::join(merged, ", "),
                     more ? ", …" : ""));
  if (!spelling_.unused().empty())
    warn(fmt::format("--map: no label or prediction is {}", fmt::join(spelling_.unused(), ", ")));
  return {};
}

void OutcomeSteps::number_classes(const std::vector<std::string>& more) {
  log_.classes.insert(log_.classes.end(), more.begin(), more.end());
  for (const ClassNames* column : {&labels_, &predictions_})
    log_.classes.insert(log_.classes.end(), column->names.begin(), column->names.end());
  sort_classes(log_.classes);
  if (!labels_.rows.empty()) log_.label_class = renumber(labels_, log_.classes);
  if (!predictions_.rows.empty()) log_.predicted_class = renumber(predictions_, log_.classes);
}

void OutcomeSteps::warn_one_sided(const std::vector<std::uint32_t>& in, const std::vector<std::uint32_t>& not_in,
                                  std::string_view what, std::string_view never) {
  constexpr std::size_t kShown = 5;
  const auto a = counts(in), b = counts(not_in);
  std::string names, words;
  std::size_t count = 0;
  for (std::size_t c = 0; c < log_.classes.size(); ++c) {
    if (a[c] == 0 || b[c] > 0) continue;
    if (means_missing(log_.classes[c])) words += (words.empty() ? "" : ",") + log_.classes[c];
    if (++count <= kShown)
      names +=
          fmt::format("{}{} ({} {})", names.empty() ? "" : ", ", log_.classes[c], a[c], a[c] == 1 ? "row" : "rows");
  }
  if (count > kShown) names += fmt::format(" and {} more", count - kShown);
  if (!words.empty()) names += fmt::format("; --null-values {} makes such rows missing", words);
  if (count > 0) warn(fmt::format("{} values that are {}: {}", what, never, names));
}

std::vector<std::size_t> OutcomeSteps::counts(const std::vector<std::uint32_t>& rows) const {
  std::vector<std::size_t> counted(log_.classes.size(), 0);
  for (const std::uint32_t c : rows)
    if (c != kNoClass) ++counted[c];
  return counted;
}

std::vector<std::string> OutcomeSteps::core_classes() const {
  const auto labelled = counts(log_.label_class), predicted = counts(log_.predicted_class);
  std::vector<std::string> core;
  for (std::size_t c = 0; c < log_.classes.size(); ++c) {
    const bool common = static_cast<double>(labelled[c]) >= kRare * static_cast<double>(log_.rows);
    if (predicted[c] > 0 || (common && labelled[c] > 0)) core.push_back(log_.classes[c]);
  }
  return core;
}

}  // namespace errata::table
