#include "errata/memory/pca.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace errata::memory {
namespace {

Eigen::MatrixXd covariance(MatrixView<const double> points, std::span<const double> mean) {
  const auto width = static_cast<Eigen::Index>(points.cols());
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(width, width);
  Eigen::VectorXd centred(width);
  for (std::size_t row = 0; row < points.rows(); ++row) {
    for (std::size_t c = 0; c < points.cols(); ++c) centred[static_cast<Eigen::Index>(c)] = points(row, c) - mean[c];
    sum.selfadjointView<Eigen::Lower>().rankUpdate(centred);
  }
  return sum / static_cast<double>(points.rows());
}

}  // namespace

void PrincipalAxes::project(std::span<const double> point, std::span<double> projected) const {
  ERRATA_CHECK(point.size() == width && projected.size() == kept());
  for (std::size_t axis = 0; axis < projected.size(); ++axis) {
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) sum += axes[axis * width + c] * (point[c] - mean[c]);
    projected[axis] = sum;
  }
}

Result<PrincipalAxes> principal_axes(MatrixView<const double> points, std::size_t keep) {
  if (points.empty()) return invalid_argument("principal components need at least one point");
  PrincipalAxes result{.width = points.cols(), .mean = std::vector<double>(points.cols())};
  for (std::size_t row = 0; row < points.rows(); ++row)
    for (std::size_t c = 0; c < points.cols(); ++c)
      result.mean[c] += (points(row, c) - result.mean[c]) / static_cast<double>(row + 1);

  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance(points, result.mean));
  const auto width = static_cast<Eigen::Index>(points.cols());
  for (Eigen::Index axis = 0; axis < std::min(width, static_cast<Eigen::Index>(keep)); ++axis) {
    const Eigen::VectorXd direction = solver.eigenvectors().col(width - 1 - axis);  // eigenvalues increase
    Eigen::Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    const double sign = direction[largest] < 0 ? -1 : 1;
    for (Eigen::Index c = 0; c < width; ++c) result.axes.push_back(sign * direction[c]);
    result.variances.push_back(std::max(0.0, solver.eigenvalues()[width - 1 - axis]));
  }
  return result;
}

}  // namespace errata::memory
