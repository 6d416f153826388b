#include "errata/table/outcome_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "errata/table/common_classes.h"
#include "errata/table/text.h"
#include "errata/table/text_survey.h"

namespace errata::table {
namespace {

constexpr double kRare = 0.01;

std::string count_of(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

}  // namespace

Result<void> OutcomeSteps::settle_classes() {
  ClassNames labels = class_names(*label_), predictions = class_names(*prediction_);
  spell({{ClassSide::label, &labels}, {ClassSide::prediction, &predictions}});
  const bool compared = !options_.failure && !log_.roles.loss && !options_.loss;
  ERRATA_TRY(check_common_classes({.label = *label_,
                                   .prediction = *prediction_,
                                   .labels = labels,
                                   .predictions = predictions,
                                   .named = options_.classes.classes},
                                  compared, log_.warnings));
  labels_ = std::move(labels);
  predictions_ = std::move(predictions);
  number_classes(named_);
  warn_unnamed();
  warn_one_sided();
  return {};
}

Result<void> OutcomeSteps::take_predicted_classes() {
  const bool numbers = prediction_->kind == ColumnKind::numeric && !distinct_integers(*prediction_);
  if (options_.task == Task::numbers || (numbers && options_.task != Task::classes)) return {};
  predictions_ = class_names(*prediction_);
  spell({{ClassSide::prediction, &predictions_}});
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

void OutcomeSteps::spell(const std::vector<std::pair<ClassSide, ClassNames*>>& columns) {
  std::vector<std::string> names, used;
  for (const auto& [side, column] : columns) {
    auto own = renamed_in(side, column->names, options_.classes);
    for (const std::string& name : column->names) {
      const auto renamed = own.find(name);
      names.push_back(renamed == own.end() ? name : renamed->second);
    }
    for (const auto& [from, to] : options_.classes.renamed)
      if (!renamed_in(side, column->names, {.renamed = {{from, to}}}).empty()) used.push_back(from);
    (side == ClassSide::label ? label_spelling_ : prediction_spelling_) = ClassSpelling().with_own(std::move(own));
  }
  spelling_ = ClassSpelling(names, options_.classes);
  label_spelling_ = spelling_.with_own(label_spelling_.own());
  prediction_spelling_ = spelling_.with_own(prediction_spelling_.own());
  for (const auto& [side, column] : columns) *column = spelling_of(side).renamed(std::move(*column));
  take_named_classes(names);
  warn_of_spelling(used);
}

void OutcomeSteps::take_named_classes(const std::vector<std::string>& names) {
  const bool said = !options_.classes.classes.empty() || options_.settled == nullptr;
  std::vector<std::string> classes;
  for (const std::string& name : said ? options_.classes.classes : options_.settled->classes)
    classes.push_back(spelling_.class_of(name));
  const auto occurs = [&](const std::string& name) {
    return std::ranges::count(classes, spelling_.class_of(name)) > 0;
  };
  has_other_classes_ = !said && classes.size() > 1 && !names.empty() && std::ranges::none_of(names, occurs);
  if (!has_other_classes_) {
    named_.insert(named_.end(), classes.begin(), classes.end());
    return;
  }
  std::vector<std::string> own;
  for (const std::string& name : names) own.push_back(spelling_.class_of(name));
  sort_classes(own);
  constexpr std::size_t kShown = 4;
  for (std::vector<std::string>* list : {&own, &classes})
    if (list->size() > kShown) {
      list->resize(kShown);
      list->emplace_back("…");
    }
  warn(
      fmt::format("none of the classes {} is one of the log that it is compared with ({}): what they and the scores "
                  "mean is settled for each log by itself, and score metrics are not compared; --map VALUE=CLASS says "
                  "which are the same",
                  fmt::join(own, ", "), fmt::join(classes, ", ")));
}

void OutcomeSteps::warn_of_spelling(const std::vector<std::string>& used) {
  constexpr std::size_t kShown = 4;
  std::vector<std::string> merged = spelling_.merged(), unused = spelling_.unused();
  const bool more = merged.size() > kShown;
  if (more) merged.resize(kShown);
  if (!merged.empty())
    warn(fmt::format("classes: {}{}; --map VALUE=CLASS names them otherwise", fmt::join(merged, ", "),
                     more ? ", …" : ""));
  std::erase_if(unused, [&](const std::string& from) { return std::ranges::count(used, from) > 0; });
  if (!unused.empty()) warn(fmt::format("--map: no label or prediction is {}", fmt::join(unused, ", ")));
}

void OutcomeSteps::number_classes(const std::vector<std::string>& more) {
  log_.classes.insert(log_.classes.end(), more.begin(), more.end());
  for (const ClassNames* column : {&labels_, &predictions_})
    log_.classes.insert(log_.classes.end(), column->names.begin(), column->names.end());
  sort_classes(log_.classes);
  if (!labels_.rows.empty()) log_.label_class = renumber(labels_, log_.classes);
  if (!predictions_.rows.empty()) log_.predicted_class = renumber(predictions_, log_.classes);
}

void OutcomeSteps::warn_one_sided() {
  const auto labels = counts(log_.label_class), predictions = counts(log_.predicted_class);
  const std::string strays = names_of_one_sided(labels, predictions), unseen = names_of_one_sided(predictions, labels);
  std::size_t stray_rows = 0, labelled = 0;
  std::vector<std::string> names;
  for (std::size_t c = 0; c < labels.size(); ++c) {
    labelled += labels[c];
    if (predictions[c] > 0 || labels[c] == 0) continue;
    stray_rows += labels[c];
    names.push_back(log_.classes[c]);
  }
  const bool rare = static_cast<double>(stray_rows) < kRare * static_cast<double>(log_.rows);
  constexpr std::size_t kFewNames = 3;
  if (!strays.empty())
    warn(fmt::format("label values that are never predicted: {}{}", strays,
                     rare ? std::string("; each counts as a class in balanced accuracy; --where leaves such rows out, "
                                        "--map renames them")
                     : names.size() <= kFewNames
                         ? fmt::format("; each such row is a failure; where they say that the outcome is not known, "
                                       "--null-values '{}' makes them missing",
                                       fmt::join(names, ","))
                         : std::string()));
  if (!unseen.empty() && labelled > 0) warn("prediction values that are never a label: " + unseen);
  warn_of_missing_words(labels, predictions);
}

void OutcomeSteps::warn_of_missing_words(const std::vector<std::size_t>& labels,
                                         const std::vector<std::size_t>& predictions) {
  std::vector<std::string> classes, words;
  for (std::size_t c = 0; c < log_.classes.size(); ++c) {
    const std::string& name = log_.classes[c];
    const bool may_be_missing = means_missing(name) || folded(name) == "nan";
    if (!may_be_missing || std::ranges::count(options_.classes.classes, name) > 0) continue;
    classes.push_back(
        fmt::format("{} ({} and {})", name, count_of(labels[c], "label"), count_of(predictions[c], "prediction")));
    words.push_back(name);
  }
  if (classes.empty()) return;
  const bool one = classes.size() == 1;
  warn(
      fmt::format("{} {}, though {} often means a missing value (--null-values {} makes such rows missing; --classes "
                  "says that {})",
                  fmt::join(classes, ", "), one ? "is taken as a class" : "are taken as classes",
                  one ? "the word" : "each word", fmt::join(words, ","), one ? "it is a class" : "they are classes"));
}

std::string OutcomeSteps::names_of_one_sided(const std::vector<std::size_t>& in,
                                             const std::vector<std::size_t>& not_in) const {
  constexpr std::size_t kShown = 5;
  std::string names;
  std::size_t count = 0;
  for (std::size_t c = 0; c < log_.classes.size(); ++c) {
    if (in[c] == 0 || not_in[c] > 0) continue;
    if (++count <= kShown)
      names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", log_.classes[c], count_of(in[c], "row"));
  }
  if (count > kShown) names += fmt::format(" and {} more", count - kShown);
  return names;
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
