#include "errata/audit/case_points.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "errata/stats/logistic.h"

namespace errata::audit {
namespace {

/// The largest softmax probability of a row of logits.
float confidence_of(std::span<const float> logits) {
  if (logits.empty()) return std::numeric_limits<float>::quiet_NaN();
  const double most = *std::ranges::max_element(logits);
  return static_cast<float>(std::exp(most - stats::log_sum_exp(logits)));
}

/// [rows, 2] places on the first two principal axes of the points, which are centred here.
Eigen::MatrixXd principal_places(Eigen::MatrixXd points) {
  points.rowwise() -= points.colwise().mean().eval();
  const Eigen::MatrixXd covariance = points.transpose() * points;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  Eigen::MatrixXd places = Eigen::MatrixXd::Zero(points.rows(), 2);
  const Eigen::Index width = points.cols();
  for (Eigen::Index axis = 0; axis < std::min<Eigen::Index>(2, width); ++axis) {
    Eigen::VectorXd direction = solver.eigenvectors().col(width - 1 - axis);
    Eigen::Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    if (direction[largest] < 0) direction = -direction;
    places.col(axis) = points * direction;
  }
  return places;
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
  const Eigen::MatrixXd places = principal_places(std::move(points));
  for (std::size_t i = 0; i < count; ++i) {
    sample[i].pca1 = static_cast<float>(places(static_cast<Eigen::Index>(i), 0));
    sample[i].pca2 = static_cast<float>(places(static_cast<Eigen::Index>(i), 1));
  }
  return sample;
}

}  // namespace errata::audit
