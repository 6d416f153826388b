#include "errata/nn/typicality.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace errata::nn {
namespace {

using EigenRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t kRowsAtOnce = 1024;
constexpr const char *kMeans = "typical.means", *kWhitening = "typical.whitening";

Eigen::Index index_of(std::size_t size) { return static_cast<Eigen::Index>(size); }

Eigen::Map<const EigenRows> rows_of(MatrixView<const float> inputs, std::size_t first, std::size_t count) {
  return {inputs.row(first).data(), index_of(count), index_of(inputs.cols())};
}

Eigen::Map<const EigenRows> square(const std::vector<float>& values, std::size_t width) {
  return {values.data(), index_of(values.size() / width), index_of(width)};
}

/// Means of the cases of each prediction; of a prediction that none has, of all. [classes, width]
Eigen::MatrixXd means_of(MatrixView<const float> inputs, std::span<const std::uint32_t> predicted,
                         std::size_t classes) {
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(index_of(classes), index_of(inputs.cols()));
  Eigen::VectorXd counts = Eigen::VectorXd::Zero(index_of(classes));
  for (std::size_t i = 0; i < inputs.rows(); ++i) {
    sums.row(predicted[i]) += rows_of(inputs, i, 1).row(0).cast<double>();
    counts[predicted[i]] += 1;
  }
  const Eigen::RowVectorXd all = sums.colwise().sum() / counts.sum();
  for (Eigen::Index c = 0; c < sums.rows(); ++c)
    if (counts[c] > 0)
      sums.row(c) /= counts[c];
    else
      sums.row(c) = all;
  return sums;
}

}  // namespace

Typicality Typicality::fit(MatrixView<const float> inputs, std::span<const std::uint32_t> predicted,
                           std::size_t classes) {
  ERRATA_CHECK(inputs.rows() >= 2 && predicted.size() == inputs.rows() && classes > 0);
  const Eigen::MatrixXd means = means_of(inputs, predicted, classes);
  const Eigen::Index width = index_of(inputs.cols());
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(width, width);
  for (std::size_t first = 0; first < inputs.rows(); first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, inputs.rows() - first);
    Eigen::MatrixXd centred = rows_of(inputs, first, count).cast<double>();
    for (std::size_t i = 0; i < count; ++i) centred.row(index_of(i)) -= means.row(predicted[first + i]);
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
  }
  const auto n = static_cast<double>(inputs.rows()), w = static_cast<double>(inputs.cols());
  covariance = Eigen::MatrixXd(covariance.selfadjointView<Eigen::Lower>()) / n;
  const double scale = covariance.trace() / w, share = w / (w + n);
  covariance *= 1 - share;
  covariance.diagonal().array() += scale > 0 ? share * scale : 1.0;  // nothing varies: any scale does
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  const Eigen::MatrixXd whitening = factor.matrixL().solve(Eigen::MatrixXd::Identity(width, width));
  Typicality fitted;
  fitted.width_ = inputs.cols();
  const EigenRows own = whitening.cast<float>();
  fitted.whitening_.assign(own.data(), own.data() + own.size());
  const EigenRows centres = (means * whitening.transpose()).cast<float>();
  fitted.means_.assign(centres.data(), centres.data() + centres.size());
  return fitted;
}

std::vector<double> Typicality::distances(MatrixView<const float> inputs,
                                          std::span<const std::uint32_t> predicted) const {
  ERRATA_CHECK(inputs.cols() == width_ && predicted.size() == inputs.rows());
  const auto whitening = square(whitening_, width_), means = square(means_, width_);
  std::vector<double> distances;
  distances.reserve(inputs.rows());
  for (std::size_t first = 0; first < inputs.rows(); first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, inputs.rows() - first);
    const EigenRows whitened = rows_of(inputs, first, count) * whitening.transpose();
    for (std::size_t i = 0; i < count; ++i)
      distances.push_back(
          static_cast<double>((whitened.row(index_of(i)) - means.row(predicted[first + i])).squaredNorm()));
  }
  return distances;
}

std::vector<double> Typicality::nearest_distances(MatrixView<const float> inputs) const {
  std::vector<double> least(inputs.rows(), std::numeric_limits<double>::infinity());
  for (std::uint32_t c = 0; c < classes(); ++c) {
    const std::vector<double> to_mean = distances(inputs, std::vector<std::uint32_t>(inputs.rows(), c));
    for (std::size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], to_mean[i]);
  }
  return least;
}

std::vector<NamedTensor> Typicality::tensors() const {
  const auto width = static_cast<std::int64_t>(width_);
  return {{.name = kMeans, .shape = {static_cast<std::int64_t>(classes()), width}, .values = means_},
          {.name = kWhitening, .shape = {width, width}, .values = whitening_}};
}

Result<Typicality> Typicality::of(const std::vector<NamedTensor>& tensors) {
  const auto find = [&](std::string_view name) {
    const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
    return found == tensors.end() ? nullptr : &*found;
  };
  const auto *means = find(kMeans), *whitening = find(kWhitening);
  if (means == nullptr || whitening == nullptr || whitening->shape.size() != 2 || means->shape.size() != 2 ||
      whitening->shape[0] != whitening->shape[1] || means->shape[1] != whitening->shape[1] || means->values.empty())
    return data_error("its typical cases do not fit together");
  Typicality read;
  read.width_ = static_cast<std::size_t>(whitening->shape[1]);
  read.means_ = means->values;
  read.whitening_ = whitening->values;
  return read;
}

double distance_limit(std::vector<double> distances, double share) {
  const auto n = static_cast<double>(distances.size());
  const double rank = std::ceil((n + 1) * (1 - share) - 1e-9);
  if (!(rank <= n) || distances.empty()) return std::numeric_limits<double>::infinity();
  std::ranges::sort(distances);
  return distances[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

}  // namespace errata::nn
