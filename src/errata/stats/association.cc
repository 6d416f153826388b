#include "errata/stats/association.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "errata/stats/tests.h"

namespace errata::stats {
namespace {

struct Margins {
  std::vector<double> rows, cols;
  double total = 0;

  explicit Margins(MatrixView<const std::uint64_t> counts) : rows(counts.rows(), 0.0), cols(counts.cols(), 0.0) {
    for (std::size_t r = 0; r < counts.rows(); ++r) {
      for (std::size_t c = 0; c < counts.cols(); ++c) {
        const auto n = static_cast<double>(counts(r, c));
        rows[r] += n;
        cols[c] += n;
        total += n;
      }
    }
  }
};

double occupied(const std::vector<double>& margin) {
  return static_cast<double>(std::ranges::count_if(margin, [](double n) { return n > 0; }));
}

}  // namespace

double mutual_information_bits(MatrixView<const std::uint64_t> counts) {
  const Margins margins(counts);
  if (margins.total == 0) return 0;
  double nats = 0, cells = 0;
  for (std::size_t r = 0; r < counts.rows(); ++r) {
    for (std::size_t c = 0; c < counts.cols(); ++c) {
      const auto n = static_cast<double>(counts(r, c));
      if (n == 0) continue;
      ++cells;
      nats += n / margins.total * std::log(n / margins.rows[r] * (margins.total / margins.cols[c]));
    }
  }
  const double bias = (cells - occupied(margins.rows) - occupied(margins.cols) + 1) / (2 * margins.total);
  return std::max(0.0, (nats - bias) / std::numbers::ln2);
}

double cramers_v(MatrixView<const std::uint64_t> counts) {
  const Margins margins(counts);
  const double n = margins.total, rows = occupied(margins.rows), cols = occupied(margins.cols);
  if (n < 2 || rows < 2 || cols < 2) return 0;
  const double chance = (rows - 1) * (cols - 1) / (n - 1);
  const double phi_squared = std::max(0.0, chi_squared_independence(counts).statistic / n - chance);
  const double levels =
      std::min(rows - (rows - 1) * (rows - 1) / (n - 1), cols - (cols - 1) * (cols - 1) / (n - 1)) - 1;
  return levels > 0 ? std::min(1.0, std::sqrt(phi_squared / levels)) : 0;
}

}  // namespace errata::stats
