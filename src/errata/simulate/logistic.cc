#include "errata/simulate/logistic.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "errata/stats/logistic.h"

// Newton's method on the penalised log-likelihood. The objective is convex and the Hessian positive definite, so each
// step points down; it is halved while it would lead up, which happens only far from the optimum.

namespace errata::simulate {
namespace {

constexpr int kMostIterations = 100;

/// log(1 + exp(v)) without overflow.
double softplus(double v) { return std::max(v, 0.0) + std::log1p(std::exp(-std::abs(v))); }

/// Solves A x = b in place for symmetric positive definite A [n, n], of which the lower triangle is read.
void solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {  // A = L Lᵀ
    for (std::size_t k = 0; k < j; ++k) a[j * n + j] -= a[j * n + k] * a[j * n + k];
    a[j * n + j] = std::sqrt(a[j * n + j]);
    for (std::size_t i = j + 1; i < n; ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i * n + j] -= a[i * n + k] * a[j * n + k];
      a[i * n + j] /= a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

double log_odds(const LogisticModel& model, std::span<const float> x) {
  double sum = model.intercept;
  for (std::size_t c = 0; c < x.size(); ++c) sum += model.weights[c] * static_cast<double>(x[c]);
  return sum;
}

double objective(const LogisticModel& model, MatrixView<const float> x, std::span<const std::uint8_t> labels) {
  double sum = 0;
  for (const double weight : model.weights) sum += weight * weight / 2;
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const double odds = log_odds(model, x.row(r));
    sum += softplus(labels[r] ? -odds : odds);
  }
  return sum;
}

/// Hessian⁻¹ · gradient; the intercept is the last entry.
std::vector<double> newton_step(const LogisticModel& model, MatrixView<const float> x,
                                std::span<const std::uint8_t> labels) {
  const std::size_t width = x.cols(), n = width + 1;
  std::vector<double> hessian(n * n), gradient(n), row(n, 1.0);
  for (std::size_t c = 0; c < width; ++c) {
    hessian[c * n + c] = 1;
    gradient[c] = model.weights[c];
  }
  for (std::size_t r = 0; r < x.rows(); ++r) {
    std::ranges::copy(x.row(r), row.begin());
    const double p = model.probability(x.row(r));
    for (std::size_t i = 0; i < n; ++i) {
      gradient[i] += (p - labels[r]) * row[i];
      for (std::size_t j = 0; j <= i; ++j) hessian[i * n + j] += p * (1 - p) * row[i] * row[j];
    }
  }
  solve(hessian, gradient);
  return gradient;
}

LogisticModel moved(const LogisticModel& model, std::span<const double> step, double share) {
  LogisticModel next = model;
  for (std::size_t c = 0; c < next.weights.size(); ++c) next.weights[c] -= share * step[c];
  next.intercept -= share * step.back();
  return next;
}

}  // namespace

double LogisticModel::probability(std::span<const float> x) const { return stats::sigmoid(log_odds(*this, x)); }

LogisticModel fit_logistic(MatrixView<const float> x, std::span<const std::uint8_t> labels) {
  ERRATA_CHECK(labels.size() == x.rows());
  LogisticModel model{.weights = std::vector<double>(x.cols())};
  const auto ones = static_cast<double>(std::ranges::count(labels, std::uint8_t{1}));
  const auto zeros = static_cast<double>(labels.size()) - ones;
  model.intercept = std::log((ones + 0.5) / (zeros + 0.5));
  if (ones == 0 || zeros == 0) return model;
  double value = objective(model, x, labels);
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    const auto step = newton_step(model, x, labels);
    double share = 1;
    LogisticModel next = moved(model, step, share);
    double next_value = objective(next, x, labels);
    for (; next_value > value && share > 1e-6; next_value = objective(next, x, labels)) {
      share /= 2;
      next = moved(model, step, share);
    }
    if (!(next_value < value)) break;
    model = std::move(next);
    value = next_value;
  }
  return model;
}

}  // namespace errata::simulate
