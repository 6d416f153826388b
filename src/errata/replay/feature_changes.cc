#include "errata/replay/feature_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "errata/memory/case_sample.h"

namespace errata::replay {
namespace {

using table::Column;

constexpr std::size_t kLeast = 30;      // cases before, cases evaluated, and in a stretch
constexpr std::size_t kStretches = 20;  // of the evaluated cases
constexpr std::size_t kSample = 1000;   // cases looked at in a stretch
constexpr std::size_t kLonger = 8;      // than a value stayed before
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

/// What a feature was before.
struct Usual {
  double missing = 0;                          ///< share of the cases
  double size = 0, smallest = 0, largest = 0;  ///< of its numbers: usual one, what few are below, what none is above
  bool with_zeros = false;                     ///< `size` is of all numbers, 0 among them
  bool has_size = false;
  std::vector<std::uint8_t> known{};  ///< [categories of the column]
  std::size_t kept = 0;               ///< categories that are told apart, where there were others
  double expected = 0;                ///< share of the cases with a category that is not known, by chance
  bool of_memory = false;
};

double missing_share(const CaseStream& cases, const Column& column, Stretch stretch) {
  std::size_t missing = 0;
  const std::size_t looked = for_some(cases, stretch, kStretches * kSample,
                                      [&](std::size_t row) { missing += is_missing(column, row) ? 1U : 0U; });
  return looked == 0 ? 0 : static_cast<double>(missing) / static_cast<double>(looked);
}

/// |x| of numbers, ascending; without those that are 0 beside `scale` where asked; empty where they are few.
std::vector<double> sizes_in(const CaseStream& cases, const Column& column, Stretch stretch, double scale,
                             bool with_zeros) {
  std::vector<double> sizes;
  for_some(cases, stretch, kSample, [&](std::size_t row) {
    const double size = std::abs(column.numbers[row]);
    if ((with_zeros || size > kZero * scale) && std::isfinite(size)) sizes.push_back(size);
  });
  if (sizes.size() < kLeast) return {};
  std::ranges::sort(sizes);
  return sizes;
}

Usual usual_before(const CaseStream& cases, const Column& column, Stretch before) {
  Usual usual{.missing = missing_share(cases, column, before)};
  if (column.kind == table::ColumnKind::numeric) {
    const auto sizes = sizes_in(cases, column, before, 0, false);
    usual.has_size = !sizes.empty();
    if (sizes.empty()) return usual;
    usual.size = sizes[sizes.size() / 2];
    usual.smallest = sizes[sizes.size() / 20];
    usual.largest = sizes.back();
    return usual;
  }
  std::vector<std::size_t> seen(column.categories.size(), 0);
  for (std::size_t i = before.first; i < before.last; ++i)
    if (const auto code = column.codes[cases.row(i)]; code != table::kMissingCode)
      ++seen[static_cast<std::size_t>(code)];
  for (const auto count : seen) usual.known.push_back(count > 0 ? 1 : 0);
  usual.expected = static_cast<double>(std::ranges::count(seen, 1U)) / static_cast<double>(before.last - before.first);
  return usual;
}

/// Of numbers that lie about as those of a normal distribution of this mean and sd.
Usual usual_number(const memory::FeatureCoder::UsualNumber& number) {
  constexpr double kMedian = 0.6745, kTwentieth = 1.645, kNearZero = 0.0627, kNone = 5;
  const double mean = std::abs(number.mean), sd = number.sd;
  return {.missing = number.missing,
          .size = std::max(mean, kMedian * sd),
          .smallest = std::max(mean - kTwentieth * sd, kNearZero * sd),
          .largest = mean + kNone * sd,
          .with_zeros = true,
          .has_size = true,
          .of_memory = true};
}

Usual usual_categories(const memory::FeatureCoder::UsualCategories& categories, const Column& column) {
  Usual usual{.missing = categories.missing, .of_memory = true};
  const std::set<std::uint64_t> hashes(categories.hashes.begin(), categories.hashes.end());
  for (const auto& name : column.categories)
    usual.known.push_back(hashes.contains(memory::category_hash(name)) ? 1 : 0);
  usual.expected = categories.others;
  if (categories.others > 0) usual.kept = hashes.size();
  return usual;
}

/// One feature, as it was and as it is.
class Watch {
 public:
  Watch(const CaseStream& cases, const Column& column, const Usual& usual, Stretch after)
      : cases_(cases), column_(column), usual_(usual), after_(after) {}

  [[nodiscard]] std::string change() const {
    std::string words = gone();
    if (words.empty()) words = stopped();
    if (words.empty() && column_.kind == table::ColumnKind::numeric) words = rescaled();
    if (words.empty() && column_.kind == table::ColumnKind::categorical) words = unseen();
    return words;
  }

 private:
  [[nodiscard]] std::string gone() const {
    std::size_t end = cases_.size();  // of the cases that have it
    while (end > 0 && is_missing(column_, cases_.row(end - 1))) --end;
    const std::size_t lacking = cases_.size() - end;
    const double had = end > 0 ? missing_share(cases_, column_, {0, end}) : usual_.of_memory ? usual_.missing : 1;
    if (lacking >= std::max(kLeast, cases_.size() / 50) && had < 0.5)
      return fmt::format("it is missing in all {} cases from row {} on", lacking, cases_.row(end) + 1);
    const double is = missing_share(cases_, column_, after_);
    if (is - usual_.missing < kMissing) return {};
    if (usual_.of_memory)
      return fmt::format("it is missing in {:.1f}% of the cases, in {:.1f}% of the memory's warm-up", 100 * is,
                         100 * usual_.missing);
    return fmt::format("it is missing in {:.1f}% of the evaluated cases, in {:.1f}% of those before", 100 * is,
                       100 * usual_.missing);
  }

  [[nodiscard]] bool alike(std::size_t a, std::size_t b) const {
    if (is_missing(column_, a) || is_missing(column_, b)) return is_missing(column_, a) == is_missing(column_, b);
    return column_.kind == table::ColumnKind::numeric ? column_.numbers[a] == column_.numbers[b]
                                                      : column_.codes[a] == column_.codes[b];
  }

  /// The same value to the end, many times longer than any value stayed before.
  [[nodiscard]] std::string stopped() const {
    const std::size_t last = cases_.row(cases_.size() - 1);
    std::size_t begin = cases_.size() - 1, longest = 0;
    while (begin > 0 && alike(cases_.row(begin - 1), last)) --begin;
    const std::size_t stays = cases_.size() - begin;
    if (begin < kLeast || stays < std::max(kLeast, cases_.size() / 50) || is_missing(column_, last)) return {};
    for (std::size_t i = 0, first = 0; i < begin; ++i) {
      if (!alike(cases_.row(i), cases_.row(first))) first = i;
      longest = std::max(longest, i - first + 1);
    }
    const bool varied = longest < begin;
    if (!varied || stays < kLonger * longest) return {};
    return fmt::format("it is {} in all {} cases from row {} on, where it varied before",
                       column_.kind == table::ColumnKind::numeric
                           ? fmt::format("{:.6g}", column_.numbers[last])
                           : fmt::format("'{}'", column_.categories[static_cast<std::size_t>(column_.codes[last])]),
                       stays, cases_.row(begin) + 1);
  }

  /// Sizes of numbers: the median, NaN where they are few or most are 0, and what a twentieth is above.
  struct Sizes {
    double median = std::nan(""), high = std::nan("");
  };
  [[nodiscard]] Sizes sizes(Stretch stretch) const {
    const auto found = sizes_in(cases_, column_, stretch, usual_.size, usual_.with_zeros);
    if (found.empty() || found[found.size() / 2] <= kZero * usual_.size) return {};
    return {.median = found[found.size() / 2], .high = found[found.size() - 1 - found.size() / 20]};
  }

  [[nodiscard]] std::string rescaled() const {
    if (!usual_.has_size) return {};
    const double was = usual_.size;
    const std::size_t size = after_.last - after_.first;
    const std::size_t count = std::clamp<std::size_t>(size / kLeast, 1, kStretches);
    // A change falls into one stretch: those beside it are compared, so that a slow trend is none.
    double previous = was;
    for (std::size_t s = 0; s < count; ++s) {
      const Stretch stretch{after_.first + s * size / count, after_.first + (s + 1) * size / count};
      const auto [is, high] = sizes(stretch);
      const bool larger = is >= kFactor * std::max(was, previous) && is > usual_.largest;
      const bool smaller = is * kFactor <= std::min(was, previous) && is < usual_.smallest &&
                           (!usual_.of_memory || high * kFactor <= was);  // its numbers may have been 0 as often
      previous = is;
      if (!larger && !smaller) continue;
      return fmt::format(
          "its numbers are about {:.3g} times as {} from about row {} on as {} (median size {:.3g}, {} {:.3g}); was "
          "the unit changed?",
          larger ? is / was : was / is, larger ? "large" : "small", cases_.row(stretch.first) + 1,
          usual_.of_memory ? "in the memory's warm-up" : "before", is, usual_.of_memory ? "there about" : "before",
          was);
    }
    return {};
  }

  [[nodiscard]] std::string unseen() const {
    std::size_t fresh = 0;
    std::optional<std::size_t> first;
    const std::size_t looked = for_some(cases_, after_, kStretches * kSample, [&](std::size_t row) {
      const auto code = column_.codes[row];
      if (code == table::kMissingCode || usual_.known[static_cast<std::size_t>(code)] != 0) return;
      ++fresh;
      if (!first) first = row;
    });
    const double share = static_cast<double>(fresh) / static_cast<double>(looked);
    if (share < kNew || share < 2 * usual_.expected + kBeyondExpected) return {};
    const std::string like = fmt::format(
        "like '{}' in row {}", column_.categories[static_cast<std::size_t>(column_.codes[*first])], *first + 1);
    if (usual_.kept > 0)
      return fmt::format(
          "{:.1f}% of the cases have a value beside the {} most frequent of the memory's warm-up, {}; "
          "there it was {:.1f}%",
          100 * share, usual_.kept, like, 100 * usual_.expected);
    return fmt::format("{:.1f}% of the {} have a value that {} has, {}", 100 * share,
                       usual_.of_memory ? "cases" : "evaluated cases",
                       usual_.of_memory ? "no case of the memory's warm-up" : "no case before", like);
  }

  const CaseStream& cases_;
  const Column& column_;
  const Usual& usual_;
  Stretch after_;
};

/// What a feature of the memory's schema was in its warm-up, where that is known.
std::optional<Usual> usual_of(const memory::FeatureCoder& coder, std::size_t feature, const Column& column) {
  if (column.kind == table::ColumnKind::categorical) return usual_categories(coder.usual_categories(feature), column);
  const auto number = coder.usual_number(feature);
  return number ? std::optional(usual_number(*number)) : std::nullopt;
}

}  // namespace

std::vector<FeatureChange> feature_changes(const CaseStream& cases, const memory::FailureMemory* memory) {
  std::vector<FeatureChange> changes;
  const auto* coder = memory == nullptr ? nullptr : memory->usual_features();
  const std::size_t before = coder != nullptr ? 0 : std::max(cases.trained() + cases.warm(), cases.size() / 10);
  if ((coder == nullptr && before < kLeast) || cases.size() - before < kLeast) return changes;
  const auto watch = [&](const Column& column, const Usual& usual) {
    std::string words = Watch(cases, column, usual, {before, cases.size()}).change();
    if (!words.empty()) changes.push_back({.feature = column.name, .words = std::move(words)});
  };
  for (const auto& columns : {cases.numbers(), cases.categories()})
    for (std::size_t f = 0; f < columns.size(); ++f) {
      if (columns[f] == nullptr) continue;  // of a memory, and not in this log
      if (coder == nullptr)
        watch(*columns[f], usual_before(cases, *columns[f], {0, before}));
      else if (const auto usual = usual_of(*coder, f, *columns[f]))
        watch(*columns[f], *usual);
    }
  return changes;
}

std::string sentence_of(const FeatureChange& change) {
  return fmt::format("feature {}: {}", change.feature, change.words);
}

}  // namespace errata::replay
