#include "errata/language/hidden_states.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "errata/language/like_length.h"
#include "errata/language/network.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

constexpr std::size_t kReadTogether = 64;

Result<void> check_answered(const Model& model, const Example& one) {
  if (one.answer < 1 || one.answer >= one.tokens.size())
    return invalid_argument(fmt::format("an answer that begins at token {} of {}", one.answer, one.tokens.size()));
  if (one.tokens.size() > model.config.positions)
    return invalid_argument(fmt::format("a question and its answer are {} tokens, and the model reads {}",
                                        one.tokens.size(), model.config.positions));
  const auto unknown = [&](std::int32_t token) {
    return token < 0 || static_cast<std::size_t>(token) >= model.config.vocabulary;
  };
  if (std::ranges::any_of(one.tokens, unknown))
    return invalid_argument("an answer with a token that the model has not");
  return {};
}

/// Which rows of a tensor are of an answer: one a token that was told.
struct Told {
  std::size_t first = 0, count = 0;  ///< rows
  template <typename T>
  [[nodiscard]] std::span<const T> of(const at::Tensor& rows) const {
    const auto width = static_cast<std::size_t>(rows.numel() / rows.size(0));
    return {rows.data_ptr<T>() + first * width, count * width};
  }
};

void put_mean_and_last(std::span<const float> states, std::size_t width, float* to) {
  for (std::size_t i = 0; i < width; ++i) {
    double sum = 0;
    for (std::size_t at = i; at < states.size(); at += width) sum += states[at];
    to[i] = static_cast<float>(sum / static_cast<double>(states.size() / width));
  }
  std::ranges::copy(states.last(width), to + width);
}

/// Reads sequences together, the shorter with padding behind their ends, at which no token looks.
void read_group(const Network& network, std::span<const Example> answered, std::span<const std::size_t> places,
                std::span<const std::size_t> layers, HiddenStates& into) {
  const at::NoGradGuard no_gradients;
  std::size_t longest = 0;
  for (const std::size_t place : places) longest = std::max(longest, answered[place].tokens.size());
  const at::Tensor tokens = at::zeros({nn::signed_size(places.size()), nn::signed_size(longest)}, at::kLong);
  std::vector<Told> told;
  std::vector<std::int64_t> wanted;
  for (std::size_t row = 0; row < places.size(); ++row) {
    const Example& one = answered[places[row]];
    std::ranges::copy(one.tokens, tokens.data_ptr<std::int64_t>() + row * longest);
    told.push_back({.first = wanted.size(), .count = one.tokens.size() - one.answer});
    for (std::size_t t = one.answer - 1; t + 1 < one.tokens.size(); ++t)
      wanted.push_back(nn::signed_size(row * longest + t));
  }
  std::vector<at::Tensor> left;
  const at::Tensor places_of_told = at::tensor(wanted);
  const auto rows_of_told = [&](const at::Tensor& all) { return all.flatten(0, 1).index_select(0, places_of_told); };
  const at::Tensor said = at::log_softmax(network.logits(rows_of_told(network.hidden(tokens, nullptr, &left))), -1);
  const at::Tensor entropy = -(said.exp() * said).sum(-1).to(at::kDouble);
  for (std::size_t row = 0; row < places.size(); ++row) {
    const auto of_row = told[row].of<double>(entropy);
    into.entropy[places[row]] = std::accumulate(of_row.begin(), of_row.end(), 0.0) / static_cast<double>(of_row.size());
  }
  const std::size_t hidden = into.width / (2 * layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const at::Tensor states = rows_of_told(left[layers[l]]);
    for (std::size_t row = 0; row < places.size(); ++row)
      put_mean_and_last(told[row].of<float>(states), hidden,
                        into.states.data() + places[row] * into.width + 2 * l * hidden);
  }
}

}  // namespace

Result<HiddenStates> hidden_states(const Model& model, const Adapter* adapter, std::span<const Example> answered,
                                   std::span<const std::size_t> layers, const Cancellation* cancellation) {
  for (const std::size_t layer : layers)
    if (layer >= model.config.layers)
      return invalid_argument(fmt::format("layer {} of a model of {}", layer, model.config.layers));
  if (layers.empty()) return invalid_argument("no layer to read");
  for (const Example& one : answered) ERRATA_TRY(check_answered(model, one));
  HiddenStates made{.width = 2 * layers.size() * model.config.hidden, .states = {}, .entropy = {}};
  made.states.resize(answered.size() * made.width);
  made.entropy.resize(answered.size());
  const auto groups =
      of_like_length(answered.size(), [&](std::size_t i) { return answered[i].tokens.size(); }, kReadTogether);
  std::vector<std::exception_ptr> problems(groups.size());
  try {
    const Network network(model, adapter);
    nn::for_each_shard(
        groups.size(),
        [&](std::size_t g) {
          try {
            read_group(network, answered, groups[g], layers, made);
          } catch (...) {
            problems[g] = std::current_exception();
          }
        },
        cancellation);
    for (const auto& problem : problems)
      if (problem) std::rethrow_exception(problem);
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
  return made;
}

}  // namespace errata::language
