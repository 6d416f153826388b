#include "errata/slice/score.h"

#include <algorithm>
#include <limits>

namespace errata::slice {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double rank_score(Rank rank, double alpha, Whole whole, double n, double loss) {
  const auto rows = static_cast<double>(whole.rows);
  const double mean = whole.loss / rows;
  switch (rank) {
    case Rank::sliceline: return alpha * (loss / n / mean - 1) - (1 - alpha) * (rows / n - 1);
    case Rank::divergence: return loss / n - mean;
    case Rank::lift: {
      if (n >= rows) return 1;
      const double rest = (whole.loss - loss) / (rows - n);
      if (rest <= 0) return loss > 0 ? kInfinity : 1;
      return loss / n / rest;
    }
    case Rank::share: return loss / whole.loss;
  }
  return 0;
}

}  // namespace

double slice_score(Rank rank, double alpha, Whole whole, std::uint64_t n, double loss) {
  return rank_score(rank, alpha, whole, static_cast<double>(n), loss);
}

bool Scorer::keeps(std::uint64_t n, double loss, double score) const {
  if (rank_ == Rank::share) {
    return loss * static_cast<double>(whole_.rows) > whole_.loss * static_cast<double>(n);
  }
  return score > floor();
}

double Scorer::score_at(double n, double loss) const { return rank_score(rank_, alpha_, whole_, n, loss); }

double Scorer::bound(std::uint64_t most_rows, double most_loss) const {
  const auto most_n = static_cast<double>(most_rows);
  const double loss = std::min(most_loss, most_n * largest_loss_);
  const double least_n = std::min(most_n, std::max(static_cast<double>(min_support_), loss / largest_loss_));
  return std::max(score_at(least_n, loss), score_at(most_n, loss));
}

}  // namespace errata::slice
