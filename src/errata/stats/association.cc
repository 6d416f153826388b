#include "errata/stats/association.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "errata/stats/hypergeometric.h"
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

/// Of a share of cases among all, in nats.
double entropy_nats(const std::vector<double>& margin, double total) {
  double nats = 0;
  for (const double n : margin)
    if (n > 0) nats -= n / total * std::log(n / total);
  return nats;
}

/// What a cell with n cases adds to the mutual information.
double cell_nats(double n, double row, double column, double total) {
  return n == 0 ? 0 : n / total * std::log(n / row * (total / column));
}

/// E[I] of a cell over all tables with its margins: its count is hypergeometric.
double expected_cell_nats(double row, double column, double total) {
  if (row == 0 || column == 0) return 0;
  const Hypergeometric table{.population = static_cast<std::uint64_t>(total),
                             .marked = static_cast<std::uint64_t>(row),
                             .drawn = static_cast<std::uint64_t>(column)};
  double nats = 0;
  for (double n = std::max(1.0, row + column - total); n <= std::min(row, column); ++n)
    nats += std::exp(hypergeometric_log_mass(table, static_cast<std::uint64_t>(n))) * cell_nats(n, row, column, total);
  return nats;
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

double adjusted_mutual_information(MatrixView<const std::uint64_t> counts) {
  const Margins margins(counts);
  if (occupied(margins.rows) < 2 || occupied(margins.cols) < 2) return std::nan("");
  double nats = 0, expected = 0;
  for (std::size_t r = 0; r < counts.rows(); ++r)
    for (std::size_t c = 0; c < counts.cols(); ++c) {
      nats += cell_nats(static_cast<double>(counts(r, c)), margins.rows[r], margins.cols[c], margins.total);
      expected += expected_cell_nats(margins.rows[r], margins.cols[c], margins.total);
    }
  const double most = (entropy_nats(margins.rows, margins.total) + entropy_nats(margins.cols, margins.total)) / 2;
  return most > expected ? (nats - expected) / (most - expected) : 0;
}

}  // namespace errata::stats
