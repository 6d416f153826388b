#include "errata/simulate/regimes.h"

#include <algorithm>
#include <cmath>

namespace errata::simulate {
namespace {

/// Adds [begin, end) where it holds a case of the log.
void add(std::vector<PlantedRegime>& regimes, std::size_t mode, double begin, double end, std::size_t rows,
         double ramp = 0) {
  const auto row = [&](double at) { return std::min(rows, static_cast<std::size_t>(std::max(at, 0.0))); };
  if (row(begin) < row(end))
    regimes.push_back({.mode = mode,
                       .begin_row = row(begin),
                       .end_row = row(end),
                       .ramp_rows = std::min(row(ramp), row(end) - row(begin))});
}

void add_cycles(std::vector<PlantedRegime>& regimes, std::size_t mode, std::size_t rows, double length, Rng& rng) {
  const double period = length * (2 + 4 * rng.uniform());
  const double jitter = length / 20;
  for (double at = (rng.uniform() - 0.5) * period; at < static_cast<double>(rows); at += period)
    add(regimes, mode, at + jitter * (2 * rng.uniform() - 1), at + length + jitter * (2 * rng.uniform() - 1), rows);
}

void add_recurrences(std::vector<PlantedRegime>& regimes, std::size_t mode, std::size_t rows, double length, Rng& rng) {
  const double pause = length * (1 + 4 * rng.uniform());
  const auto lasting = [&](double mean) { return mean * (0.2 - 0.8 * std::log1p(-rng.uniform())); };  // mean of 1
  double at = lasting(pause);
  while (at < static_cast<double>(rows)) {
    const double end = at + lasting(length);
    add(regimes, mode, at, end, rows);
    at = end + 1 + lasting(pause);
  }
}

}  // namespace

std::vector<PlantedRegime> plan_regimes(std::size_t mode, Timing timing, std::size_t rows, double length, Rng& rng) {
  const double all = static_cast<double>(rows);
  std::vector<PlantedRegime> regimes;
  switch (timing) {
    case Timing::stationary: add(regimes, mode, 0, all, rows); break;
    case Timing::abrupt: {
      const double begin = (0.25 + 0.6 * rng.uniform()) * all;
      const double end = rng.bernoulli(0.5) ? all : begin + (0.05 + 0.3 * rng.uniform()) * all;
      add(regimes, mode, begin, end, rows);
      break;
    }
    case Timing::gradual: {
      const double begin = (0.2 + 0.4 * rng.uniform()) * all;
      add(regimes, mode, begin, all, rows, (0.1 + 0.3 * rng.uniform()) * all);
      break;
    }
    case Timing::cyclic: add_cycles(regimes, mode, rows, length, rng); break;
    case Timing::recurrent: add_recurrences(regimes, mode, rows, length, rng); break;
  }
  return regimes;
}

std::vector<double> strength_over_time(const std::vector<PlantedRegime>& regimes, double strength, std::size_t rows) {
  std::vector<double> over_time(rows);
  for (const auto& regime : regimes)
    for (std::size_t r = regime.begin_row; r < regime.end_row; ++r) {
      const std::size_t age = r - regime.begin_row;
      const double grown =
          age < regime.ramp_rows ? static_cast<double>(age) / static_cast<double>(regime.ramp_rows) : 1;
      over_time[r] = strength * grown;
    }
  return over_time;
}

}  // namespace errata::simulate
