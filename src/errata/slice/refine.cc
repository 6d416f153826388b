#include "errata/slice/refine.h"

#include <algorithm>
#include <optional>

namespace errata::slice {
namespace {

using Where = std::vector<CodedPredicate>;

/// The predicate with one end moved by a bin, in each way that leaves a range of at least one bin.
std::vector<CodedPredicate> steps(const table::CodedFeature& feature, CodedPredicate predicate) {
  const std::size_t ranges = range_bins(feature);
  std::vector<CodedPredicate> moved;
  if (predicate.last >= ranges) return moved;
  const auto step = [&](int first, int last) {
    CodedPredicate changed = predicate;
    changed.first = static_cast<table::Code>(changed.first + first);
    changed.last = static_cast<table::Code>(changed.last + last);
    moved.push_back(changed);
  };
  if (predicate.first > 0) step(-1, 0);
  if (predicate.last + 1U < ranges) step(0, 1);
  if (predicate.first < predicate.last) {
    step(1, 0);
    step(0, -1);
  }
  return moved;
}

class Measure {
 public:
  explicit Measure(const SearchInput& input) : input_(input) {
    const Slice all = measure_slice(input, {});
    whole_ = {.rows = all.n, .loss = all.loss};
    if (!input.loss.empty()) whole_.largest_loss = *std::ranges::max_element(input.loss);
  }
  [[nodiscard]] double deviance(const Where& where) const {
    const Slice slice = measure_slice(input_, where);
    return slice.n == 0 ? 0 : slice_score(Rank::deviance, 1, whole_, slice.n, slice.loss);
  }

 private:
  const SearchInput& input_;
  Whole whole_;
};

}  // namespace

Where refine_ranges(const SearchInput& input, Where where) {
  const Measure measure(input);
  double best = measure.deviance(where);
  while (true) {
    std::optional<Where> better;
    for (std::size_t i = 0; i < where.size(); ++i) {
      for (const CodedPredicate& step : steps(input.table.features[where[i].feature], where[i])) {
        Where changed = where;
        changed[i] = step;
        if (const double deviance = measure.deviance(changed); deviance > best) {
          best = deviance;
          better = std::move(changed);
        }
      }
    }
    if (!better) break;
    where = std::move(*better);
  }
  std::erase_if(where, [&](const CodedPredicate& predicate) {
    return predicate.first == 0 && predicate.last + 1U == input.table.features[predicate.feature].bins.size();
  });
  return where;
}

}  // namespace errata::slice
