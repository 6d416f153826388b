#include "errata/slice/widen.h"

#include <algorithm>
#include <optional>

namespace errata::slice {
namespace {

using Where = std::vector<CodedPredicate>;

/// Number of leading range bins of an ordered feature.
table::Code range_bins(const table::CodedFeature& feature) {
  const auto ranges = std::ranges::count(feature.bins, table::Bin::Kind::range, &table::Bin::kind);
  return static_cast<table::Code>(ranges);
}

/// The slice with one predicate a bin wider at one end, where there is a bin to take.
std::optional<Where> widened(const table::CodedTable& table, const Where& where, std::size_t predicate, bool upwards) {
  const table::CodedFeature& feature = table.features[where[predicate].feature];
  if (!feature.ordered || where[predicate].last >= range_bins(feature)) return std::nullopt;
  Where wider = where;
  CodedPredicate& changed = wider[predicate];
  if (upwards) {
    if (changed.last + 1 >= range_bins(feature)) return std::nullopt;
    ++changed.last;
  } else {
    if (changed.first == 0) return std::nullopt;
    --changed.first;
  }
  return wider;
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
    return slice_score(Rank::deviance, 1, whole_, slice.n, slice.loss);
  }

 private:
  const SearchInput& input_;
  Whole whole_;
};

}  // namespace

Where widen_ranges(const SearchInput& input, Where where) {
  const Measure measure(input);
  double best = measure.deviance(where);
  while (true) {
    std::optional<Where> better;
    for (std::size_t predicate = 0; predicate < where.size(); ++predicate) {
      for (const bool upwards : {false, true}) {
        auto wider = widened(input.table, where, predicate, upwards);
        if (!wider) continue;
        if (const double deviance = measure.deviance(*wider); deviance > best) {
          best = deviance;
          better = std::move(wider);
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
