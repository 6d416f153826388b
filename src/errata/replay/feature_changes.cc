#include "errata/replay/feature_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace errata::replay {
namespace {

using table::Column;

constexpr std::size_t kLeast = 30;      // cases before, cases evaluated, and in a stretch
constexpr std::size_t kStretches = 20;  // of the evaluated cases
constexpr std::size_t kSample = 1000;   // cases looked at in a stretch
constexpr double kFactor = 8;           // of the size of numbers
constexpr double kZero = 1e-9;          // of that size: what rounding leaves of 0
constexpr double kMissing = 0.25;       // share of the cases, more than before
constexpr double kNew = 0.1;            // share of the cases with values that are new
constexpr double kBeyondExpected = 0.05;

struct Stretch {
  std::size_t first, last;  // cases
};

bool is_missing(const Column& column, std::size_t row) {
  return column.kind == table::ColumnKind::numeric ? std::isnan(column.numbers[row])
                                                   : column.codes[row] == table::kMissingCode;
}

/// Calls body(row) for at most `most` cases, evenly spaced.
template <typename Body>
std::size_t for_some(const CaseStream& cases, Stretch stretch, std::size_t most, Body body) {
  const std::size_t size = stretch.last - stretch.first, count = std::min(size, most);
  for (std::size_t i = 0; i < count; ++i) body(cases.row(stretch.first + i * size / count));
  return count;
}

/// One feature, before and after.
class Watch {
 public:
  Watch(const CaseStream& cases, const Column& column, std::size_t before)
      : cases_(cases), column_(column), before_{0, before}, after_{before, cases.size()} {}

  [[nodiscard]] std::string change() const {
    std::string words = gone();
    if (words.empty() && column_.kind == table::ColumnKind::numeric) words = rescaled();
    if (words.empty() && column_.kind == table::ColumnKind::categorical) words = unseen();
    return words.empty() ? words : fmt::format("feature {}: {}", column_.name, words);
  }

 private:
  [[nodiscard]] double missing_share(Stretch stretch) const {
    std::size_t missing = 0;
    const std::size_t looked = for_some(cases_, stretch, kStretches * kSample,
                                        [&](std::size_t row) { missing += is_missing(column_, row) ? 1U : 0U; });
    return looked == 0 ? 0 : static_cast<double>(missing) / static_cast<double>(looked);
  }

  [[nodiscard]] std::string gone() const {
    std::size_t end = cases_.size();  // of the cases that have it
    while (end > 0 && is_missing(column_, cases_.row(end - 1))) --end;
    const std::size_t lacking = cases_.size() - end;
    if (end > 0 && lacking >= std::max(kLeast, cases_.size() / 50) && missing_share({0, end}) < 0.5)
      return fmt::format("it is missing in all {} cases from row {} on", lacking, cases_.row(end) + 1);
    const double was = missing_share(before_), is = missing_share(after_);
    if (is - was < kMissing) return {};
    return fmt::format("it is missing in {:.1f}% of the evaluated cases, in {:.1f}% of those before", 100 * is,
                       100 * was);
  }

  /// |x| of numbers that are not 0 beside `scale`, ascending; empty where they are few.
  [[nodiscard]] std::vector<double> sizes_in(Stretch stretch, double scale = 0) const {
    std::vector<double> sizes;
    for_some(cases_, stretch, kSample, [&](std::size_t row) {
      const double size = std::abs(column_.numbers[row]);
      if (size > kZero * scale && std::isfinite(size)) sizes.push_back(size);
    });
    if (sizes.size() < kLeast) return {};
    std::ranges::sort(sizes);
    return sizes;
  }

  [[nodiscard]] std::string rescaled() const {
    const auto were = sizes_in(before_);
    if (were.empty()) return {};
    const double was = were[were.size() / 2], smallest = were[were.size() / 20], largest = were.back();
    const std::size_t size = after_.last - after_.first;
    const std::size_t count = std::clamp<std::size_t>(size / kLeast, 1, kStretches);
    const auto stretch = [&](std::size_t s) {
      return Stretch{after_.first + s * size / count, after_.first + (s + 1) * size / count};
    };
    // A change falls into one stretch: those beside it are compared, so that a slow trend is none.
    std::vector<double> medians{was};
    for (std::size_t s = 0; s < count; ++s) {
      const auto sizes = sizes_in(stretch(s), was);
      medians.push_back(sizes.empty() ? std::nan("") : sizes[sizes.size() / 2]);
      const double is = medians.back();
      const double previous = s == 0 ? was : medians[s - 1];
      const bool larger = is >= kFactor * std::max(was, previous) && is > largest;
      const bool smaller = is * kFactor <= std::min(was, previous) && is < smallest;
      if (!larger && !smaller) continue;
      return fmt::format(
          "its numbers are about {:.3g} times as {} from about row {} on as before (median size {:.3g}, "
          "before {:.3g}); was the unit changed?",
          larger ? is / was : was / is, larger ? "large" : "small", cases_.row(stretch(s).first) + 1, is, was);
    }
    return {};
  }

  [[nodiscard]] std::string unseen() const {
    std::vector<std::size_t> seen(column_.categories.size(), 0);
    for (std::size_t i = before_.first; i < before_.last; ++i)
      if (const auto code = column_.codes[cases_.row(i)]; code != table::kMissingCode)
        ++seen[static_cast<std::size_t>(code)];
    std::size_t fresh = 0;
    std::optional<std::size_t> first;
    const std::size_t looked = for_some(cases_, after_, kStretches * kSample, [&](std::size_t row) {
      const auto code = column_.codes[row];
      if (code == table::kMissingCode || seen[static_cast<std::size_t>(code)] > 0) return;
      ++fresh;
      if (!first) first = row;
    });
    const double share = static_cast<double>(fresh) / static_cast<double>(looked);
    const double expected =
        static_cast<double>(std::ranges::count(seen, 1U)) / static_cast<double>(before_.last - before_.first);
    if (share < kNew || share < 2 * expected + kBeyondExpected) return {};
    return fmt::format("{:.1f}% of the evaluated cases have a value that no case before has, like '{}' in row {}",
                       100 * share, column_.categories[static_cast<std::size_t>(column_.codes[*first])], *first + 1);
  }

  const CaseStream& cases_;
  const Column& column_;
  Stretch before_, after_;
};

}  // namespace

std::vector<std::string> feature_changes(const CaseStream& cases) {
  std::vector<std::string> changes;
  const std::size_t before = std::max(cases.trained() + cases.warm(), cases.size() / 10);
  if (before < kLeast || cases.size() - before < kLeast) return changes;
  for (const auto& columns : {cases.numbers(), cases.categories()})
    for (const Column* column : columns) {
      if (column == nullptr) continue;  // of a memory, and not in this log
      std::string words = Watch(cases, *column, before).change();
      if (!words.empty()) changes.push_back(std::move(words));
    }
  return changes;
}

}  // namespace errata::replay
