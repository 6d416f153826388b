#include "errata/memory/online_logistic.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstring>

#include "errata/base/rng.h"
#include "errata/memory/test_bytes.h"
#include "errata/stats/logistic.h"

namespace errata::memory {
namespace {

using test::bytes_of;
using test::loaded;
using testing::Each;
using testing::ElementsAreArray;

/// P, as it stands in a snapshot: after two numbers and the weights.
Eigen::MatrixXd covariance_of(const OnlineLogistic& model) {
  const std::string bytes = bytes_of(model);
  ByteReader in(bytes);
  in.read<double>();
  in.read<double>();
  std::vector<double> weights, values;
  in.read_into(weights);
  in.read_into(values);
  const auto size = static_cast<Eigen::Index>(weights.size());
  const auto stride = static_cast<Eigen::Index>(values.size()) / size;
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const Rows>(values.data(), size, stride).leftCols(size);
}

/// The formulas of the header in plain linear algebra, the root by bisection.
struct PlainAlgebra {
  Eigen::VectorXd w;
  Eigen::MatrixXd p;
  double forgetting = 1, widest = 0;

  PlainAlgebra(const std::vector<double>& mean, const OnlineLogisticOptions& options)
      : w(Eigen::Map<const Eigen::VectorXd>(mean.data(), static_cast<Eigen::Index>(mean.size()))),
        p(Eigen::MatrixXd::Identity(w.size(), w.size()) * options.prior_variance),
        forgetting(options.forgetting),
        widest(options.prior_variance * static_cast<double>(w.size())) {}

  void learn(const Eigen::VectorXd& f, bool outcome, double weight) {
    const Eigen::VectorXd pf = p * f;
    const double z = f.dot(w), s = weight * f.dot(pf), y = outcome ? 1 : 0;
    double low = -1, high = 1;
    for (int round = 0; round < 100; ++round) {
      const double u = (low + high) / 2;
      (u - (y - stats::sigmoid(z + u * s)) > 0 ? high : low) = u;
    }
    const double q = stats::sigmoid(z + low * s);
    const double h = weight * std::max(q * (1 - q), 1e-3);
    w += weight * low * pf;
    p -= pf * pf.transpose() * (h / (1 + h * f.dot(pf)));
    p *= std::clamp(widest / p.trace(), 1.0, 1 / forgetting);
  }
};

TEST(OnlineLogistic, FirstStepByHand) {
  // w minimises w²/2 − log σ(w): w = 1 − σ(w) = .401058, and P = 1/(1 + p(1−p)) with p = σ(w).
  OnlineLogistic model({0}, {.prior_variance = 1});
  EXPECT_EQ(model.predict(std::vector<float>{1}), 0);
  model.learn(std::vector<float>{1}, true);
  EXPECT_NEAR(model.weights()[0], 0.4010581375415, 1e-9);
  EXPECT_NEAR(covariance_of(model)(0, 0), 0.8063147294, 1e-9);
  EXPECT_NEAR(model.predict(std::vector<float>{-2}), -2 * 0.4010581375415, 1e-8);

  OnlineLogistic other({0}, {.prior_variance = 1});
  other.learn(std::vector<float>{1}, false);
  EXPECT_NEAR(other.weights()[0], -0.4010581375415, 1e-9);  // the mirror image
}

/// How far one step from `mean` ends from where the gradient is zero.
double gradient_after_step(double mean, double variance, bool outcome) {
  OnlineLogistic model({mean}, {.prior_variance = variance});
  model.learn(std::vector<float>{1}, outcome);
  const double w = model.weights()[0];
  return (w - mean) / variance - ((outcome ? 1 : 0) - stats::sigmoid(w));
}

/// Newton's method must end at the root, not where it stood when it was told to stop.
RC_GTEST_PROP(OnlineLogistic, StepsToTheRoot, ()) {
  const auto mean = static_cast<double>(*rc::gen::inRange(-25'000, 25'000)) / 1000;
  const auto variance = static_cast<double>(*rc::gen::inRange(1, 300'000)) / 1000;
  RC_ASSERT(std::abs(gradient_after_step(mean, variance, *rc::gen::arbitrary<bool>())) < 1e-9);
}

TEST(OnlineLogistic, StepsToTheRootWhereNewtonsMethodGoesToAndFro) {
  EXPECT_NEAR(gradient_after_step(9.58258, 13.6068, false), 0, 1e-9);
  EXPECT_NEAR(gradient_after_step(-12.6715, 16.272, true), 0, 1e-9);
  EXPECT_NEAR(gradient_after_step(17.9426, 21.1925, false), 0, 1e-9);
}

TEST(OnlineLogistic, WeightCountsAsSoManyOutcomes) {
  // w minimises w²/2 − 2 log σ(w).
  OnlineLogistic model({0}, {.prior_variance = 1});
  model.learn(std::vector<float>{1}, true, 2);
  const double w = model.weights()[0];
  EXPECT_NEAR(w, 2 * (1 - stats::sigmoid(w)), 1e-8);
  EXPECT_NEAR(covariance_of(model)(0, 0), 1 / (1 + 2 * stats::sigmoid(w) * (1 - stats::sigmoid(w))), 1e-8);
  OnlineLogistic light({0}, {.prior_variance = 1});
  light.learn(std::vector<float>{1}, true, 1e-9);
  EXPECT_NEAR(light.weights()[0], 0.5e-9, 1e-15);
}

RC_GTEST_PROP(OnlineLogistic, EqualsPlainLinearAlgebra, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 12);
  const OnlineLogisticOptions options{.prior_variance = *rc::gen::element(0.05, 0.5, 3.0),
                                      .forgetting = *rc::gen::element(1.0, 0.999, 0.9)};
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<double> mean(size);
  for (double& value : mean) value = rng.normal();
  OnlineLogistic model(mean, options);
  PlainAlgebra slow(mean, options);
  std::vector<float> f(size);
  for (int i = 0; i < 60; ++i) {
    for (float& value : f) value = rng.bernoulli(0.2) ? 0.0F : static_cast<float>(rng.normal());
    const Eigen::VectorXd wide = Eigen::Map<Eigen::VectorXf>(f.data(), static_cast<Eigen::Index>(size)).cast<double>();
    RC_ASSERT(std::abs(model.predict(f) - slow.w.dot(wide)) < 1e-6);
    const bool outcome = rng.bernoulli(0.4);
    const double weight = rng.bernoulli(0.5) ? 1 : 0.3;
    model.learn(f, outcome, weight);
    slow.learn(wide, outcome, weight);
  }
  const Eigen::MatrixXd p = covariance_of(model);
  RC_ASSERT((p - slow.p).cwiseAbs().maxCoeff() < 1e-6);
  RC_ASSERT(p == p.transpose());
}

TEST(OnlineLogistic, SeveralThatLearnTogetherAreAsIfEachHadLearnedAlone) {
  Rng rng(11);
  std::vector<OnlineLogistic> together, alone;
  for (const std::size_t size : {1U, 4U, 9U, 30U}) {
    together.emplace_back(std::vector<double>(size, 0.1), OnlineLogisticOptions{.forgetting = 0.999});
    alone.push_back(together.back());
  }
  for (int outcome = 0; outcome < 300; ++outcome) {
    const bool happened = rng.bernoulli(0.3);
    std::vector<std::vector<float>> features;
    std::vector<OnlineLogistic::Lesson> lessons;
    for (const OnlineLogistic& one : alone) {
      auto& own = features.emplace_back(one.size());
      for (float& value : own) value = static_cast<float>(3 * rng.normal());
    }
    for (std::size_t i = 0; i < alone.size(); ++i) {
      lessons.push_back({.learner = &together[i], .features = features[i]});
      alone[i].learn(features[i], happened, 0.7);
    }
    OnlineLogistic::learn_together(lessons, happened, 0.7);
  }
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(bytes_of(together[i]), bytes_of(alone[i])) << i;
}

TEST(OnlineLogistic, ComesNearTheBatchMaximumAPosteriori) {
  Rng rng(11);
  const Eigen::Vector3d truth{-0.5, 1, -1.5};
  constexpr double kVariance = 1;
  OnlineLogistic model({0, 0, 0}, {.prior_variance = kVariance});
  Eigen::MatrixXd x(400, 3);
  Eigen::VectorXd y(400);
  for (Eigen::Index i = 0; i < 400; ++i) {
    const std::vector<float> f{1, static_cast<float>(rng.normal()), static_cast<float>(rng.normal())};
    x.row(i) << 1, static_cast<double>(f[1]), static_cast<double>(f[2]);
    y(i) = rng.bernoulli(stats::sigmoid(x.row(i).dot(truth))) ? 1 : 0;
    model.learn(f, y(i) == 1);
  }
  Eigen::Vector3d w = Eigen::Vector3d::Zero();
  Eigen::Matrix3d precision;
  for (int round = 0; round < 30; ++round) {
    const Eigen::VectorXd p = (x * w).unaryExpr(&stats::sigmoid);
    precision = x.transpose() * p.cwiseProduct(Eigen::VectorXd::Ones(400) - p).asDiagonal() * x;
    precision += Eigen::Matrix3d::Identity() / kVariance;
    w += precision.ldlt().solve(x.transpose() * (y - p) - w / kVariance);
  }
  const Eigen::Matrix3d covariance = precision.inverse();
  for (Eigen::Index i = 0; i < 3; ++i) {
    const double deviation = std::sqrt(covariance(i, i));
    EXPECT_NEAR(model.weights()[static_cast<std::size_t>(i)], w(i), 0.5 * deviation);  // half a posterior deviation
    EXPECT_NEAR(std::sqrt(covariance_of(model)(i, i)) / deviation, 1, 0.15);
  }
}

/// Outcomes that a careless filter breaks on.
struct Hostile {
  std::string_view name;
  void (*draw)(Rng& rng, std::uint64_t step, std::vector<float>& f, bool& outcome);
};

const std::array<Hostile, 5> kHostile{{
    {"constant",
     [](Rng& rng, std::uint64_t, std::vector<float>& f, bool& outcome) {
       std::ranges::fill(f, 1.0F);
       outcome = rng.bernoulli(0.01);
     }},
    {"one direction",
     [](Rng& rng, std::uint64_t, std::vector<float>& f, bool& outcome) {
       std::ranges::fill(f, 0.0F);
       f[0] = 1;
       f[1] = static_cast<float>(rng.normal());
       outcome = f[1] > 0;
     }},
    {"extreme",
     [](Rng& rng, std::uint64_t, std::vector<float>& f, bool& outcome) {
       for (float& value : f) value = rng.bernoulli(0.5) ? 6.0F : -6.0F;
       outcome = rng.bernoulli(0.5);
     }},
    {"regimes",
     [](Rng& rng, std::uint64_t step, std::vector<float>& f, bool& outcome) {
       for (float& value : f) value = static_cast<float>(rng.normal());
       f[0] = 1;
       outcome = (step / 5000 % 2 == 0) == (f[1] + f[2] > 0);
     }},
    {"never",
     [](Rng& rng, std::uint64_t, std::vector<float>& f, bool& outcome) {
       for (float& value : f) value = static_cast<float>(6 * rng.uniform());
       outcome = false;
     }},
}};

TEST(OnlineLogistic, StaysSoundOver200000HostileOutcomes) {
  constexpr double kVariance = 0.2;
  for (const Hostile& hostile : kHostile) {
    SCOPED_TRACE(hostile.name);
    Rng rng(5);
    std::vector<float> f(9);
    OnlineLogistic model(std::vector<double>(f.size()), {.prior_variance = kVariance, .forgetting = 0.9995});
    bool outcome = false;
    for (std::uint64_t step = 0; step < 200'000; ++step) {
      hostile.draw(rng, step, f, outcome);
      ASSERT_TRUE(std::isfinite(model.predict(f))) << step;
      model.learn(f, outcome);
      if (step % 20'000 != 19'999) continue;
      const Eigen::MatrixXd p = covariance_of(model);
      ASSERT_EQ(p, p.transpose());
      const Eigen::VectorXd variances = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(p).eigenvalues();
      ASSERT_GT(variances.minCoeff(), 0);
      ASSERT_LE(p.trace(), kVariance * 9 * (1 + 1e-9));
    }
    EXPECT_THAT(std::vector(model.weights().begin(), model.weights().end()),
                Each(testing::AllOf(testing::Gt(-100), testing::Lt(100))));
  }
}

TEST(OnlineLogistic, ForgettingFollowsAChange) {
  for (const double forgetting : {1.0, 0.99}) {
    OnlineLogistic model({0}, {.prior_variance = 1, .forgetting = forgetting});
    Rng rng(2);  // .7 of 2,000 and .3 of 1,000: .57 of all
    for (int i = 0; i < 3000; ++i) model.learn(std::vector<float>{1}, rng.bernoulli(i < 2000 ? 0.7 : 0.3));
    EXPECT_EQ(model.weights()[0] < 0, forgetting < 1);
  }
}

TEST(OnlineLogistic, WidenIsBoundedByThePrior) {
  OnlineLogistic model({0, 0}, {.prior_variance = 0.5});
  Rng rng(3);
  for (int i = 0; i < 500; ++i)
    model.learn(std::vector<float>{1, static_cast<float>(rng.normal())}, rng.bernoulli(0.5));
  const double trace = covariance_of(model).trace();
  ASSERT_LT(trace, 0.1);
  model.widen(2);
  EXPECT_NEAR(covariance_of(model).trace(), 2 * trace, 1e-12);
  for (int i = 0; i < 20; ++i) model.widen(10);
  EXPECT_NEAR(covariance_of(model).trace(), 2 * 0.5, 1e-12);
  const auto weights = std::vector(model.weights().begin(), model.weights().end());
  EXPECT_THAT(weights, ElementsAreArray(std::vector(model.weights().begin(), model.weights().end())));
}

OnlineLogistic taught(std::size_t size) {
  OnlineLogistic model(std::vector<double>(size, 0.25), {.prior_variance = 0.3, .forgetting = 0.999});
  Rng rng(size);
  std::vector<float> f(size);
  for (int i = 0; i < 100; ++i) {
    for (float& value : f) value = static_cast<float>(rng.normal());
    model.learn(f, rng.bernoulli(0.3), 0.5);
  }
  return model;
}

TEST(OnlineLogistic, ASnapshotGoesOnBitForBit) {
  for (const std::size_t size : {1U, 3U, 4U, 5U, 17U}) {
    OnlineLogistic model = taught(size);
    auto copy = loaded<OnlineLogistic>(bytes_of(model));
    ASSERT_TRUE(copy.has_value());
    const std::vector<float> f(size, 0.7F);
    for (int i = 0; i < 50; ++i) {
      ASSERT_EQ(model.predict(f), copy->predict(f));
      model.learn(f, i % 3 == 0);
      copy->learn(f, i % 3 == 0);
    }
    EXPECT_EQ(bytes_of(model), bytes_of(*copy));
  }
}

TEST(OnlineLogistic, DamageIsRefused) {
  const std::string bytes = bytes_of(taught(5));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(loaded<OnlineLogistic>(bytes.substr(0, size)).has_value());
  const auto with = [&](std::size_t at, auto value) {
    std::string changed = bytes;
    std::memcpy(changed.data() + at, &value, sizeof value);
    return loaded<OnlineLogistic>(changed);
  };
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double value : {0.0, -1.0, infinite, std::nan("")}) EXPECT_FALSE(with(0, value).has_value()) << value;
  for (const double value : {0.0, -1.0, 1.5, std::nan("")}) EXPECT_FALSE(with(8, value).has_value()) << value;
  for (const double value : {infinite, std::nan("")}) {
    EXPECT_FALSE(with(24, value).has_value());  // the first weight
    EXPECT_FALSE(with(72, value).has_value());  // the first variance
  }
  EXPECT_FALSE(with(72, -0.1).has_value());
}

TEST(OnlineLogistic, AnEmptyCovarianceDoesNotAskForItsSquare) {
  ByteWriter out;
  out.write(0.2);
  out.write(1.0);
  out.write(std::vector<double>(1 << 20));
  out.write(std::vector<double>{});
  EXPECT_FALSE(loaded<OnlineLogistic>(out.bytes()).has_value());  // 8 MB of weights, of which the square would be 8 TB
}

}  // namespace
}  // namespace errata::memory
