// Tilting by t gives each event the probability q = p e^t / (1 − p + p e^t), and for every count j
//     P(X = j) = e^(K(t) − t j) P_t(X = j).
// With t at the saddlepoint the tilted mean lies next to the count asked for, where convolution in doubles is good to
// rounding. From there outwards e^(−t j) only falls, so that the tail is a short sum of positive terms, and what lies
// beyond some standard deviations of the tilted distribution does not count (Bernstein's inequality).
#include "errata/stats/poisson_binomial.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "errata/base/error.h"
#include "errata/stats/distributions.h"

namespace errata::stats {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr double kLargestTilt = 700;
constexpr std::size_t kFewEvents =
    8;  ///< up to which a count is always summed exactly: the approximation is poor there

enum class Side : std::uint8_t { upper, lower };

using Groups = std::vector<EqualEvents>;

/// The events that may happen or not, and how many surely do.
struct Events {
  Groups open{};
  std::size_t open_events = 0;
  double mean = 0;  ///< of the open ones
  std::uint64_t sure = 0;
};

Events events_of(std::span<const EqualEvents> groups) {
  Events events;
  for (const EqualEvents& group : groups) {
    const double p = group.probability;
    ERRATA_CHECK(p >= 0 && p <= 1);
    if (p == 1) events.sure += group.events;
    if (!(p > 0 && p < 1) || group.events == 0) continue;
    events.open.push_back(group);
    events.open_events += group.events;
    events.mean += p * static_cast<double>(group.events);
  }
  return events;
}

/// One of u and v is 1, the other e^−|t|, so that neither overflows.
class Tilt {
 public:
  explicit Tilt(double t) : u_(std::exp(std::min(t, 0.0))), v_(std::exp(std::min(-t, 0.0))) {}
  [[nodiscard]] double operator()(double p) const { return p * u_ / (p * u_ + (1 - p) * v_); }

 private:
  double u_, v_;
};

struct Saddlepoint {
  double t = 0, variance = 0;
};

/// K'(t) = x by Newton's method, held within the bracket that the values seen so far leave. @param x  in (0, n)
Saddlepoint saddlepoint(const Groups& groups, double x) {
  double low = -kLargestTilt, high = kLargestTilt;
  Saddlepoint at;
  constexpr int kMostRounds = 200;
  for (int step = 0; step < kMostRounds; ++step) {
    const Tilt tilt(at.t);
    double mean = 0, variance = 0;
    for (const auto& [p, events] : groups) {
      const double q = tilt(p), n = static_cast<double>(events);
      mean += n * q;
      variance += n * q * (1 - q);
    }
    at.variance = variance;
    (mean < x ? low : high) = at.t;
    const double newton = at.t + (x - mean) / variance;
    const double next = newton > low && newton < high ? newton : low + (high - low) / 2;
    if (std::abs(next - at.t) <= 1e-12 * (1 + std::abs(at.t))) break;
    at.t = next;
  }
  return at;
}

double cumulant(const Groups& groups, double t) {
  double sum = 0;
  // For t > 0 as e^t (p + (1 − p) e^−t), so that large t do not overflow.
  for (const auto& [p, events] : groups) {
    const double log_factor = t <= 0 ? std::log1p(p * std::expm1(t)) : t + std::log1p((1 - p) * std::expm1(-t));
    sum += static_cast<double>(events) * log_factor;
  }
  return sum;
}

/// Counts above the tilted mean up to which the sum goes: those beyond have a probability below 1e-15.
std::size_t margin(double variance) { return static_cast<std::size_t>(13 + std::sqrt(144 + 72 * variance)); }

double exact_tail(const Groups& groups, std::size_t count, Side side, const Saddlepoint& at, std::size_t top) {
  const Tilt tilt(at.t);
  std::vector<double> mass(top + 1);
  mass[0] = 1;
  std::size_t last = 0;
  for (const auto& [p, events] : groups) {
    const double q = tilt(p);
    for (std::uint64_t i = 0; i < events; ++i) {
      last = std::min(last + 1, top);
      for (std::size_t j = last; j > 0; --j) mass[j] = mass[j] * (1 - q) + mass[j - 1] * q;
      mass[0] *= 1 - q;
    }
  }
  const double ratio = std::exp(-std::abs(at.t));
  double sum = 0;  // Horner's scheme in e^−|t|, from the far end
  if (side == Side::upper) {
    for (std::size_t j = top + 1; j-- > count;) sum = sum * ratio + mass[j];
  } else {
    for (std::size_t j = 0; j <= count; ++j) sum = sum * ratio + mass[j];
  }
  return std::min(0.0, cumulant(groups, at.t) - at.t * static_cast<double>(count) + std::log(sum));
}

double approximate_tail(const Groups& groups, double x, Side side, const Saddlepoint& at) {
  const double t = at.t;
  const double w = std::copysign(std::sqrt(std::max(0.0, 2 * (t * x - cumulant(groups, t)))), t);
  double root = w;
  if (std::abs(w) > 1e-4) {
    root += std::log(2 * std::sinh(t / 2) * std::sqrt(at.variance) / w) / w;
  } else {  // the limit at the mean: a sixth of the skewness
    const Tilt tilt(t);
    double third = 0;
    for (const auto& [p, events] : groups) {
      const double q = tilt(p);
      third += static_cast<double>(events) * q * (1 - q) * (1 - 2 * q);
    }
    root += third / (6 * std::pow(at.variance, 1.5));
  }
  return normal_log_upper_tail(side == Side::upper ? root : -root);
}

/// The tail that starts at `count`, on the side of the mean where it is the short one.
/// @param count  upper: 1 … events;  lower: 0 … events − 1
double short_tail(const Events& events, std::size_t count, Side side, std::size_t exact_steps) {
  const double x = static_cast<double>(count) + (side == Side::upper ? -0.5 : 0.5);
  const Saddlepoint at = saddlepoint(events.open, x);
  const std::size_t top = side == Side::lower ? count : std::min(events.open_events, count + margin(at.variance));
  if (count > kFewEvents && (top + 1) * events.open_events > exact_steps) {
    return approximate_tail(events.open, x, side, at);
  }
  // Next to the mean the tilt may point to the other side, where the sum would grow outwards.
  const bool outwards = side == Side::upper ? at.t >= 0 : at.t <= 0;
  return exact_tail(events.open, count, side, outwards ? at : Saddlepoint{}, top);
}

}  // namespace

double poisson_binomial_log_upper_tail(std::span<const EqualEvents> groups, std::uint64_t at_least,
                                       std::size_t exact_steps) {
  const Events events = events_of(groups);
  if (at_least <= events.sure) return 0;
  const std::size_t count = at_least - events.sure;
  if (count > events.open_events) return kNever;
  if (static_cast<double>(count) > events.mean) return short_tail(events, count, Side::upper, exact_steps);
  return std::log1p(-std::exp(short_tail(events, count - 1, Side::lower, exact_steps)));
}

double poisson_binomial_log_lower_tail(std::span<const EqualEvents> groups, std::uint64_t at_most,
                                       std::size_t exact_steps) {
  const Events events = events_of(groups);
  if (at_most < events.sure) return kNever;
  const std::size_t count = at_most - events.sure;
  if (count >= events.open_events) return 0;
  if (static_cast<double>(count) < events.mean) return short_tail(events, count, Side::lower, exact_steps);
  return std::log1p(-std::exp(short_tail(events, count + 1, Side::upper, exact_steps)));
}

}  // namespace errata::stats
