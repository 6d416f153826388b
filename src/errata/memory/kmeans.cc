#include "errata/memory/kmeans.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "errata/base/rng.h"

// Lloyd's algorithm moves every centre to the mean of the points that are nearest to it until no point changes its
// centre. Each move lowers the inertia, so it ends, but in a local minimum that depends on the start. k-means++ draws
// the starts far apart (a point with probability proportional to its squared distance to the centres drawn so far),
// and the best of several starts is kept.
//
// A centre can lose all its points. It is then put on the point that is worst served; there is one that does not lie
// on its centre, since the start takes as many centres as there are distinct points, at the most. Sums run in row
// order and in double, each start draws from a generator of its own, and ties go to the lower index, so that the
// result depends on points and seed alone.

namespace errata::memory {
namespace {

struct Fit {
  std::vector<double> centres;  ///< [clusters, width]
  std::vector<std::uint32_t> assignment;
  std::vector<double> distances;  ///< [rows] squared, to the nearest centre
  double inertia = std::numeric_limits<double>::infinity();
};

template <typename T>
double squared_distance(std::span<const float> point, std::span<const T> centre) {
  double sum = 0;
  for (std::size_t c = 0; c < point.size(); ++c) {
    const double difference = static_cast<double>(point[c]) - static_cast<double>(centre[c]);
    sum += difference * difference;
  }
  return sum;
}

template <typename T>
std::span<const T> centre_of(const std::vector<T>& centres, std::size_t index, std::size_t width) {
  return std::span(centres).subspan(index * width, width);
}

std::vector<double> draw_start(MatrixView<const float> points, std::size_t clusters, Rng& rng) {
  std::vector<double> centres;
  std::vector<double> nearest(points.rows(), std::numeric_limits<double>::infinity());
  std::size_t chosen = rng.below(points.rows());
  while (true) {
    const auto centre = points.row(chosen);
    centres.insert(centres.end(), centre.begin(), centre.end());
    if (centres.size() == clusters * points.cols()) return centres;
    bool apart = false;
    for (std::size_t row = 0; row < points.rows(); ++row) {
      nearest[row] = std::min(nearest[row], squared_distance(points.row(row), centre));
      apart = apart || nearest[row] > 0;
    }
    if (!apart) return centres;  // every point is a centre
    chosen = rng.categorical(nearest);
  }
}

/// Puts every point to its nearest centre. @return did one change?
template <typename T>
bool assign(MatrixView<const float> points, const std::vector<T>& centres, Fit& fit) {
  const std::size_t width = points.cols();
  bool changed = false;
  fit.inertia = 0;
  for (std::size_t row = 0; row < points.rows(); ++row) {
    double least = std::numeric_limits<double>::infinity();
    std::uint32_t nearest = 0;
    for (std::uint32_t k = 0; k < centres.size() / width; ++k) {
      const double distance = squared_distance(points.row(row), centre_of(centres, k, width));
      if (distance < least) {
        least = distance;
        nearest = k;
      }
    }
    changed = changed || fit.assignment[row] != nearest;
    fit.assignment[row] = nearest;
    fit.distances[row] = least;
    fit.inertia += least;
  }
  return changed;
}

std::vector<std::size_t> sizes(std::span<const std::uint32_t> assignment, std::size_t clusters) {
  std::vector<std::size_t> count(clusters);
  for (const auto cluster : assignment) ++count[cluster];
  return count;
}

void move_centres(MatrixView<const float> points, Fit& fit) {
  const std::size_t width = points.cols();
  const auto count = sizes(fit.assignment, fit.centres.size() / width);
  std::ranges::fill(fit.centres, 0.0);
  for (std::size_t row = 0; row < points.rows(); ++row) {
    const std::size_t k = fit.assignment[row];
    for (std::size_t c = 0; c < width; ++c)
      fit.centres[k * width + c] += static_cast<double>(points(row, c)) / static_cast<double>(count[k]);
  }
  for (std::size_t k = 0; k < count.size(); ++k) {
    if (count[k] > 0) continue;
    const auto worst = std::ranges::max_element(fit.distances);
    const auto point = points.row(static_cast<std::size_t>(worst - fit.distances.begin()));
    std::ranges::copy(point, fit.centres.begin() + static_cast<std::ptrdiff_t>(k * width));
    *worst = 0;  // a second lost centre goes elsewhere
  }
}

Fit fit_once(MatrixView<const float> points, const KMeansOptions& options, Rng rng) {
  Fit fit{.centres = draw_start(points, options.clusters, rng),
          .assignment = std::vector<std::uint32_t>(points.rows()),
          .distances = std::vector<double>(points.rows())};
  assign(points, fit.centres, fit);
  for (std::size_t iteration = 0; iteration < options.max_iterations; ++iteration) {
    throw_if_requested(options.cancellation);
    move_centres(points, fit);
    if (!assign(points, fit.centres, fit)) break;
  }
  return fit;
}

/// Largest cluster first; among equals the smaller centre, so that the order does not depend on the start.
std::vector<std::size_t> order_by_size(const std::vector<float>& centres, std::span<const std::size_t> count,
                                       std::size_t width) {
  std::vector<std::size_t> order(count.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (count[a] != count[b]) return count[a] > count[b];
    return std::ranges::lexicographical_compare(centre_of(centres, a, width), centre_of(centres, b, width));
  });
  return order;
}

Clusters in_order(MatrixView<const float> points, Fit fit) {
  const std::size_t width = points.cols();
  const std::vector<float> rounded(fit.centres.begin(), fit.centres.end());
  assign(points, rounded, fit);  // what is returned fits together: nearest to the centres as they are returned
  const auto count = sizes(fit.assignment, rounded.size() / width);
  const auto order = order_by_size(rounded, count, width);
  Clusters result{.width = width, .inertia = fit.inertia};
  std::vector<std::uint32_t> rank(order.size());
  for (std::uint32_t k = 0; k < order.size(); ++k) {
    if (count[order[k]] == 0) break;  // the iterations ended before a lost centre found a point
    rank[order[k]] = k;
    const auto centre = centre_of(rounded, order[k], width);
    result.centres.insert(result.centres.end(), centre.begin(), centre.end());
  }
  for (const auto cluster : fit.assignment) result.assignment.push_back(rank[cluster]);
  return result;
}

}  // namespace

Result<Clusters> kmeans(MatrixView<const float> points, const KMeansOptions& options) {
  if (points.empty()) return invalid_argument("k-means needs at least one point");
  if (options.clusters == 0) return invalid_argument("k-means needs at least one cluster");
  if (options.restarts == 0) return invalid_argument("k-means needs at least one start");
  for (std::size_t row = 0; row < points.rows(); ++row)
    for (const float value : points.row(row)) ERRATA_CHECK(std::isfinite(value));
  const Rng rng(options.seed);
  Fit best;
  for (std::size_t start = 0; start < options.restarts; ++start) {
    Fit fit = fit_once(points, options, rng.fork(start));
    if (fit.inertia < best.inertia) best = std::move(fit);
  }
  return in_order(points, std::move(best));
}

}  // namespace errata::memory
