#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "errata/base/rng.h"
#include "errata/base/thread_pool.h"
#include "errata/stats/rate.h"

namespace errata::robustness {

/// A value of a subject in a column of a table: one picture under one corruption.
struct Entry {
  std::uint32_t subject = 0, column = 0;
  float value = 0;
};

/// Replicates of the bootstrap that cost a pass over so many values each: those asked for, but no fewer than 100 in
/// place of more than 2 · 10⁸ values in all.
[[nodiscard]] std::size_t affordable_replicates(std::size_t asked, std::size_t values);

/// Means of columns whose cases come from the same subjects: figures made of them get intervals by the bootstrap over
/// subjects, which keeps the cases of one together.
class ColumnMeans {
 public:
  /// @param entries  subjects < `subjects`, columns < `columns`
  ColumnMeans(std::vector<Entry> entries, std::size_t columns, std::size_t subjects)
      : entries_(std::move(entries)), columns_(columns), subjects_(subjects) {}

  /// [columns], NaN of one without entries.
  [[nodiscard]] std::vector<double> means() const;
  [[nodiscard]] std::vector<std::uint64_t> counts() const;
  [[nodiscard]] std::size_t entries() const { return entries_.size(); }
  /// The entries of the subjects whose number is odd, or even.
  [[nodiscard]] ColumnMeans half(bool odd) const;
  /// 95% interval of a figure made of the means.
  [[nodiscard]] stats::RateInterval interval(const std::function<double(std::span<const double> means)>& figure,
                                             std::size_t replicates, const Rng& rng, const ThreadPool& pool) const;

 private:
  std::vector<Entry> entries_;
  std::size_t columns_, subjects_;
};

/// The mean of those that are no NaN; NaN of none.
[[nodiscard]] double mean_of_known(std::span<const double> values);

}  // namespace errata::robustness
