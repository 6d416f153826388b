// The one-sided exact test sums P(X = k) over k >= observed. Three things make that both exact and cheap.
//
// Log-probabilities of single tables come from deviances and Stirling remainders (deviance.h), not from differences of
// log-factorials, so that they are good to about 1e-13 even for ten million cases.
//
// The sum starts at the observed table and walks away from the mean by the ratio of neighbouring terms
//     P(k + 1) / P(k) = (K − k)(n − k) / ((k + 1)(N − K − n + k + 1)),
// which is below 1 and falling there, relative to the first term. It can stop as soon as a term no longer changes the
// sum: far in the tail after a handful of terms, next to the mean after some nine standard deviations (about 7,000
// terms for N = 1e7). Every term is positive, so nothing cancels.
//
// When the observed value lies below the mean, the other tail is the short one; it is at most about one half, so that
// log(1 − other tail) loses no accuracy. The lower tail is the upper tail of the mirrored table n − X.
#include "errata/stats/hypergeometric.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/base/error.h"
#include "errata/stats/deviance.h"

namespace errata::stats {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

std::uint64_t support_begin(Hypergeometric t) {
  const std::uint64_t unmarked = t.population - t.marked;
  return t.drawn > unmarked ? t.drawn - unmarked : 0;
}

std::uint64_t support_end(Hypergeometric t) { return std::min(t.marked, t.drawn); }

bool at_or_above_mean(Hypergeometric t, std::uint64_t value) {
  return static_cast<long double>(value) * static_cast<long double>(t.population) >=
         static_cast<long double>(t.marked) * static_cast<long double>(t.drawn);
}

/// The same draw counted by its unmarked cases.
Hypergeometric mirrored(Hypergeometric t) { return {t.population, t.population - t.marked, t.drawn}; }

/// log P(X >= first), first in the support and not below the mean.
double log_short_tail(Hypergeometric t, std::uint64_t first) {
  auto k = static_cast<double>(first);
  const auto marked = static_cast<double>(t.marked), drawn = static_cast<double>(t.drawn);
  double outside = static_cast<double>(t.population) - marked - drawn + k;  // neither marked nor drawn
  double term = 1, sum = 1;
  const auto last = static_cast<double>(support_end(t));
  while (k < last && term > 1e-18 * sum) {
    term *= (marked - k) * (drawn - k) / ((k + 1) * (outside + 1));
    sum += term;
    k += 1;
    outside += 1;
  }
  return std::min(0.0, hypergeometric_log_mass(t, first) + std::log(sum));
}

}  // namespace

double hypergeometric_log_mass(Hypergeometric table, std::uint64_t value) {
  ERRATA_CHECK(table.marked <= table.population && table.drawn <= table.population);
  if (value < support_begin(table) || value > support_end(table)) return kImpossible;
  const auto excess = [](std::uint64_t count) { return factorial_excess(static_cast<double>(count)); };
  const std::uint64_t unmarked = table.population - table.marked, left = table.population - table.drawn;
  const double margins = excess(table.marked) + excess(unmarked) + excess(table.drawn) + excess(left);
  const double cells = excess(value) + excess(table.marked - value) + excess(table.drawn - value) +
                       excess(unmarked - (table.drawn - value));
  return std::min(0.0, margins - excess(table.population) - cells -
                           half_deviance_2x2(table.population, table.marked, table.drawn, value));
}

double hypergeometric_log_upper_tail(Hypergeometric table, std::uint64_t observed) {
  ERRATA_CHECK(table.marked <= table.population && table.drawn <= table.population);
  if (observed <= support_begin(table)) return 0;
  if (observed > support_end(table)) return kImpossible;
  if (at_or_above_mean(table, observed)) return log_short_tail(table, observed);
  return std::log1p(-std::exp(log_short_tail(mirrored(table), table.drawn - (observed - 1))));
}

double hypergeometric_log_lower_tail(Hypergeometric table, std::uint64_t observed) {
  if (observed >= table.drawn) return 0;
  return hypergeometric_log_upper_tail(mirrored(table), table.drawn - observed);
}

}  // namespace errata::stats
