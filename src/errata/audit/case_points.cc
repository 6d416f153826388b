#include "errata/audit/case_points.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/base/rng.h"
#include "errata/stats/logistic.h"

namespace errata::audit {
namespace {

/// The largest softmax probability of a row of logits.
float confidence_of(std::span<const float> logits) {
  if (logits.empty()) return std::numeric_limits<float>::quiet_NaN();
  const double most = *std::ranges::max_element(logits);
  return static_cast<float>(std::exp(most - stats::log_sum_exp(logits)));
}

/// The two directions along which centred points vary most, [width, 2]. Of few columns exactly; of many by subspace
/// iteration, which never makes the [width, width] matrix and stops when the variances stand still.
Eigen::MatrixXd leading_directions(const Eigen::MatrixXd& points) {
  constexpr Eigen::Index kFewColumns = 300, kSpace = 8;
  constexpr int kRounds = 200;
  constexpr double kStill = 1e-9;
  const Eigen::Index width = points.cols(), axes = std::min<Eigen::Index>(2, width);
  if (width <= kFewColumns) {
    const Eigen::MatrixXd covariance = points.transpose() * points;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
    return solver.eigenvectors().rightCols(axes).rowwise().reverse();
  }
  Rng rng(1);
  Eigen::MatrixXd space(width, kSpace);
  for (Eigen::Index c = 0; c < kSpace; ++c)
    for (Eigen::Index r = 0; r < width; ++r) space(r, c) = rng.normal();
  Eigen::VectorXd variances = Eigen::VectorXd::Zero(kSpace);
  for (int round = 0; round < kRounds; ++round) {
    space = Eigen::HouseholderQR<Eigen::MatrixXd>(space).householderQ() * Eigen::MatrixXd::Identity(width, kSpace);
    const Eigen::MatrixXd seen = points * space;
    const Eigen::MatrixXd square = seen.transpose() * seen;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(square);
    const bool still = (solver.eigenvalues() - variances).norm() <= kStill * solver.eigenvalues().norm();
    variances = solver.eigenvalues();
    const Eigen::MatrixXd turned = solver.eigenvectors().rowwise().reverse();
    if (still || round + 1 == kRounds) return (space * turned).leftCols(axes);
    space = points.transpose() * (seen * turned);
  }
  return space.leftCols(axes);
}

/// [rows, 2] coordinates on the first two principal axes of the points, which are centred here.
Eigen::MatrixXd project(Eigen::MatrixXd points) {
  points.rowwise() -= points.colwise().mean().eval();
  const Eigen::MatrixXd directions = leading_directions(points);
  Eigen::MatrixXd projected = Eigen::MatrixXd::Zero(points.rows(), 2);
  for (Eigen::Index axis = 0; axis < directions.cols(); ++axis) {
    Eigen::VectorXd direction = directions.col(axis);
    Eigen::Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    if (direction[largest] < 0) direction = -direction;
    projected.col(axis) = points * direction;
  }
  return projected;
}

}  // namespace

std::vector<CasePoint> case_points(const AuditCases& cases, std::span<const double> risks, std::size_t most) {
  const std::size_t count = std::min(cases.count, most);
  const auto row_of = [&](std::size_t i) { return i * cases.count / count; };
  const ModelOutputs outputs = cases.outputs();
  std::vector<CasePoint> sample(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = row_of(i);
    sample[i].confidence = confidence_of(cases.logits.empty() ? std::span<const float>() : outputs.logits.row(row));
    sample[i].risk = static_cast<float>(risks[row]);
    sample[i].failed = cases.failed[row] != 0;
  }
  if (count < 2 || cases.latents.empty()) return sample;
  const LatentBlock& block = cases.blocks[cases.penultimate];
  Eigen::MatrixXd points(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(block.width));
  for (std::size_t i = 0; i < count; ++i) {
    const auto columns = outputs.latents.row(row_of(i)).subspan(block.first, block.width);
    for (std::size_t c = 0; c < block.width; ++c)
      points(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(c)) = static_cast<double>(columns[c]);
  }
  const Eigen::MatrixXd projected = project(std::move(points));
  for (std::size_t i = 0; i < count; ++i) {
    sample[i].pca1 = static_cast<float>(projected(static_cast<Eigen::Index>(i), 0));
    sample[i].pca2 = static_cast<float>(projected(static_cast<Eigen::Index>(i), 1));
  }
  return sample;
}

}  // namespace errata::audit
