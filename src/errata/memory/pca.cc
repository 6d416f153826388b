#include "errata/memory/pca.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace errata::memory {
namespace {

std::vector<double> mean_of(MatrixView<const double> points) {
  std::vector<double> mean(points.cols());
  for (std::size_t row = 0; row < points.rows(); ++row)
    for (std::size_t c = 0; c < points.cols(); ++c)
      mean[c] += (points(row, c) - mean[c]) / static_cast<double>(row + 1);
  return mean;
}

/// The points `first` … `last` − 1 less the mean, a column each.
Eigen::MatrixXd centred(MatrixView<const double> points, std::span<const double> mean, std::size_t first,
                        std::size_t last) {
  Eigen::MatrixXd result(static_cast<Eigen::Index>(points.cols()), static_cast<Eigen::Index>(last - first));
  for (std::size_t row = first; row < last; ++row)
    for (std::size_t c = 0; c < points.cols(); ++c)
      result(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(row - first)) = points(row, c) - mean[c];
  return result;
}

Eigen::MatrixXd covariance(MatrixView<const double> points, std::span<const double> mean) {
  constexpr std::size_t kRowBlock = 128;  // points at once: a matrix product is much faster than as many outer products
  const auto width = static_cast<Eigen::Index>(points.cols());
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(width, width);
  for (std::size_t first = 0; first < points.rows(); first += kRowBlock)
    sum.selfadjointView<Eigen::Lower>().rankUpdate(
        centred(points, mean, first, std::min(first + kRowBlock, points.rows())));
  return sum / static_cast<double>(points.rows());
}

void add_axis(PrincipalAxes& axes, const Eigen::VectorXd& direction, double variance) {
  Eigen::Index largest = 0;
  direction.cwiseAbs().maxCoeff(&largest);
  const double sign = direction[largest] < 0 ? -1 : 1;
  for (const double c : direction) axes.axes.push_back(sign * c);
  axes.variances.push_back(std::max(0.0, variance));
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

namespace {

void add_from_covariance(MatrixView<const double> points, std::size_t keep, PrincipalAxes& axes) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance(points, axes.mean));
  const auto width = static_cast<Eigen::Index>(points.cols());
  for (Eigen::Index axis = 0; axis < std::min(width, static_cast<Eigen::Index>(keep)); ++axis) {
    const Eigen::Index from_end = width - 1 - axis;  // eigenvalues increase
    add_axis(axes, solver.eigenvectors().col(from_end), solver.eigenvalues()[from_end]);
  }
}

// With the centred points as columns of X, XᵀX v = λ v gives XXᵀ (X v) = λ (X v): X v / √λ is an axis.
void add_from_products(MatrixView<const double> points, std::size_t keep, PrincipalAxes& axes) {
  const Eigen::MatrixXd x = centred(points, axes.mean, 0, points.rows());
  const auto rows = static_cast<Eigen::Index>(points.rows());
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(rows, rows);
  products.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(products);
  for (Eigen::Index axis = rows - 1; axis >= 0 && axes.kept() < keep; --axis) {
    const double sum = solver.eigenvalues()[axis];
    if (!(sum > 1e-12 * solver.eigenvalues()[rows - 1])) break;
    add_axis(axes, (x * solver.eigenvectors().col(axis)).normalized(), sum / static_cast<double>(rows));
  }
}

}  // namespace

Result<PrincipalAxes> principal_axes(MatrixView<const double> points, std::size_t keep) {
  if (points.empty()) return invalid_argument("principal components need at least one point");
  PrincipalAxes axes{.width = points.cols(), .mean = mean_of(points)};
  points.rows() < points.cols() ? add_from_products(points, keep, axes) : add_from_covariance(points, keep, axes);
  return axes;
}

}  // namespace errata::memory
