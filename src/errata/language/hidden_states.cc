#include "errata/language/hidden_states.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

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

/// Places of sequences of one length and one place of the answer, at most kReadTogether at a time.
std::vector<std::vector<std::size_t>> alike(std::span<const Example> answered) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> by_shape;
  for (std::size_t i = 0; i < answered.size(); ++i)
    by_shape[{answered[i].tokens.size(), answered[i].answer}].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (const auto& [shape, places] : by_shape)
    for (std::size_t first = 0; first < places.size(); first += kReadTogether)
      groups.emplace_back(places.begin() + nn::signed_size(first),
                          places.begin() + nn::signed_size(std::min(first + kReadTogether, places.size())));
  return groups;
}

void read_group(const Network& network, std::span<const Example> answered, std::span<const std::size_t> places,
                std::span<const std::size_t> layers, HiddenStates& into) {
  const at::NoGradGuard no_gradients;
  const std::size_t length = answered[places[0]].tokens.size(), begin = answered[places[0]].answer - 1;
  at::Tensor tokens = at::empty({nn::signed_size(places.size()), nn::signed_size(length)}, at::kLong);
  auto* to = tokens.data_ptr<std::int64_t>();
  for (const std::size_t place : places) to = std::ranges::copy(answered[place].tokens, to).out;
  std::vector<at::Tensor> left;
  const auto answer_of = [&](const at::Tensor& all) {  // the states that told its tokens
    return all.narrow(1, nn::signed_size(begin), nn::signed_size(length - 1 - begin));
  };
  const at::Tensor last = answer_of(network.hidden(tokens, nullptr, &left));
  const at::Tensor told = at::log_softmax(network.logits(last), -1);
  const at::Tensor entropy = -(told.exp() * told).sum(-1).mean(1).to(at::kDouble).contiguous();
  std::vector<at::Tensor> pieces;
  for (const std::size_t layer : layers) {
    const at::Tensor states = answer_of(left[layer]);
    pieces.push_back(states.mean(1));
    pieces.push_back(states.select(1, -1));
  }
  const at::Tensor rows = at::cat(pieces, 1).contiguous();
  const auto* from = rows.data_ptr<float>();
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::copy_n(from + i * into.width, into.width, into.states.begin() + nn::signed_size(places[i] * into.width));
    into.entropy[places[i]] = entropy.data_ptr<double>()[i];
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
  const auto groups = alike(answered);
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
