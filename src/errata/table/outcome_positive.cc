#include "errata/table/outcome_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace errata::table {
namespace {

constexpr double kNearlyAllCases = 0.98;

}  // namespace

std::uint32_t OutcomeSteps::index_of(const std::string& name) const {
  return static_cast<std::uint32_t>(std::ranges::find(log_.classes, name) - log_.classes.begin());
}

std::vector<std::uint32_t> OutcomeSteps::indices_of(const std::vector<std::string>& names) const {
  std::vector<std::uint32_t> indices;
  for (const std::string& name : names) indices.push_back(index_of(name));
  return indices;
}

std::optional<OutcomeSteps::Pair> OutcomeSteps::pair_of_classes() const {
  auto two = two_classes();
  const bool known = two && log_.classes.size() >= 2 && named_.size() != 2;
  if (known && is_yes(log_.classes[two->negative]) && !is_yes(log_.classes[two->positive]))
    std::swap(two->negative, two->positive);  // "Yes" comes before "no" in order
  return two;
}

std::optional<OutcomeSteps::Pair> OutcomeSteps::two_classes() const {
  if (named_.size() == 2) return Pair{.negative = index_of(named_[0]), .positive = index_of(named_[1])};
  if (score_classes_.size() == 2)
    return Pair{.negative = index_of(score_classes_[0]), .positive = index_of(score_classes_[1])};
  if (log_.classes.size() <= 2) return Pair{};
  if (log_.predicted_class.empty()) return std::nullopt;
  const auto predicted = counts(log_.predicted_class);
  std::uint32_t first = 0, second = 1;
  double all = 0;
  for (std::uint32_t c = 0; c < predicted.size(); ++c) {
    all += static_cast<double>(predicted[c]);
    if (c < 2) continue;
    std::uint32_t& least = predicted[first] < predicted[second] ? first : second;
    if (predicted[c] > predicted[least]) least = c;
  }
  if (predicted[first] == 0 || predicted[second] == 0) return std::nullopt;
  if (static_cast<double>(predicted[first] + predicted[second]) < kNearlyAllCases * all) return std::nullopt;
  return Pair{.negative = std::min(first, second), .positive = std::max(first, second)};
}

Result<void> OutcomeSteps::settle_positive() {
  const auto two = log_.classes.size() >= 2 ? pair_of_classes() : std::nullopt;
  if (two && (log_.classes.size() == 2 || named_.size() == 2 || score_classes_.size() == 2))
    log_.positive = log_.classes[two->positive];
  if (two && log_.positive && options_.settled != nullptr && options_.settled->positive == log_.classes[two->negative])
    log_.positive = options_.settled->positive;
  if (!options_.positive) return {};
  if (!two) {
    return invalid_argument(
        fmt::format("positive class {}: the log has {} classes, not two", *options_.positive, log_.classes.size()));
  }
  const std::string& positive = log_.classes[two->positive];
  const std::string& negative = log_.classes[two->negative];
  log_.positive = spelling_.class_of(*options_.positive);
  if (*log_.positive != positive && *log_.positive != negative) {
    return invalid_argument(fmt::format("positive class {}: the classes are {} and {}", *options_.positive,
                                        std::min(negative, positive), std::max(negative, positive)));
  }
  return {};
}

std::size_t OutcomeSteps::positive_column() const {
  return static_cast<std::size_t>(std::ranges::find(score_classes_, *log_.positive) - score_classes_.begin());
}

}  // namespace errata::table
