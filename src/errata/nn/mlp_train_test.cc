#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "errata/base/atomic_file.h"
#include "errata/base/rng.h"
#include "errata/base/test_folder.h"
#include "errata/nn/mlp.h"

namespace errata::nn {
namespace {

/// n cases of d values; the target is the class of the largest of the first `classes` values.
struct Cases {
  Cases(std::size_t n, std::size_t d, std::size_t classes, std::uint64_t seed) : size(n), width(d) {
    Rng rng(seed);
    for (std::size_t i = 0; i < n * d; ++i) values.push_back(static_cast<float>(rng.normal()));
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = std::span(values).subspan(i * d, classes);
      targets.push_back(static_cast<std::uint32_t>(std::ranges::max_element(row) - row.begin()));
      weights.push_back(static_cast<float>(rng.uniform()));
    }
  }
  [[nodiscard]] MatrixView<const float> inputs() const { return {values, size, width}; }
  std::size_t size, width;
  std::vector<float> values, weights;
  std::vector<std::uint32_t> targets;
};

bool same(const Mlp& a, const Mlp& b) {
  return std::ranges::equal(a.layers(), b.layers(), [](const DenseLayer& x, const DenseLayer& y) {
    return x.weights == y.weights && x.biases == y.biases;
  });
}

double accuracy(const Mlp& mlp, const Cases& cases) {
  const auto z = mlp.outputs(cases.inputs());
  std::size_t right = 0;
  for (std::size_t i = 0; i < cases.size; ++i) {
    const auto row = std::span(z).subspan(i * mlp.width(), mlp.width());
    const auto answer = mlp.width() == 1 ? (row[0] > 0 ? 1 : 0) : std::ranges::max_element(row) - row.begin();
    if (answer == static_cast<std::ptrdiff_t>(cases.targets[i])) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(cases.size);
}

TEST(MlpTraining, LearnsToChoose) {
  const Cases two(2000, 4, 2, 1), three(2000, 5, 3, 2);
  const auto yes_no =
      Mlp::train(two.inputs(), two.targets, {}, {.inputs = 4, .hidden = {16}}, {.epochs = 20, .learning_rate = 1e-2});
  ASSERT_TRUE(yes_no) << yes_no.error().message;
  EXPECT_GT(accuracy(*yes_no, Cases(1000, 4, 2, 3)), 0.97);
  const auto classes =
      Mlp::train(three.inputs(), three.targets, {}, {.inputs = 5, .hidden = {32, 16}, .outputs = 3},
                 {.loss = Loss::cross_entropy, .epochs = 20, .learning_rate = 1e-2, .schedule = Schedule::one_cycle});
  ASSERT_TRUE(classes) << classes.error().message;
  EXPECT_GT(accuracy(*classes, Cases(1000, 5, 3, 4)), 0.95);
}

/// Full-batch training of one hidden layer by the formulas, case after case in double precision.
struct SlowTrainer {
  std::vector<double> p, m, v;  // W1 [hidden, in], b1, W2 [out, hidden], b2
  std::size_t in, hidden, out;

  double step(const Cases& cases, Loss loss, double rate, double decay, std::size_t t) {
    std::vector<double> g(p.size());
    double total = 0, weights = 0;
    for (const float w : cases.weights) weights += static_cast<double>(w);
    const double* const w1 = p.data();
    const double* const b1 = w1 + in * hidden;
    const double* const w2 = b1 + hidden;
    const double* const b2 = w2 + hidden * out;
    for (std::size_t i = 0; i < cases.size; ++i) {
      std::vector<double> h(hidden), z(out), d(out);
      const auto x = cases.inputs().row(i);
      for (std::size_t r = 0; r < hidden; ++r) {
        h[r] = b1[r];
        for (std::size_t c = 0; c < in; ++c) h[r] += w1[r * in + c] * static_cast<double>(x[c]);
        h[r] = std::max(0.0, h[r]);
      }
      double sum = 0;
      for (std::size_t r = 0; r < out; ++r) {
        z[r] = b2[r];
        for (std::size_t c = 0; c < hidden; ++c) z[r] += w2[r * hidden + c] * h[c];
        sum += std::exp(z[r]);
      }
      const double share = static_cast<double>(cases.weights[i]) / weights;
      const std::uint32_t target = cases.targets[i];
      if (loss == Loss::logistic) {
        d[0] = 1 / (1 + std::exp(-z[0])) - target;
        total += share * (std::log1p(std::exp(z[0])) - target * z[0]);
      } else {
        for (std::size_t r = 0; r < out; ++r) d[r] = std::exp(z[r]) / sum - (r == target ? 1 : 0);
        total -= share * (z[target] - std::log(sum));
      }
      std::vector<double> e(hidden);
      for (std::size_t r = 0; r < out; ++r) {
        for (std::size_t c = 0; c < hidden; ++c) {
          g[(in + 1) * hidden + r * hidden + c] += share * d[r] * h[c];
          e[c] += d[r] * w2[r * hidden + c];
        }
        g[(in + 1) * hidden + hidden * out + r] += share * d[r];
      }
      for (std::size_t r = 0; r < hidden; ++r) {
        if (h[r] <= 0) continue;
        for (std::size_t c = 0; c < in; ++c) g[r * in + c] += share * e[r] * static_cast<double>(x[c]);
        g[in * hidden + r] += share * e[r];
      }
    }
    const auto steps = static_cast<double>(t);
    for (std::size_t k = 0; k < p.size(); ++k) {
      m[k] = 0.9 * m[k] + 0.1 * g[k];
      v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
      p[k] = (1 - rate * decay) * p[k] -
             rate * (m[k] / (1 - std::pow(0.9, steps))) / (std::sqrt(v[k] / (1 - std::pow(0.999, steps))) + 1e-8);
    }
    return total;
  }
};

std::vector<double> parameters_of(const Mlp& mlp) {
  std::vector<double> all;
  for (const auto& layer : mlp.layers()) {
    all.insert(all.end(), layer.weights.begin(), layer.weights.end());
    all.insert(all.end(), layer.biases.begin(), layer.biases.end());
  }
  return all;
}

class SlowTraining : public testing::TestWithParam<Loss> {};

TEST_P(SlowTraining, FindsTheSameNetwork) {
  const Loss loss = GetParam();
  const std::size_t out = loss == Loss::logistic ? 1 : 3;
  constexpr std::size_t kIn = 6, kHidden = 150;                    // more than one block of rows
  const Cases cases(300, kIn, loss == Loss::logistic ? 2 : 3, 7);  // more than one shard
  const MlpShape shape{.inputs = kIn, .hidden = {kHidden}, .outputs = out, .dropout = 0};
  std::vector<double> losses;
  TrainOptions options{.loss = loss,
                       .epochs = 1,
                       .batch = 1000,
                       .learning_rate = 1e-12,
                       .seed = 5,
                       .on_epoch = [&](std::size_t, double mean) { losses.push_back(mean); }};
  // A first step too small to see gives the weights at the beginning.
  SlowTrainer slow{.p = parameters_of(Mlp::train(cases.inputs(), cases.targets, cases.weights, shape, options).value()),
                   .m = {},
                   .v = {},
                   .in = kIn,
                   .hidden = kHidden,
                   .out = out};
  slow.m.resize(slow.p.size());
  slow.v.resize(slow.p.size());
  losses.clear();
  options.epochs = 11;
  options.learning_rate = 0.02;
  options.weight_decay = 0.1;
  options.schedule = Schedule::one_cycle;
  const auto fast = Mlp::train(cases.inputs(), cases.targets, cases.weights, shape, options).value();
  const auto cosine = [](double from, double to, double at) {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * at)) / 2;
  };
  ASSERT_EQ(losses.size(), 11);
  for (std::size_t t = 0; t < 11; ++t) {
    const double at = static_cast<double>(t) / 10;
    const double rate = 0.02 * (at < 0.3 ? cosine(0.04, 1, at / 0.3) : cosine(1, 1e-4, (at - 0.3) / 0.7));
    EXPECT_NEAR(losses[t], slow.step(cases, loss, rate, 0.1, t + 1), 1e-4) << t;
  }
  const auto p = parameters_of(fast);
  for (std::size_t k = 0; k < p.size(); ++k) ASSERT_NEAR(p[k], slow.p[k], 2e-3) << k;
}

INSTANTIATE_TEST_SUITE_P(BothLosses, SlowTraining, testing::Values(Loss::logistic, Loss::cross_entropy));

const MlpShape kShape{.inputs = 8, .hidden = {70, 12}, .outputs = 3, .dropout = 0.3};

TrainOptions usual_options() {
  return {.loss = Loss::cross_entropy,
          .epochs = 5,
          .batch = 150,
          .learning_rate = 1e-2,
          .weight_decay = 0.01,
          .schedule = Schedule::one_cycle,
          .seed = 3};
}

TEST(MlpTraining, SeedAloneDecides) {
  const Cases cases(700, 8, 3, 1);
  auto options = usual_options();
  const auto train = [&] { return Mlp::train(cases.inputs(), cases.targets, {}, kShape, options).value(); };
  set_threads(1);
  const auto alone = train();
  set_threads(3);
  const auto together = train();
  set_threads(0);
  EXPECT_TRUE(same(alone, together));
  options.seed = 4;
  EXPECT_FALSE(same(alone, train()));
}

TEST(MlpTraining, InterruptedTrainingEndsTheSame) {
  const Cases cases(700, 8, 3, 1);
  const TestFolder folder;
  auto options = usual_options();
  const auto whole = Mlp::train(cases.inputs(), cases.targets, cases.weights, kShape, options).value();
  options.checkpoint = folder / "training";
  struct Interrupted {};
  std::vector<std::size_t> epochs;
  for (const std::size_t stop : {2U, 3U, 99U}) {
    options.on_epoch = [&](std::size_t epoch, double) {
      epochs.push_back(epoch);
      if (epoch == stop) throw Interrupted();
    };
    if (stop < 99) {
      EXPECT_THROW(static_cast<void>(Mlp::train(cases.inputs(), cases.targets, cases.weights, kShape, options)),
                   Interrupted);
    } else {
      EXPECT_TRUE(same(whole, Mlp::train(cases.inputs(), cases.targets, cases.weights, kShape, options).value()));
    }
  }
  EXPECT_EQ(epochs, (std::vector<std::size_t>{1, 2, 3, 4, 5}));
  // A training that is done is only read.
  EXPECT_TRUE(same(whole, Mlp::train(cases.inputs(), cases.targets, cases.weights, kShape, options).value()));
  EXPECT_EQ(epochs.size(), 5);
}

TEST(MlpTraining, ConstantScheduleGoesOnLonger) {
  const Cases cases(300, 8, 3, 1);
  const TestFolder folder;
  auto options = usual_options();
  options.schedule = Schedule::constant;
  const auto whole = Mlp::train(cases.inputs(), cases.targets, {}, kShape, options).value();
  options.checkpoint = folder / "training";
  options.epochs = 2;
  ASSERT_TRUE(Mlp::train(cases.inputs(), cases.targets, {}, kShape, options));
  options.epochs = 5;
  EXPECT_TRUE(same(whole, Mlp::train(cases.inputs(), cases.targets, {}, kShape, options).value()));
  options.epochs = 4;
  EXPECT_THAT(Mlp::train(cases.inputs(), cases.targets, {}, kShape, options).error().message,
              testing::HasSubstr("this checkpoint is of epoch 5, the training ends after 4"));
}

TEST(MlpTraining, RefusesACheckpointOfAnotherTraining) {
  const Cases cases(300, 8, 3, 1);
  const TestFolder folder;
  auto options = usual_options();
  options.checkpoint = folder / "training";
  ASSERT_TRUE(Mlp::train(cases.inputs(), cases.targets, {}, kShape, options));
  const auto words = [&](const Cases& of, const MlpShape& shape, const TrainOptions& with) {
    const auto result = Mlp::train(of.inputs(), of.targets, {}, shape, with);
    EXPECT_FALSE(result);
    EXPECT_EQ(result ? ErrorCode::output : result.error().code, ErrorCode::data);
    return result ? std::string() : result.error().message;
  };
  auto other = options;
  other.learning_rate = 0.5;
  EXPECT_THAT(words(cases, kShape, other), testing::HasSubstr("its learning rate is 0.01, not 0.5"));
  other = options;
  other.epochs = 9;
  EXPECT_THAT(words(cases, kShape, other), testing::HasSubstr("its number of epochs is 5, not 9"));
  auto shape = kShape;
  shape.hidden = {70};
  EXPECT_THAT(words(cases, shape, options), testing::HasSubstr("its hidden layers is [70, 12], not [70]"));
  Cases data = cases;
  data.values[5] += 1;
  EXPECT_THAT(words(data, kShape, options), testing::HasSubstr("its data is "));
  data = cases;
  data.targets[0] = (data.targets[0] + 1) % 3;
  EXPECT_THAT(words(data, kShape, options), testing::HasSubstr("its targets is "));
}

TEST(MlpTraining, RefusesADamagedCheckpoint) {
  const Cases cases(100, 8, 3, 1);
  const TestFolder folder;
  auto options = usual_options();
  options.epochs = 1;
  options.checkpoint = folder / "training";
  ASSERT_TRUE(Mlp::train(cases.inputs(), cases.targets, {}, kShape, options));
  const auto file = read_file(*options.checkpoint).value();
  const auto refuses = [&](const std::string& content) {
    EXPECT_TRUE(write_file(*options.checkpoint, content));
    const auto result = Mlp::train(cases.inputs(), cases.targets, {}, kShape, options);
    return !result && result.error().code == ErrorCode::data &&
           result.error().message.starts_with(options.checkpoint->string());
  };
  for (std::size_t size = 0; size < file.size(); size += size < 700 ? 7 : 501)
    EXPECT_TRUE(refuses(file.substr(0, size))) << size;
  EXPECT_TRUE(refuses(file + "x"));
  for (std::size_t at = 0; at < file.size(); at += at < 700 ? 13 : 997) {
    auto damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_TRUE(refuses(damaged)) << at;
  }
  EXPECT_FALSE(refuses(file));
}

TEST(MlpTraining, WeightsOfNoughtLeaveCasesOut) {
  Cases cases(400, 4, 2, 1);
  for (std::size_t i = 0; i < 400; ++i) cases.weights[i] = i % 2 == 0 ? 3.0F : 0.0F;
  for (std::size_t i = 1; i < 400; i += 2) cases.targets[i] = 1 - cases.targets[i];
  const auto mlp = Mlp::train(cases.inputs(), cases.targets, cases.weights, {.inputs = 4, .hidden = {16}},
                              {.epochs = 60, .batch = 64, .learning_rate = 1e-2})
                       .value();
  EXPECT_GT(accuracy(mlp, Cases(1000, 4, 2, 9)), 0.93);
}

TEST(MlpTraining, SaysWhatDoesNotFit) {
  const Cases cases(10, 4, 2, 1);
  const auto words = [&](const MlpShape& shape, const TrainOptions& options) {
    const auto result = Mlp::train(cases.inputs(), cases.targets, {}, shape, options);
    EXPECT_FALSE(result);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(words({.inputs = 5}, {}), "cases have 4 values, the network 5 inputs");
  EXPECT_EQ(words({.inputs = 4, .dropout = 1}, {}), "dropout 1 is not in [0, 1)");
  EXPECT_EQ(words({.inputs = 4, .outputs = 2}, {}), "the logistic loss takes one output, not 2");
  EXPECT_EQ(words({.inputs = 4}, {.learning_rate = std::nan("")}), "learning rate nan is not above 0");
  EXPECT_EQ(words({.inputs = 4}, {.epochs = 0}), "training needs at least one epoch");
  EXPECT_EQ(words({.inputs = 4, .hidden = {3, 0}}, {}), "a hidden layer has no units");
  EXPECT_THAT(words({.inputs = 4}, {.loss = Loss::cross_entropy}), testing::HasSubstr("is not below 1"));
  const std::vector<float> weights(10, 0.0F);
  EXPECT_EQ(Mlp::train(cases.inputs(), cases.targets, weights, {.inputs = 4}, {}).error().message, "all weights are 0");
}

TEST(MlpTraining, StopsWhenTheLossIsNotFinite) {
  Cases cases(50, 4, 2, 1);
  cases.values[17] = std::nanf("");
  const auto result = Mlp::train(cases.inputs(), cases.targets, {}, {.inputs = 4}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::data);
  EXPECT_THAT(result.error().message, testing::HasSubstr("the loss was not finite in epoch 1"));
}

}  // namespace
}  // namespace errata::nn
