#include "errata/language/training.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <exception>

#include "errata/language/network.h"
#include "errata/nn/adam.h"
#include "errata/nn/one_cycle.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

constexpr std::size_t kShard = 32, kOfLargeShard = 4;  ///< examples

/// The slopes of a whole model are as large as it is, and each shard has its own: only those of adapters are many.
std::size_t shard_of(const Model& model, const Adapter* adapter) {
  return adapter != nullptr && is_large(model) ? kOfLargeShard : kShard;
}

struct ShardSlopes {
  double loss = 0;            ///< summed over the answers' tokens
  std::vector<float> slopes;  ///< of the summed loss
  std::exception_ptr problem;
};

Result<void> check_examples(const Model& model, std::span<const Example> batch) {
  if (batch.empty()) return invalid_argument("a batch without examples");
  for (const Example& example : batch) {
    if (example.answer < 1 || example.answer >= example.tokens.size())
      return invalid_argument(
          fmt::format("an example of {} tokens whose answer begins at {}", example.tokens.size(), example.answer));
    if (example.tokens.size() > model.config.positions)
      return invalid_argument(fmt::format("an example of {} tokens, and the model reads {}", example.tokens.size(),
                                          model.config.positions));
    const auto unknown = [&](std::int32_t token) {
      return token < 0 || static_cast<std::size_t>(token) >= model.config.vocabulary;
    };
    if (std::ranges::any_of(example.tokens, unknown))
      return invalid_argument("an example with a token that the model has not");
  }
  return {};
}

/// Examples as one tensor, filled up behind their ends; which of its places predict a token of an answer, and which.
struct Padded {
  at::Tensor tokens;                       ///< [rows, longest]
  std::vector<std::int64_t> places, next;  ///< into [rows · longest]; the token behind each
};

Padded padded(std::span<const Example> batch) {
  std::size_t longest = 0;
  for (const Example& example : batch) longest = std::max(longest, example.tokens.size());
  Padded out{.tokens = at::zeros({nn::signed_size(batch.size()), nn::signed_size(longest)}, at::kLong),
             .places = {},
             .next = {}};
  auto* const to = out.tokens.data_ptr<std::int64_t>();
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const auto& tokens = batch[row].tokens;
    std::ranges::copy(tokens, to + row * longest);
    for (std::size_t i = batch[row].answer; i < tokens.size(); ++i) {
      out.places.push_back(nn::signed_size(row * longest + i - 1));
      out.next.push_back(tokens[i]);
    }
  }
  return out;
}

ShardSlopes learn_shard(const Model& model, const Adapter* adapter, std::span<const Example> batch) {
  const at::AutoGradMode gradients(true);
  const Network network(model, adapter, adapter != nullptr ? Network::Learns::adapter : Network::Learns::model);
  const Padded input = padded(batch);
  const at::Tensor read =
      network.hidden(input.tokens).flatten(0, 1).index_select(0, at::tensor(input.places, at::kLong));
  const at::Tensor loss =
      at::nll_loss(at::log_softmax(network.logits(read), 1), at::tensor(input.next, at::kLong), {}, at::Reduction::Sum);
  const auto slopes = torch::autograd::grad({loss}, network.learned());
  const Plan& plan = adapter != nullptr ? adapter->plan : model.plan;
  ShardSlopes result{.loss = loss.item<double>(), .slopes = std::vector<float>(plan.size), .problem = {}};
  const at::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < slopes.size(); ++i)
    at::from_blob(result.slopes.data() + plan.parts[i].offset, slopes[i].sizes()).copy_(slopes[i]);
  return result;
}

/// @throws what libtorch throws
Slopes add_shards(const Model& model, const Adapter* adapter, std::span<const Example> batch) {
  const std::size_t size = shard_of(model, adapter), shards = (batch.size() + size - 1) / size;
  std::vector<ShardSlopes> results(shards);
  nn::for_each_shard(shards, [&](std::size_t shard) {
    const std::size_t first = shard * size;
    try {
      results[shard] = learn_shard(model, adapter, batch.subspan(first, std::min(size, batch.size() - first)));
    } catch (...) {
      results[shard].problem = std::current_exception();
    }
  });
  std::size_t tokens = 0;
  for (const Example& example : batch) tokens += example.tokens.size() - example.answer;
  Slopes sum{.loss = 0, .slopes = std::vector<float>((adapter != nullptr ? adapter->plan : model.plan).size)};
  for (const ShardSlopes& result : results) {
    if (result.problem) std::rethrow_exception(result.problem);
    sum.loss += result.loss;
    for (std::size_t i = 0; i < sum.slopes.size(); ++i) sum.slopes[i] += result.slopes[i];
  }
  for (float& slope : sum.slopes) slope /= static_cast<float>(tokens);
  sum.loss /= static_cast<double>(tokens);
  return sum;
}

/// The numbers that learn, and AdamW's moments of them.
class Learner {
 public:
  Learner(const Plan& plan, std::vector<float>& values, const TrainingOptions& options)
      : plan_(plan), values_(values), options_(options), first_(values.size()), second_(values.size()) {}

  void step(std::vector<float>& slopes) {
    const double rate = options_.learning_rate * nn::one_cycle(steps_, options_.steps);
    ++steps_;
    for (const Part& part : plan_.parts) {
      const nn::AdamStep adam{
          .learning_rate = rate, .weight_decay = part.shape.size() > 1 ? options_.weight_decay : 0, .step = steps_};
      const auto range = [&](std::vector<float>& all) { return std::span(all).subspan(part.offset, part.size()); };
      adam.update(range(values_), range(slopes), range(first_), range(second_));
    }
  }

 private:
  const Plan& plan_;
  std::vector<float>& values_;
  const TrainingOptions& options_;
  std::vector<float> first_, second_;
  std::size_t steps_ = 0;
};

Result<void> check(const TrainingOptions& options) {
  if (options.steps == 0) return invalid_argument("a training of 0 steps");
  if (!(options.learning_rate > 0 && options.learning_rate <= 1))
    return invalid_argument(fmt::format("learning rate {} is not in (0, 1]", options.learning_rate));
  if (!(options.weight_decay >= 0 && options.weight_decay < 1))
    return invalid_argument(fmt::format("weight decay {} is not in [0, 1)", options.weight_decay));
  return {};
}

/// @param adapter  what learns, or null for the model
Result<std::vector<double>> learn(const Model& model, Adapter* adapter, std::vector<float>& values,
                                  const TrainingOptions& options, const DrawBatch& draw, const Progress& progress) {
  ERRATA_TRY(check(options));
  Learner learner(adapter != nullptr ? adapter->plan : model.plan, values, options);
  std::vector<double> losses;
  try {
    for (std::size_t step = 0; step < options.steps; ++step) {
      progress.tell(adapter != nullptr ? "tuning" : "training",
                    static_cast<double>(step) / static_cast<double>(options.steps));
      const std::vector<Example> batch = draw(step);
      ERRATA_TRY(check_examples(model, batch));
      Slopes slopes = add_shards(model, adapter, batch);
      if (!std::isfinite(slopes.loss))
        return data_error(fmt::format("the loss is no number at step {}: a learning rate of {} is too high", step,
                                      options.learning_rate));
      learner.step(slopes.slopes);
      losses.push_back(slopes.loss);
    }
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
  return losses;
}

}  // namespace

Result<std::vector<double>> train_model(Model& model, const TrainingOptions& options, const DrawBatch& draw,
                                        const Progress& progress) {
  return learn(model, nullptr, model.values, options, draw, progress);
}

Result<std::vector<double>> train_adapter(const Model& model, Adapter& adapter, const TrainingOptions& options,
                                          const DrawBatch& draw, const Progress& progress) {
  return learn(model, &adapter, adapter.values, options, draw, progress);
}

Result<Slopes> slopes_of(const Model& model, const Adapter* adapter, std::span<const Example> batch) {
  ERRATA_TRY(check_examples(model, batch));
  try {
    return add_shards(model, adapter, batch);
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
}

}  // namespace errata::language
