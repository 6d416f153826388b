#include "errata/language/training.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>

#include "errata/language/learning_pass.h"
#include "errata/language/ranks_work.h"
#include "errata/language/row_loops.h"
#include "errata/nn/adam.h"
#include "errata/nn/one_cycle.h"
#include "errata/nn/shards.h"

namespace errata::language {
namespace {

constexpr std::size_t kShard = 32, kOfLargeShard = 4;  ///< examples

/// The slopes of a whole model are as large as it is, and each shard has its own: only those of adapters are many.
std::size_t shard_of(const Model& model, const Adapter* adapter) {
  return adapter != nullptr && is_large(model) ? kOfLargeShard : kShard;
}

Result<void> check_examples(const Model& model, bool of_adapter, std::span<const Example> batch) {
  if (batch.empty()) return invalid_argument("a batch without examples");
  for (const Example& example : batch) {
    if (example.answer < 1 || example.answer >= example.tokens.size())
      return invalid_argument(
          fmt::format("an example of {} tokens whose answer begins at {}", example.tokens.size(), example.answer));
    if (example.tokens.size() > model.config.positions)
      return invalid_argument(fmt::format("an example of {} tokens, and the model reads {}", example.tokens.size(),
                                          model.config.positions));
    if (example.as_model && !of_adapter)
      return invalid_argument("an example as the model has it, and no adapter learns");
    const auto unknown = [&](std::int32_t token) {
      return token < 0 || static_cast<std::size_t>(token) >= model.config.vocabulary;
    };
    if (std::ranges::any_of(example.tokens, unknown))
      return invalid_argument("an example with a token that the model has not");
  }
  return {};
}

/// The slopes of batches, of the same model or adapter again and again: its memory is kept.
class SlopeTaker {
 public:
  /// @param ranks  or null
  SlopeTaker(const Model& model, const Adapter* adapter, Ranks* ranks)
      : model_(model),
        adapter_(adapter),
        ranks_(ranks),
        size_(adapter != nullptr ? adapter->plan.size : model.plan.size) {}

  /// Leaves the mean slopes of the batch's tokens in slopes().
  /// @return the loss for each token
  /// @throws what libtorch throws
  Result<double> take(std::span<const Example> batch) {
    const std::size_t shard = shard_of(model_, adapter_), shards = (batch.size() + shard - 1) / shard;
    const std::size_t rank = ranks_ == nullptr ? 0 : ranks_->rank(), ranks = ranks_ == nullptr ? 1 : ranks_->count();
    own_ = shards > rank ? (shards - rank + ranks - 1) / ranks : 0;
    if (results_.size() < std::max<std::size_t>(own_, 1)) results_.resize(std::max<std::size_t>(own_, 1));
    nn::for_each_shard(own_, [&](std::size_t i) {
      const std::size_t first = (rank + i * ranks) * shard;
      learn_shard(batch.subspan(first, std::min(shard, batch.size() - first)), results_[i]);
    });
    for (std::size_t i = 0; i < own_; ++i)
      if (results_[i].problem) std::rethrow_exception(results_[i].problem);
    std::size_t tokens = 0;
    for (const Example& example : batch) tokens += example.tokens.size() - example.answer;
    return add_up(static_cast<double>(tokens));
  }

  [[nodiscard]] std::vector<float>& slopes() { return results_[0].slopes; }

 private:
  struct Shard {
    double loss = 0;            ///< summed over the answers' tokens
    std::vector<float> slopes;  ///< of the summed loss
    std::exception_ptr problem;
  };

  void learn_shard(std::span<const Example> batch, Shard& result) {
    try {
      result.slopes.resize(size_);
      auto pass = idle_pass();
      result.loss = pass->learn(batch, result.slopes);
      const std::scoped_lock lock(busy_);
      idle_.push_back(std::move(pass));
    } catch (...) {
      result.problem = std::current_exception();
    }
  }

  std::unique_ptr<LearningPass> idle_pass() {
    const std::scoped_lock lock(busy_);
    if (idle_.empty()) return std::make_unique<LearningPass>(model_, adapter_);
    auto pass = std::move(idle_.back());
    idle_.pop_back();
    return pass;
  }

  /// Sums of the shards' slopes for each token, in place of the first shard's. In doubles: these are exact but where
  /// numbers are very unlike, so the order in which threads and processes add does not matter.
  Result<double> add_up(double tokens) {
    constexpr std::size_t kPiece = std::size_t{1} << 20U, kBlock = std::size_t{1} << 15U;
    slopes().resize(size_);
    double loss = 0;
    for (std::size_t first = 0; first < size_; first += kPiece) {
      const std::size_t count = std::min(kPiece, size_ - first);
      sums_.assign(count + 1, 0.0);  // the last is the loss
      const auto in_blocks = [&](const auto& body) {
        nn::for_each_shard((count + kBlock - 1) / kBlock,
                           [&](std::size_t block) { body(block * kBlock, std::min(kBlock, count - block * kBlock)); });
      };
      in_blocks([&](std::size_t at, std::size_t size) {
        for (std::size_t i = 0; i < own_; ++i)
          row_loops::add_in_doubles(&results_[i].slopes[first + at], size, &sums_[at]);
      });
      for (std::size_t i = 0; i < own_; ++i) sums_[count] += results_[i].loss;
      if (ranks_ != nullptr) ERRATA_TRY(ranks_->add_up(sums_));
      in_blocks([&](std::size_t at, std::size_t size) {
        row_loops::divide(&sums_[at], size, tokens, &slopes()[first + at]);
      });
      loss = sums_[count] / tokens;
    }
    return loss;
  }

  const Model& model_;
  const Adapter* adapter_;
  Ranks* ranks_;
  std::size_t size_;     ///< numbers that learn
  std::size_t own_ = 0;  ///< shards of this process
  std::vector<Shard> results_;
  std::vector<double> sums_;
  std::mutex busy_;
  std::vector<std::unique_ptr<LearningPass>> idle_;
};

/// The numbers that learn, and AdamW's moments of them.
class Learner {
 public:
  Learner(const Plan& plan, std::vector<float>& values, const TrainingOptions& options)
      : plan_(plan), values_(values), options_(options), first_(values.size()), second_(values.size()) {}

  void step(std::span<const float> slopes) {
    const double rate = options_.learning_rate * nn::one_cycle(steps_, options_.steps);
    ++steps_;
    nn::for_each_shard(plan_.parts.size(), [&](std::size_t i) {
      const Part& part = plan_.parts[i];
      const nn::AdamStep adam{
          .learning_rate = rate, .weight_decay = part.shape.size() > 1 ? options_.weight_decay : 0, .step = steps_};
      const auto range = [&](std::vector<float>& all) { return std::span(all).subspan(part.offset, part.size()); };
      adam.update(range(values_), slopes.subspan(part.offset, part.size()), range(first_), range(second_));
    });
  }

 private:
  const Plan& plan_;
  std::vector<float>& values_;
  const TrainingOptions& options_;
  std::vector<float> first_, second_;
  std::size_t steps_ = 0;
};

/// The batch of a step; rank 0 hands it on to the others.
Result<std::vector<Example>> next_batch(const Model& model, bool of_adapter, const DrawBatch& draw, std::size_t step,
                                        Ranks* ranks) {
  ERRATA_ASSIGN(std::vector<Example> batch, draw(step));
  ERRATA_TRY(check_examples(model, of_adapter, batch));
  if (ranks != nullptr && ranks->rank() == 0) ERRATA_TRY(ranks->spread(batch_numbers(batch)));
  return batch;
}

/// @param adapter  what learns, or null for the model
Result<std::vector<double>> learn(const Model& model, Adapter* adapter, std::vector<float>& values,
                                  const TrainingOptions& options, const DrawBatch& draw, const Progress& progress,
                                  Ranks* ranks) {
  ERRATA_TRY(check(options));
  Learner learner(adapter != nullptr ? adapter->plan : model.plan, values, options);
  SlopeTaker taker(model, adapter, ranks);
  std::vector<double> losses;
  try {
    for (std::size_t step = 0; step < options.steps; ++step) {
      progress.tell(adapter != nullptr ? "tuning" : "training",
                    static_cast<double>(step) / static_cast<double>(options.steps));
      ERRATA_ASSIGN(const std::vector<Example> batch, next_batch(model, adapter != nullptr, draw, step, ranks));
      ERRATA_ASSIGN(const double loss, taker.take(batch));
      if (!std::isfinite(loss))
        return data_error(fmt::format("the loss is no number at step {}: a learning rate of {} is too high", step,
                                      options.learning_rate));
      learner.step(taker.slopes());
      losses.push_back(loss);
    }
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
  return losses;
}

/// Rank 0 tells the others what is trained.
Result<void> tell_others(const Model& model, const Adapter* adapter, const TrainingOptions& options, Ranks* ranks) {
  if (ranks == nullptr || ranks->rank() != 0) return {};
  ERRATA_TRY(check(options));
  ERRATA_TRY(ranks->announce(work_content(model, adapter, options)));
  ERRATA_TRY(ranks->spread(model.values));
  return adapter == nullptr ? Result<void>() : ranks->spread(adapter->values);
}

}  // namespace

Result<void> check(const TrainingOptions& options) {
  constexpr std::size_t kMostSteps = 10'000'000;
  if (options.steps == 0) return invalid_argument("a training of 0 steps");
  if (options.steps > kMostSteps)
    return invalid_argument(fmt::format("{} steps are more than {}", options.steps, kMostSteps));
  if (!(options.learning_rate > 0 && options.learning_rate <= 1))
    return invalid_argument(fmt::format("learning rate {} is not in (0, 1]", options.learning_rate));
  if (!(options.weight_decay >= 0 && options.weight_decay < 1))
    return invalid_argument(fmt::format("weight decay {} is not in [0, 1)", options.weight_decay));
  return {};
}

Result<std::vector<double>> train_model(Model& model, const TrainingOptions& options, const DrawBatch& draw,
                                        const Progress& progress, Ranks* ranks) {
  ERRATA_TRY(tell_others(model, nullptr, options, ranks));
  return learn(model, nullptr, model.values, options, draw, progress, ranks);
}

Result<std::vector<double>> train_adapter(const Model& model, Adapter& adapter, const TrainingOptions& options,
                                          const DrawBatch& draw, const Progress& progress, Ranks* ranks) {
  ERRATA_TRY(tell_others(model, &adapter, options, ranks));
  return learn(model, &adapter, adapter.values, options, draw, progress, ranks);
}

Result<void> train_along(Ranks& ranks, const Progress& progress) {
  const DrawBatch told = [&](std::size_t) -> Result<std::vector<Example>> {
    ERRATA_ASSIGN(const auto numbers, ranks.receive_numbers());
    return parse_batch(numbers);
  };
  for (;;) {
    ERRATA_ASSIGN(const auto content, ranks.next_work(progress.cancellation()));
    if (!content) return {};
    ERRATA_ASSIGN(RanksWork work, parse_work(*content));
    ERRATA_TRY(ranks.receive(work.model.values));
    if (work.adapter) {
      ERRATA_TRY(ranks.receive(work.adapter->values));
      ERRATA_TRY(train_adapter(work.model, *work.adapter, work.options, told, progress, &ranks));
    } else {
      ERRATA_TRY(train_model(work.model, work.options, told, progress, &ranks));
    }
  }
}

Result<Slopes> slopes_of(const Model& model, const Adapter* adapter, std::span<const Example> batch) {
  ERRATA_TRY(check_examples(model, adapter != nullptr, batch));
  try {
    SlopeTaker taker(model, adapter, nullptr);
    ERRATA_ASSIGN(const double loss, taker.take(batch));
    return Slopes{.loss = loss, .slopes = std::move(taker.slopes())};
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
}

}  // namespace errata::language
