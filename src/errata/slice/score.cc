#include "errata/slice/score.h"

#include <algorithm>

#include "errata/base/limits.h"
#include "errata/stats/deviance.h"

namespace errata::slice {
namespace {

/// G² of a slice whose rate is above the whole's, else 0. Rises with k; falls with n at fixed k. Counts may be
/// fractions.
double deviance(double n, double k, double rows, double total) {
  if (n >= rows || k * rows <= total * n) return 0;
  const double expected = n * total / rows;
  const double more = k - expected;
  return 2 * (stats::half_deviance(k, expected, more) + stats::half_deviance(n - k, n - expected, -more) +
              stats::half_deviance(total - k, total - expected, -more) +
              stats::half_deviance(rows - n - total + k, rows - n - total + expected, more));
}

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
    case Rank::deviance: return deviance(n, loss / whole.largest_loss, rows, whole.loss / whole.largest_loss);
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
  const double loss = std::min(most_loss, most_n * whole_.largest_loss);
  const double least_n = std::min(most_n, std::max(static_cast<double>(min_support_), loss / whole_.largest_loss));
  return std::max(score_at(least_n, loss), score_at(most_n, loss));
}

}  // namespace errata::slice
