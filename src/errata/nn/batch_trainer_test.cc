#include "errata/nn/batch_trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "errata/base/rng.h"

namespace errata::nn {
namespace {

/// Random images, labels and weights; the state of a training that has begun.
struct Training {
  Training(ImageShape shape, std::size_t n, std::size_t classes) : plan(shape, classes), rows(n) {
    Rng rng(5);
    pixels.resize(n * shape.size());
    for (float& value : pixels) value = static_cast<float>(rng.normal());
    for (std::size_t i = 0; i < n; ++i) labels.push_back(static_cast<std::uint32_t>(rng.below(classes)));
    state.parameters.resize(plan.parameter_count);
    for (const auto& part : plan.parameters) {
      const double bound = part.name.starts_with("norm")
                               ? 1
                               : std::sqrt(static_cast<double>(part.shape[0]) / static_cast<double>(part.size()));
      for (float& value : std::span(state.parameters).subspan(part.offset, part.size()))
        value = static_cast<float>((2 * rng.uniform() - 1) * bound);
    }
    state.first.resize(plan.parameter_count);
    state.second.resize(plan.parameter_count);
    state.statistics.resize(plan.statistic_count, 1.0F);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::ranges::reverse(rows);
  }
  [[nodiscard]] ImageBatch batch() const {
    return {.images = MatrixView<const float>(pixels, rows.size(), pixels.size() / rows.size()),
            .labels = labels,
            .rows = rows};
  }
  ClassifierPlan plan;
  std::vector<float> pixels;
  std::vector<std::uint32_t> labels;
  std::vector<std::size_t> rows;
  TrainingState state;
};

double norm(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum);
}

class BatchTrainers : public testing::TestWithParam<std::tuple<ImageShape, std::size_t>> {};

/// After one step the first moment is a tenth of the gradient, the statistics are a tenth of the batch's.
TEST_P(BatchTrainers, ShardsHaveTheDerivativesOfOperations) {
  const auto [shape, images] = GetParam();
  Training shards(shape, images, 3), operations(shape, images, 3);
  const double loss = train_by_shards(shards.plan, shape, 1e-3, shards.state)->step(shards.batch());
  const double same = train_by_operations(operations.plan, shape, 1e-3, operations.state, {})->step(operations.batch());
  EXPECT_NEAR(loss, same, 1e-4 * same);
  EXPECT_EQ(shards.state.steps, 1);
  for (const auto& part : shards.plan.parameters) {
    const auto mine = std::span<const float>(shards.state.first).subspan(part.offset, part.size());
    const auto theirs = std::span<const float>(operations.state.first).subspan(part.offset, part.size());
    std::vector<float> difference(mine.size());
    std::ranges::transform(mine, theirs, difference.begin(), std::minus());
    EXPECT_GT(norm(theirs), 0) << part.name;
    EXPECT_LT(norm(difference), 2e-4 * norm(theirs)) << part.name;
  }
  for (std::size_t i = 0; i < shards.state.statistics.size(); ++i)
    EXPECT_NEAR(shards.state.statistics[i], operations.state.statistics[i],
                1e-5F * std::abs(operations.state.statistics[i]));
}

INSTANTIATE_TEST_SUITE_P(Shapes, BatchTrainers,
                         testing::Values(std::tuple(ImageShape{}, 70), std::tuple(ImageShape{}, 2),
                                         std::tuple(ImageShape{.channels = 3, .height = 9, .width = 6}, 33),
                                         std::tuple(ImageShape{.channels = 2, .height = 7, .width = 11}, 32),
                                         std::tuple(ImageShape{.channels = 1, .height = 4, .width = 4}, 65)));

TEST(BatchTrainer, ThreadsChangeNothing) {
  const auto trained = [](std::size_t threads) {
    set_threads(threads);
    Training training({}, 100, 10);
    const auto trainer = train_by_shards(training.plan, {}, 1e-3, training.state);
    for (int i = 0; i < 3; ++i) static_cast<void>(trainer->step(training.batch()));
    set_threads(0);
    return training.state.parameters;
  };
  const auto alone = trained(1);
  EXPECT_EQ(alone, trained(2));
  EXPECT_EQ(alone, trained(5));
}

}  // namespace
}  // namespace errata::nn
