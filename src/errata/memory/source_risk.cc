#include "errata/memory/source_risk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/memory/kmeans.h"

// The signal as its authors ran it, kept as a baseline and as one expert among others. What the text leaves open was
// settled by its programs and by the table: x is not scaled; the axes are those of all warm-up cases; the danger of a
// case is taken before its own outcome is known; only confident failures are hits, and only of the mode nearest to
// them; hits of the warm-up do not count; the window includes a hit that is exactly 500 steps old.
//
// An activity is capped at ten hits, so that the ten latest hits of a mode are all that can matter, however long the
// window. This bounds the memory and changes nothing. Outcomes may be told in any order of their steps.

namespace errata::memory {
namespace {

Result<void> check(const SourceOptions& options) {
  if (options.modes == 0) return invalid_argument("modes 0 is not at least 1");
  if (options.full_activity == 0) return invalid_argument("full_activity 0 is not at least 1");
  if (options.window_steps < 0)
    return invalid_argument(fmt::format("window_steps {} is not at least 0", options.window_steps));
  if (!(options.least_confidence >= 0 && options.least_confidence <= 1))
    return invalid_argument(fmt::format("least_confidence {} is not in [0, 1]", options.least_confidence));
  if (!(options.alpha > 0 && options.alpha <= 1))
    return invalid_argument(fmt::format("alpha {} is not in (0, 1]", options.alpha));
  return {};
}

Result<void> check(MatrixView<const double> x, std::span<const double> p) {
  for (std::size_t row = 0; row < x.rows(); ++row) {
    if (!(p[row] >= 0 && p[row] <= 1))
      return invalid_argument(fmt::format("score {} of warm-up case {} is not in [0, 1]", p[row], row));
    for (const double value : x.row(row))
      if (std::isinf(value)) return invalid_argument(fmt::format("warm-up case {} has an infinite feature", row));
  }
  return {};
}

/// [width] over the known values; 0 where none is known.
std::vector<double> known_means(MatrixView<const double> x) {
  std::vector<double> mean(x.cols()), count(x.cols());
  for (std::size_t row = 0; row < x.rows(); ++row)
    for (std::size_t c = 0; c < x.cols(); ++c)
      if (!std::isnan(x(row, c))) mean[c] += (x(row, c) - mean[c]) / ++count[c];
  return mean;
}

/// The axes of the points, of many dimensions those of some of them, evenly spaced.
Result<PrincipalAxes> axes_of(MatrixView<const double> points, std::size_t keep) {
  if (std::min(points.rows(), points.cols()) <= kMostCovariance) return principal_axes(points, keep);
  std::vector<double> some;
  for (std::size_t i = 0; i < kMostCovariance; ++i) {
    const auto row = points.row(i * points.rows() / kMostCovariance);
    some.insert(some.end(), row.begin(), row.end());
  }
  return principal_axes({some, kMostCovariance, points.cols()}, keep);
}

bool is_confident(double p, const SourceOptions& options) { return 2 * std::abs(p - 0.5) >= options.least_confidence; }

}  // namespace

Result<SourceRisk> SourceRisk::fit(MatrixView<const double> x, std::span<const double> p,
                                   std::span<const std::uint8_t> failed, const SourceOptions& options,
                                   const Cancellation* cancellation) {
  ERRATA_CHECK(p.size() == x.rows() && failed.size() == x.rows());
  if (x.empty()) return invalid_argument("the source's signal needs at least one warm-up case and one feature");
  ERRATA_TRY(check(options));
  ERRATA_TRY(check(x, p));
  const auto mean = known_means(x);
  std::vector<double> filled(x.rows() * x.cols());
  for (std::size_t row = 0; row < x.rows(); ++row)
    for (std::size_t c = 0; c < x.cols(); ++c) filled[row * x.cols() + c] = std::isnan(x(row, c)) ? mean[c] : x(row, c);

  SourceRisk source(options);
  ERRATA_ASSIGN(source.axes_, axes_of({filled, x.rows(), x.cols()}, options.axes));
  source.z_.resize(source.axes_.kept() + 2);
  source.filled_.resize(x.cols());
  ERRATA_TRY(source.find_modes(x, p, failed, cancellation));
  return source;
}

Result<void> SourceRisk::find_modes(MatrixView<const double> x, std::span<const double> p,
                                    std::span<const std::uint8_t> failed, const Cancellation* cancellation) {
  std::vector<float> failures;
  for (std::size_t row = 0; row < x.rows(); ++row) {
    if (!failed[row] || !is_confident(p[row], options_)) continue;
    embed(x.row(row), p[row]);
    for (const double value : z_) failures.push_back(static_cast<float>(value));
  }
  if (failures.empty()) return {};
  ERRATA_ASSIGN(const auto clusters,
                kmeans({failures, failures.size() / z_.size(), z_.size()}, {.clusters = options_.modes,
                                                                            .restarts = options_.starts,
                                                                            .seed = options_.seed,
                                                                            .cancellation = cancellation}));
  centres_.assign(clusters.centres.begin(), clusters.centres.end());
  latest_hits_.resize(clusters.size());
  return {};
}

void SourceRisk::embed(std::span<const double> x, double p) {
  ERRATA_CHECK(x.size() == axes_.width && p >= 0 && p <= 1);
  for (std::size_t c = 0; c < x.size(); ++c) filled_[c] = std::isnan(x[c]) ? axes_.mean[c] : x[c];
  axes_.project(filled_, std::span(z_).first(axes_.kept()));
  const double margin = std::abs(p - 0.5);
  z_[axes_.kept()] = 2 * margin;
  z_[axes_.kept() + 1] = margin;
}

double SourceRisk::squared_distance(std::size_t mode) const {
  double sum = 0;
  for (std::size_t c = 0; c < z_.size(); ++c) sum += std::pow(z_[c] - centres_[mode * z_.size() + c], 2);
  return sum;
}

double SourceRisk::activity(std::size_t mode, std::int64_t step) const {
  const auto in_window =
      std::ranges::count_if(latest_hits_[mode], [&](std::int64_t hit) { return hit >= step - options_.window_steps; });
  return static_cast<double>(in_window) / static_cast<double>(options_.full_activity);
}

double SourceRisk::danger(std::span<const double> x, double p, std::int64_t step) {
  embed(x, p);
  double instant = 0;
  for (std::size_t k = 0; k < modes(); ++k) instant += std::exp(-squared_distance(k)) * activity(k, step);
  danger_ = (1 - options_.alpha) * danger_ + options_.alpha * instant;
  return danger_;
}

void SourceRisk::learn(std::span<const double> x, double p, bool failed, std::int64_t step) {
  if (!failed || !is_confident(p, options_) || modes() == 0) return;
  embed(x, p);
  std::size_t nearest = 0;
  for (std::size_t k = 1; k < modes(); ++k)
    if (squared_distance(k) < squared_distance(nearest)) nearest = k;
  auto& hits = latest_hits_[nearest];
  hits.insert(std::ranges::upper_bound(hits, step), step);
  if (hits.size() > options_.full_activity) hits.erase(hits.begin());
}

void SourceRisk::save(ByteWriter& out) const {
  out.write(static_cast<std::uint64_t>(options_.axes));
  out.write(static_cast<std::uint64_t>(options_.modes));
  out.write(options_.least_confidence);
  out.write(options_.window_steps);
  out.write(static_cast<std::uint64_t>(options_.full_activity));
  out.write(options_.alpha);
  out.write(static_cast<std::uint64_t>(options_.starts));
  out.write(options_.seed);
  out.write(axes_.mean);
  out.write(axes_.axes);
  out.write(axes_.variances);
  out.write(centres_);
  out.write(danger_);
  for (const auto& hits : latest_hits_) out.write(hits);
}

Result<SourceRisk> SourceRisk::load(ByteReader& in) {
  SourceOptions options;
  options.axes = in.read<std::uint64_t>();
  options.modes = in.read<std::uint64_t>();
  options.least_confidence = in.read<double>();
  options.window_steps = in.read<std::int64_t>();
  options.full_activity = in.read<std::uint64_t>();
  options.alpha = in.read<double>();
  options.starts = in.read<std::uint64_t>();
  options.seed = in.read<std::uint64_t>();
  SourceRisk source(options);
  in.read_into(source.axes_.mean);
  in.read_into(source.axes_.axes);
  in.read_into(source.axes_.variances);
  in.read_into(source.centres_);
  source.danger_ = in.read<double>();
  const std::size_t width = source.axes_.mean.size(), kept = source.axes_.kept();
  const bool fits = check(options).has_value() && width > 0 && kept <= options.axes &&
                    source.axes_.axes.size() == kept * width && source.centres_.size() % (kept + 2) == 0 &&
                    source.centres_.size() / (kept + 2) <= options.modes;
  if (in.truncated() || !fits)
    return data_error("the source's signal in the snapshot has sizes that do not fit together");
  source.axes_.width = width;
  source.filled_.resize(width);
  source.z_.resize(kept + 2);
  source.latest_hits_.resize(source.centres_.size() / (kept + 2));
  for (auto& hits : source.latest_hits_) {
    in.read_into(hits);
    if (hits.size() > options.full_activity || !std::ranges::is_sorted(hits))
      return data_error("the source's signal in the snapshot has hits that are not the latest in order");
  }
  return source;
}

}  // namespace errata::memory
