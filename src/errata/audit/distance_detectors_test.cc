#include "errata/audit/distance_detectors.h"

#include <gmock/gmock.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "errata/audit/test_model_outputs.h"
#include "errata/base/rng.h"

namespace errata::audit {
namespace {

using testing_support::MadeUpModel;

/// Cases with one block of latents, two unless another width is said.
class Plane {
 public:
  Plane(std::vector<float> points, std::vector<std::uint32_t> classes, std::size_t width = 2)
      : points_(std::move(points)), classes_(std::move(classes)), failed_(classes_.size(), 0), width_(width) {}
  [[nodiscard]] TrainingCases cases() const {
    ModelOutputs outputs{.cases = classes_.size(),
                         .latents = {points_, classes_.size(), width_},
                         .blocks = blocks_,
                         .predicted = classes_};
    if (!logits_.empty()) outputs.logits = {logits_, classes_.size(), logits_.size() / classes_.size()};
    return {.outputs = outputs, .labels = classes_, .failed = failed_, .classes = 3};
  }
  Plane& with_logits(std::vector<float> logits) {
    logits_ = std::move(logits);
    return *this;
  }

 private:
  std::vector<float> points_, logits_;
  std::vector<std::uint32_t> classes_;
  std::vector<std::uint8_t> failed_;
  std::size_t width_;
  std::vector<LatentBlock> blocks_{{.name = "hidden", .first = 0, .width = width_}};
};

std::vector<double> risks(Detector& detector, const Plane& training, const Plane& test) {
  ThreadPool pool(1);
  const auto fit = detector.fit(training.cases(), pool);
  EXPECT_TRUE(fit) << fit.error().message;
  return detector.risks(test.cases().outputs, pool);
}

TEST(Knn, MeasuresDirectionsOnly) {
  const Plane bank({1, 0, 0, 3, 5, 0, 2, 2}, {0, 1, 0, 1});
  const Plane asked({9, 0, 0, 0}, {0, 0});
  // From (1, 0): 0, √2, 0 and √(2 − √2) to the directions of the bank.
  EXPECT_NEAR(risks(*make_knn({.neighbour = 1}), bank, asked)[0], 0, 1e-6);
  EXPECT_NEAR(risks(*make_knn({.neighbour = 3}), bank, asked)[0], std::sqrt(2 - std::numbers::sqrt2), 1e-6);
  EXPECT_NEAR(risks(*make_knn({.neighbour = 50}), bank, asked)[0], std::numbers::sqrt2, 1e-6);  // the farthest of four
  EXPECT_NEAR(risks(*make_knn({.neighbour = 2}), bank, asked)[1], 1, 1e-6);             // no direction: 1 from all
  EXPECT_NEAR(risks(*make_knn({.neighbour = 4, .bank = 2}), bank, asked)[0], 0, 1e-6);  // cases 0 and 2
}

TEST(TrustScore, ComparesThePredictedClassWithTheOthers) {
  const Plane bank({0, 0, 4, 0, 10, 0}, {0, 1, 1});
  const Plane asked({1, 0, 1, 0, 0, 0, 1, 0}, {0, 1, 0, 2});
  const auto found = risks(*make_trust_score(), bank, asked);
  EXPECT_NEAR(found[0], 1.0 / 4, 1e-6);  // 1 to its own, 3 to the other
  EXPECT_NEAR(found[1], 3.0 / 4, 1e-6);
  EXPECT_EQ(found[2], 0);
  EXPECT_EQ(found[3], 1);  // the bank has no case of class 2
  const Plane twins({0, 0, 0, 0}, {0, 1});
  EXPECT_EQ(risks(*make_trust_score(), twins, Plane({0, 0}, {0}))[0], .5);
}

/// Corners of squares of side 2 around (0, 0) and (10, 0): the within-class covariance is the identity, which shrinkage
/// towards its own multiple leaves as it is.
const Plane kSquares({-1, -1, 1, -1, -1, 1, 1, 1, 9, -1, 11, -1, 9, 1, 11, 1}, {0, 0, 0, 0, 1, 1, 1, 1});

TEST(Mahalanobis, HasTheHandComputedDistances) {
  const Plane asked({3, 4, 3, 4, 3, 4}, {0, 1, 2});
  const auto predicted = risks(*make_mahalanobis_predicted(), kSquares, asked);
  EXPECT_NEAR(predicted[0], 25, 1e-9);
  EXPECT_NEAR(predicted[1], 65, 1e-9);
  EXPECT_NEAR(predicted[2], 65, 1e-9);  // a class without cases counts as the farthest
  for (const double risk : risks(*make_mahalanobis_nearest(), kSquares, asked)) EXPECT_NEAR(risk, 25, 1e-9);
}

TEST(Mahalanobis, ScalesByTheCovariance) {
  // Deviations from the class means (±4, 0), (0, ±2), eight cases: S = diag(8, 2), m = 5, ‖S − mI‖²/2 = 9, and
  // (mean ‖x‖⁴ − ‖S‖²)/(8·2) = (136 − 68)/16 = 4.25: ρ = 4.25/9.
  const Plane cross({4, 0, -4, 0, 0, 2, 0, -2, 100, 0, 92, 0, 96, 2, 96, -2}, {0, 0, 0, 0, 1, 1, 1, 1});
  const double share = 4.25 / 9;
  const auto found = risks(*make_mahalanobis_nearest(), cross, Plane({4, 0, 0, 4}, {0, 0}));
  EXPECT_NEAR(found[0], 16 / (8 * (1 - share) + 5 * share), 1e-9);
  EXPECT_NEAR(found[1], 16 / (2 * (1 - share) + 5 * share), 1e-9);
}

TEST(Mahalanobis, RelativeTakesOffTheDistanceToAllCases) {
  const auto found = risks(*make_mahalanobis_relative(), kSquares, Plane({5, 1}, {0}));
  const auto nearest = risks(*make_mahalanobis_nearest(), kSquares, Plane({5, 1}, {0}));
  // All cases: mean (5, 0), S = diag(26, 1), m = 13.5, ‖S − mI‖²/2 = 156.25; ‖x‖² is 17 or 37 (four times each):
  // (829 − 677)/16 = 9.5; ρ = 9.5/156.25 = .0608. Only the second coordinate differs from the mean, by 1.
  const double share = 9.5 / 156.25;
  EXPECT_NEAR(nearest[0], 26, 1e-9);
  EXPECT_NEAR(found[0], 26 - 1 / (1 - share + 13.5 * share), 1e-9);
}

/// Twelve cases of two classes in 40 columns.
Plane few_in_many(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> points;
  std::vector<std::uint32_t> classes;
  for (std::uint32_t i = 0; i < 12; ++i) {
    classes.push_back(i % 2);
    for (int c = 0; c < 40; ++c)
      points.push_back(static_cast<float>(rng.normal() * (1 + c % 5) + static_cast<double>(i % 2) * (c % 3)));
  }
  return {std::move(points), std::move(classes), 40};
}

TEST(Mahalanobis, OfFewCasesInManyColumnsIsWhatTheWholeCovarianceGives) {
  const Plane bank = few_in_many(1), asked = few_in_many(2);
  const auto matrix = [](const Plane& plane) {
    Eigen::MatrixXd rows(12, 40);
    for (Eigen::Index i = 0; i < 12; ++i)
      for (Eigen::Index c = 0; c < 40; ++c)
        rows(i, c) = plane.cases().outputs.latents(static_cast<std::size_t>(i), static_cast<std::size_t>(c));
    return rows;
  };
  const Eigen::MatrixXd x = matrix(bank), y = matrix(asked);
  Eigen::MatrixXd means = Eigen::MatrixXd::Zero(2, 40), centred = x;
  for (Eigen::Index i = 0; i < 12; ++i) means.row(i % 2) += x.row(i) / 6;
  for (Eigen::Index i = 0; i < 12; ++i) centred.row(i) -= means.row(i % 2);
  const Eigen::MatrixXd s = centred.transpose() * centred / 12;
  const double m = s.trace() / 40;
  double fourth = 0;
  for (Eigen::Index i = 0; i < 12; ++i) fourth += std::pow(centred.row(i).squaredNorm(), 2) / 12;
  const double spread = (s - m * Eigen::MatrixXd::Identity(40, 40)).squaredNorm() / 40;
  const double share = std::clamp((fourth - s.squaredNorm()) / 12 / 40 / spread, 1e-6, 1.0);
  const Eigen::MatrixXd shrunk = (1 - share) * s + share * m * Eigen::MatrixXd::Identity(40, 40);
  const Eigen::MatrixXd inverse = shrunk.fullPivLu().inverse();
  const auto found = risks(*make_mahalanobis_predicted(), bank, asked);
  for (Eigen::Index i = 0; i < 12; ++i) {
    const Eigen::VectorXd away = (y.row(i) - means.row(i % 2)).transpose();
    const double expected = away.dot(inverse * away);
    EXPECT_NEAR(found[static_cast<std::size_t>(i)], expected, 1e-9 * expected);
  }
}

TEST(Vim, AddsWhatLiesOutsideThePrincipalDirection) {
  // Logits (x + 1, −x − 1): W = ((1, 0), (−1, 0)), b = (1, −1), u = −W⁺b = (−1, 0). h − u = (x + 1, y): the principal
  // direction is x, the residual |y|. α = mean max logit / mean |y| over (1, ±1), (3, ±1): (2 + 4)/2 / 1 = 3.
  const auto plane = [](std::vector<float> points, std::vector<std::uint32_t> classes) {
    std::vector<float> logits;
    for (std::size_t i = 0; i < points.size(); i += 2) {
      logits.push_back(points[i] + 1);
      logits.push_back(-points[i] - 1);
      logits.push_back(0);
    }
    return Plane(std::move(points), std::move(classes)).with_logits(std::move(logits));
  };
  const auto found = risks(*make_vim(), plane({1, 1, 1, -1, 3, 1, 3, -1}, {0, 0, 0, 0}), plane({2, 5}, {0}));
  EXPECT_NEAR(found[0], 3 * 5 - std::log(std::exp(3.0) + std::exp(-3.0) + 1), 1e-6);
}

TEST(Vim, OfFewCasesInManyColumnsTellsWhatLiesOutsideThem) {
  // A case of the bank lies inside what its cases span, another outside: its distance from there is what is added.
  Plane bank = few_in_many(1), others = few_in_many(2);
  bank.with_logits(std::vector<float>(36, 1));
  others.with_logits(std::vector<float>(36, 1));
  const auto inside = risks(*make_vim(), bank, bank), outside = risks(*make_vim(), bank, others);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(inside[i], -std::log(3 * std::exp(1.0)), 1e-6);
    EXPECT_GT(outside[i], 1);
  }
}

}  // namespace
}  // namespace errata::audit
