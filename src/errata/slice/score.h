#pragma once

#include <cstdint>

#include "errata/slice/search.h"

namespace errata::slice {

/// The rank of a search with the whole's counts: scores, and bounds on the scores of everything below a slice.
class Scorer {
 public:
  Scorer(Rank rank, double alpha, Whole whole, std::uint64_t min_support)
      : rank_(rank), alpha_(alpha), whole_(whole), min_support_(min_support) {}

  [[nodiscard]] double score(std::uint64_t n, double loss) const { return slice_score(rank_, alpha_, whole_, n, loss); }
  /// Does the rank list a slice with these counts at all?
  [[nodiscard]] bool keeps(std::uint64_t n, double loss, double score) const;
  /// The score that a slice must reach to be listed, whatever else is found.
  [[nodiscard]] double floor() const { return rank_ == Rank::lift ? 1.0 : 0.0; }

  /// No slice with at least the minimum support, at most `most_rows` rows and at most `most_loss` loss scores higher.
  /// Every score rises with the loss, which is at most (rows · largest loss), and at fixed loss is monotone in the
  /// rows: so the highest lies at the fewest rows that can carry the loss, or at the most rows.
  [[nodiscard]] double bound(std::uint64_t most_rows, double most_loss) const;

 private:
  [[nodiscard]] double score_at(double n, double loss) const;
  Rank rank_;
  double alpha_;
  Whole whole_;
  std::uint64_t min_support_;
};

}  // namespace errata::slice
