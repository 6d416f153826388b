// Each step solves (Xᵀ S X / n + ridge) Δ = gradient with S = p(1 − p), the curvature of the loss. The loss is convex,
// so a full step can only fail by overshooting; it is halved until the loss does not rise. Where the classes are
// separable and nothing is shrunk there is no minimum: the steps end when the loss falls by less than 1e-12.
#include "errata/audit/logistic_regression.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>

namespace errata::audit {
namespace {

using Eigen::Index;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Problem {
  Eigen::MatrixXd x;  ///< [n, d + 1], the last column 1
  Eigen::VectorXd t;
  double ridge;

  [[nodiscard]] double loss(const Eigen::VectorXd& w) const {
    const Eigen::VectorXd z = x * w;
    double sum = 0;
    for (Index i = 0; i < z.size(); ++i) {
      sum += std::max(z[i], 0.0) + std::log1p(std::exp(-std::abs(z[i]))) - t[i] * z[i];
    }
    return sum / static_cast<double>(z.size()) + ridge / 2 * w.head(w.size() - 1).squaredNorm();
  }

  [[nodiscard]] Eigen::VectorXd newton_step(const Eigen::VectorXd& w) const {
    const auto n = static_cast<double>(x.rows());
    const Eigen::ArrayXd p = 1 / (1 + (-(x * w).array()).exp());
    Eigen::VectorXd gradient = x.transpose() * (p - t.array()).matrix() / n;
    Eigen::MatrixXd curvature = x.transpose() * (p * (1 - p)).matrix().asDiagonal() * x / n;
    gradient.head(w.size() - 1) += ridge * w.head(w.size() - 1);
    curvature.diagonal().head(w.size() - 1).array() += ridge;
    curvature.diagonal().array() += 1e-12;  // of separable classes the curvature vanishes
    return Eigen::LDLT<Eigen::MatrixXd>(curvature).solve(gradient);
  }
};

}  // namespace

LogisticModel fit_logistic(MatrixView<const double> features, std::span<const double> targets, double ridge) {
  ERRATA_CHECK(features.rows() == targets.size() && !targets.empty() && ridge >= 0);
  const auto rows = static_cast<Index>(features.rows()), width = static_cast<Index>(features.cols());
  Problem problem{.x = Eigen::MatrixXd::Ones(rows, width + 1),
                  .t = Eigen::Map<const Eigen::VectorXd>(targets.data(), rows),
                  .ridge = ridge};
  if (width > 0) problem.x.leftCols(width) = Eigen::Map<const RowMajor>(features.row(0).data(), rows, width);
  Eigen::VectorXd w = Eigen::VectorXd::Zero(width + 1);
  const double share = problem.t.mean();
  w[width] = std::log(share / (1 - share));
  double loss = problem.loss(w);
  for (int step = 0; step < 100; ++step) {
    Eigen::VectorXd change = problem.newton_step(w);
    double next = problem.loss(w - change);
    for (int halved = 0; halved < 40 && !(next <= loss); ++halved) next = problem.loss(w - (change /= 2));
    if (!(next <= loss)) break;
    w -= change;
    const double fell = loss - next;
    loss = next;
    if (fell < 1e-12) break;
  }
  return {.intercept = w[width], .weights = std::vector<double>(w.begin(), w.begin() + width)};
}

}  // namespace errata::audit
