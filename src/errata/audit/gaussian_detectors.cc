// Mahalanobis distances are Euclidean ones after a change of coordinates: with Σ = LLᵀ the map h → L⁻¹h makes the
// covariance the identity, the class means are mapped once, and a case costs one triangular product and a distance to
// each mean.
//
// Latents after ReLU have dead and nearly dependent columns, so the sample covariance is near-singular and its inverse
// would weigh directions by noise. The shrinkage of Ledoit and Wolf, (1 − ρ)S + ρ (tr S/d) I, takes the ρ of least
// expected squared error from the data; ρ >= 1e-6 keeps the factorisation sound where n is so large that it vanishes.
//
// ViM needs the last layer's weights, which a log does not hold. Logits are affine in h when the penultimate block is
// what they are computed from, so least squares gives W and b back up to directions in which h never varies, and those
// change neither a logit nor a distance. Where the block only stands for the input of the last layer, they are its best
// affine approximation.
//
// Fewer reference cases than half the columns lie in a small part of the space. There every case is told by where it
// lies in that part, in an orthonormal basis of the reference cases, and by how far outside it lies: all distances
// stay, and what costs the cube of the columns costs that of the cases.
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "errata/audit/detector_inputs.h"
#include "errata/audit/distance_detectors.h"
#include "errata/audit/parallel_rows.h"
#include "errata/stats/logistic.h"

namespace errata::audit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kRowsOfTask = 128;

VectorXd as_vector(std::span<const float> values) {
  return Eigen::Map<const Eigen::VectorXf>(values.data(), static_cast<Index>(values.size())).cast<double>();
}

/// Σ of column(i) column(i)ᵀ over i = 0 … n − 1, by matrix products of 256 columns.
template <typename Column>
MatrixXd sum_of_products(std::size_t n, Index width, Column column, const ThreadPool& pool) {
  constexpr std::size_t kBlock = 256;
  MatrixXd sum = MatrixXd::Zero(width, width), block(width, static_cast<Index>(kBlock));
  for (std::size_t first = 0; first < n; first += kBlock) {
    pool.check();
    const std::size_t held = std::min(kBlock, n - first);
    for (std::size_t i = 0; i < held; ++i) block.col(static_cast<Index>(i)) = column(first + i);
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.leftCols(static_cast<Index>(held)));
  }
  return MatrixXd(sum.selfadjointView<Eigen::Lower>());
}

/// Coordinates of cases: their own, or of a basis of the reference cases, and last the distance from what it spans.
class Coordinates {
 public:
  Coordinates() = default;
  /// @param row  row(i) gives reference case i = 0 … n − 1, [width]
  template <typename Row>
  Coordinates(std::size_t n, Index width, Row row) : width_(width) {
    if (2 * static_cast<Index>(n) > width) return;
    MatrixXd cases(width, static_cast<Index>(n));
    for (std::size_t i = 0; i < n; ++i) cases.col(static_cast<Index>(i)) = row(i);
    basis_ = Eigen::HouseholderQR<MatrixXd>(cases).householderQ() * MatrixXd::Identity(width, cases.cols());
  }
  [[nodiscard]] Index columns() const { return width_; }  ///< of the cases
  [[nodiscard]] Index size() const { return basis_.size() == 0 ? width_ : basis_.cols() + 1; }
  /// Axes along which reference cases may differ.
  [[nodiscard]] Index spanned() const { return basis_.size() == 0 ? width_ : basis_.cols(); }
  [[nodiscard]] VectorXd of(VectorXd h) const {
    if (basis_.size() == 0) return h;
    const VectorXd inside = basis_.transpose() * h;
    VectorXd coordinates(size());
    coordinates << inside, (h - basis_ * inside).norm();
    return coordinates;
  }

 private:
  Index width_ = 0;
  MatrixXd basis_;  ///< [columns, reference cases], or empty
};

/// L⁻¹ of the shrunk covariance of centred cases in such coordinates. Reference: O. Ledoit, M. Wolf, J. Multivariate
/// Analysis 88 (2004), 365–411.
template <typename Column>
MatrixXd whitening(std::size_t n, const Coordinates& coordinates, Column column, const ThreadPool& pool) {
  const auto count = static_cast<double>(n), size = static_cast<double>(coordinates.columns());
  MatrixXd covariance = sum_of_products(n, coordinates.size(), column, pool) / count;
  double fourth = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double square = VectorXd(column(i)).squaredNorm();
    fourth += square * square / count;
  }
  const double scale = covariance.trace() / size;
  const double spread = covariance.squaredNorm() / size - scale * scale;          // ‖S − m I‖²/d
  const double noise = (fourth - covariance.squaredNorm()) / count / size;        // mean ‖xxᵀ − S‖²/(n d)
  const double share = spread > 0 ? std::clamp(noise / spread, 1e-6, 1.0) : 1.0;  // ρ
  const double ridge = scale > 0 ? share * scale : 1.0;                           // nothing varies: any scale does
  covariance *= 1 - share;
  covariance.diagonal().array() += ridge;
  const Eigen::LLT<MatrixXd> factor(covariance);
  return factor.matrixL().solve(MatrixXd::Identity(coordinates.size(), coordinates.size()));
}

enum class Distance : std::uint8_t { predicted, nearest, relative };

class Mahalanobis final : public Detector {
 public:
  explicit Mahalanobis(Distance distance) : distance_(distance) {}
  [[nodiscard]] std::string_view name() const override {
    switch (distance_) {
      case Distance::predicted: return "mahalanobis_predicted";
      case Distance::nearest: return "mahalanobis_nearest";
      case Distance::relative: return "mahalanobis_relative";
    }
    ERRATA_CHECK(false);
    return {};
  }

  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) override {
    const DetectorNeeds needs{.latents = true, .predicted = distance_ == Distance::predicted, .classes = true};
    ERRATA_TRY(check_cases(name(), needs, cases, pool.cancellation()));
    const auto reference = reference_cases(cases);
    const auto latents = [&](std::size_t i) { return as_vector(penultimate_row(cases.outputs, reference.rows[i])); };
    coordinates_ = Coordinates(reference.rows.size(), static_cast<Index>(penultimate_width(cases.outputs)), latents);
    const Index width = coordinates_.size();
    const auto row = [&](std::size_t i) { return coordinates_.of(latents(i)); };
    MatrixXd means = MatrixXd::Zero(width, static_cast<Index>(cases.classes));
    VectorXd mean = VectorXd::Zero(width);
    std::vector<double> counts(cases.classes);
    for (std::size_t i = 0; i < reference.rows.size(); ++i) {
      means.col(reference.classes[i]) += row(i);
      counts[reference.classes[i]] += 1;
    }
    mean = means.rowwise().sum() / static_cast<double>(reference.rows.size());
    slot_of_class_.assign(cases.classes, kAbsent);
    Index present = 0;
    for (std::size_t c = 0; c < cases.classes; ++c) {
      if (counts[c] == 0) continue;
      slot_of_class_[c] = present;
      means.col(present++) = VectorXd(means.col(static_cast<Index>(c))) / counts[c];
    }
    const auto from_class_mean = [&](std::size_t i) {
      return VectorXd(row(i) - means.col(slot_of_class_[reference.classes[i]]));
    };
    whitening_ = whitening(reference.rows.size(), coordinates_, from_class_mean, pool);
    means_ = whitening_ * means.leftCols(present);
    if (distance_ == Distance::relative) {
      const auto from_mean = [&](std::size_t i) { return VectorXd(row(i) - mean); };
      background_ = whitening(reference.rows.size(), coordinates_, from_mean, pool);
      background_mean_ = background_ * mean;
    }
    return {};
  }

  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override {
    if (outputs.cases == 0) return {};
    ERRATA_CHECK(whitening_.size() > 0 && static_cast<Index>(penultimate_width(outputs)) == coordinates_.columns());
    ERRATA_CHECK(distance_ != Distance::predicted || outputs.predicted.size() == outputs.cases);
    std::vector<double> risks(outputs.cases);
    for_row_chunks(pool, outputs.cases, kRowsOfTask, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) risks[i] = risk(outputs, i);
    });
    return risks;
  }

 private:
  static constexpr Index kAbsent = -1;

  [[nodiscard]] double risk(const ModelOutputs& outputs, std::size_t i) const {
    const VectorXd h = coordinates_.of(as_vector(penultimate_row(outputs, i)));
    const VectorXd whitened = whitening_ * h;  // on its own: inside the next line it would be formed once a class
    const VectorXd squares = (means_.colwise() - whitened).colwise().squaredNorm();
    if (distance_ == Distance::predicted) {
      const std::uint32_t predicted = outputs.predicted[i];
      const Index slot = predicted < slot_of_class_.size() ? slot_of_class_[predicted] : kAbsent;
      return slot == kAbsent ? squares.maxCoeff() : squares[slot];
    }
    const double least = squares.minCoeff();
    return distance_ == Distance::nearest ? least : least - (background_ * h - background_mean_).squaredNorm();
  }

  Distance distance_;
  Coordinates coordinates_;           ///< d of them
  std::vector<Index> slot_of_class_;  ///< [classes] column of means_
  MatrixXd whitening_, means_;        ///< [d, d]; [d, classes present], whitened
  MatrixXd background_;
  VectorXd background_mean_;
};

class Vim final : public Detector {
 public:
  [[nodiscard]] std::string_view name() const override { return "vim"; }
  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) override {
    ERRATA_TRY(check_cases(name(), {.logits = true, .latents = true}, cases, pool.cancellation()));
    const auto rows = clean_rows(cases);
    const auto latents = [&](std::size_t i) { return as_vector(penultimate_row(cases.outputs, rows[i])); };
    coordinates_ = Coordinates(rows.size(), static_cast<Index>(penultimate_width(cases.outputs)), latents);
    origin_ = origin(cases.outputs, rows, pool);
    const auto from_origin = [&](std::size_t i) { return VectorXd(coordinates_.of(latents(i)) - origin_); };
    const MatrixXd products = sum_of_products(rows.size(), coordinates_.size(), from_origin, pool);
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(products);  // eigenvalues increase
    const Index kept = std::min(coordinates_.columns() / 2, coordinates_.spanned());
    residual_ = solver.eigenvectors().leftCols(coordinates_.size() - kept).transpose();
    constexpr double kRounding = 1e-9;  // of the norms of reference cases that span no more than is kept
    double logits = 0, norms = 0, whole = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      logits += static_cast<double>(std::ranges::max(cases.outputs.logits.row(rows[i])));
      norms += residual_norm(cases.outputs, rows[i]);
      whole += from_origin(i).norm();
    }
    alpha_ = norms > kRounding * whole ? logits / norms : 1;
    return {};
  }
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override {
    if (outputs.cases == 0) return {};
    ERRATA_CHECK(residual_.size() > 0 && static_cast<Index>(penultimate_width(outputs)) == coordinates_.columns());
    ERRATA_CHECK(outputs.logits.rows() == outputs.cases);
    std::vector<double> risks(outputs.cases);
    for_row_chunks(pool, outputs.cases, kRowsOfTask, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        risks[i] = alpha_ * residual_norm(outputs, i) - stats::log_sum_exp(outputs.logits.row(i));
      }
    });
    return risks;
  }

 private:
  [[nodiscard]] double residual_norm(const ModelOutputs& outputs, std::size_t row) const {
    return (residual_ * (coordinates_.of(as_vector(penultimate_row(outputs, row))) - origin_)).norm();
  }

  /// u = −W⁺b
  [[nodiscard]] VectorXd origin(const ModelOutputs& outputs, std::span<const std::size_t> rows,
                                const ThreadPool& pool) const {
    const Index width = coordinates_.size();
    const auto classes = static_cast<Index>(outputs.logits.cols());
    VectorXd mean = VectorXd::Zero(width + classes);
    const auto both = [&](std::size_t i) {  // h, then the logits
      VectorXd column(width + classes);
      column << coordinates_.of(as_vector(penultimate_row(outputs, rows[i]))), as_vector(outputs.logits.row(rows[i]));
      return column;
    };
    for (std::size_t i = 0; i < rows.size(); ++i) mean += both(i) / static_cast<double>(rows.size());
    const auto from_mean = [&](std::size_t i) { return VectorXd(both(i) - mean); };
    const MatrixXd products = sum_of_products(rows.size(), width + classes, from_mean, pool);
    MatrixXd squares = products.topLeftCorner(width, width);
    squares.diagonal().array() +=
        std::max(1e-10 * squares.trace() / static_cast<double>(coordinates_.columns()), 1e-300);
    const MatrixXd weights = Eigen::LDLT<MatrixXd>(squares).solve(products.topRightCorner(width, classes)).transpose();
    const VectorXd bias = mean.tail(classes) - weights * mean.head(width);
    return -Eigen::CompleteOrthogonalDecomposition<MatrixXd>(weights).solve(bias);
  }

  Coordinates coordinates_;  ///< d of them
  VectorXd origin_;          ///< [d]
  MatrixXd residual_;        ///< [d − principal axes, d]: Nᵀ
  double alpha_ = 1;
};

}  // namespace

std::unique_ptr<Detector> make_mahalanobis_predicted() { return std::make_unique<Mahalanobis>(Distance::predicted); }
std::unique_ptr<Detector> make_mahalanobis_nearest() { return std::make_unique<Mahalanobis>(Distance::nearest); }
std::unique_ptr<Detector> make_mahalanobis_relative() { return std::make_unique<Mahalanobis>(Distance::relative); }
std::unique_ptr<Detector> make_vim() { return std::make_unique<Vim>(); }

}  // namespace errata::audit
