#include "errata/language/generation.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <map>

#include "errata/base/rng.h"
#include "errata/language/network.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

constexpr std::size_t kTogether = 32, kOfLargeTogether = 16;  ///< prompts

Result<void> check_prompt(const Model& model, std::span<const std::int32_t> prompt, std::size_t more) {
  if (prompt.empty()) return invalid_argument("a prompt without tokens");
  if (prompt.size() + more > model.config.positions)
    return invalid_argument(fmt::format("a prompt of {} tokens and an answer of up to {}, and the model reads {}",
                                        prompt.size(), more, model.config.positions));
  const auto unknown = [&](std::int32_t token) {
    return token < 0 || static_cast<std::size_t>(token) >= model.config.vocabulary;
  };
  if (std::ranges::any_of(prompt, unknown)) return invalid_argument("a prompt with a token that the model has not");
  return {};
}

at::Tensor token_rows(std::span<const std::vector<std::int64_t>> rows) {
  const std::size_t length = rows.front().size();
  at::Tensor tokens = at::empty({nn::signed_size(rows.size()), nn::signed_size(length)}, at::kLong);
  auto* to = tokens.data_ptr<std::int64_t>();
  for (const auto& row : rows) to = std::ranges::copy(row, to).out;
  return tokens;
}

/// The next token of a row. @param log_probabilities  [vocabulary]
std::size_t chosen(std::span<const float> log_probabilities, double temperature, Rng& rng) {
  if (temperature == 0)
    return static_cast<std::size_t>(std::ranges::max_element(log_probabilities) - log_probabilities.begin());
  std::vector<double> weights(log_probabilities.size());
  const double highest = *std::ranges::max_element(log_probabilities);
  std::ranges::transform(log_probabilities, weights.begin(),
                         [&](float l) { return std::exp((l - highest) / temperature); });
  return rng.categorical(weights);
}

/// Answers to prompts of one length.
class Group {
 public:
  Group(const Network& network, std::span<const std::int32_t> ends, std::span<const std::vector<std::int32_t>> prompts,
        std::span<const std::size_t> places, const GenerationOptions& options)
      : network_(network), ends_(ends.begin(), ends.end()), options_(options) {
    for (const std::size_t place : places) {
      rows_.emplace_back(prompts[place].begin(), prompts[place].end());
      streams_.push_back(Rng(options.seed).fork(place));
    }
    answers_.resize(places.size());
  }

  std::vector<Answer> run() {
    const at::NoGradGuard no_gradients;
    KeyValueCache cache;
    at::Tensor input = token_rows(rows_);
    for (std::size_t made = 0; made < options_.most_tokens; ++made) {
      const at::Tensor last = network_.hidden(input, options_.cache ? &cache : nullptr).select(1, -1);
      if (!extend(at::log_softmax(network_.logits(last), 1).contiguous())) break;
      input = options_.cache ? token_rows(newest_) : token_rows(rows_);
    }
    return std::move(answers_);
  }

 private:
  /// Adds a token to every row. @return whether one goes on
  bool extend(const at::Tensor& log_probabilities) {
    const auto vocabulary = static_cast<std::size_t>(log_probabilities.size(1));
    const auto* const values = log_probabilities.data_ptr<float>();
    newest_.assign(rows_.size(), std::vector<std::int64_t>(1));
    bool goes_on = false;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      Answer& answer = answers_[row];
      std::int64_t token = 0;  // what is read behind an end matters to nobody
      if (!answer.ended) {
        const std::span<const float> of_row(values + row * vocabulary, vocabulary);
        const std::size_t next = chosen(of_row, options_.temperature, streams_[row]);
        token = nn::signed_size(next);
        answer.log_probabilities.push_back(of_row[next]);
        answer.ended = token == options_.end || std::ranges::find(ends_, next) != ends_.end();
        if (!answer.ended) answer.tokens.push_back(static_cast<std::int32_t>(token));
      }
      goes_on = goes_on || !answer.ended;
      newest_[row][0] = token;
      if (!options_.cache) rows_[row].push_back(token);
    }
    return goes_on;
  }

  const Network& network_;
  std::vector<std::size_t> ends_;  ///< of the model
  const GenerationOptions& options_;
  std::vector<std::vector<std::int64_t>> rows_, newest_;
  std::vector<Rng> streams_;
  std::vector<Answer> answers_;
};

/// Places of prompts of one length, at most `together` at a time.
std::vector<std::vector<std::size_t>> groups_of(std::span<const std::vector<std::int32_t>> prompts,
                                                std::size_t together) {
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t place = 0; place < prompts.size(); ++place) by_length[prompts[place].size()].push_back(place);
  std::vector<std::vector<std::size_t>> groups;
  for (const auto& [length, places] : by_length)
    for (std::size_t first = 0; first < places.size(); first += together)
      groups.emplace_back(places.begin() + nn::signed_size(first),
                          places.begin() + nn::signed_size(std::min(first + together, places.size())));
  return groups;
}

}  // namespace

double Answer::mean_log_probability() const {
  if (log_probabilities.empty()) return 0;
  double sum = 0;
  for (const float value : log_probabilities) sum += value;
  return sum / static_cast<double>(log_probabilities.size());
}

double Answer::least_log_probability() const {
  return log_probabilities.empty() ? 0 : *std::ranges::min_element(log_probabilities);
}

Result<std::vector<Answer>> generate(const Model& model, const Adapter* adapter,
                                     std::span<const std::vector<std::int32_t>> prompts,
                                     const GenerationOptions& options, const Cancellation* cancellation) {
  if (!(options.temperature >= 0 && std::isfinite(options.temperature)))
    return invalid_argument(fmt::format("temperature {} is not ≥ 0", options.temperature));
  for (const auto& prompt : prompts) ERRATA_TRY(check_prompt(model, prompt, options.most_tokens));
  const Network network(model, adapter);
  const auto groups = groups_of(prompts, is_large(model) ? kOfLargeTogether : kTogether);
  std::vector<Answer> answers(prompts.size());
  std::vector<std::exception_ptr> problems(groups.size());
  nn::for_each_shard(
      groups.size(),
      [&](std::size_t g) {
        try {
          auto made = Group(network, model.config.ends, prompts, groups[g], options).run();
          for (std::size_t i = 0; i < made.size(); ++i) answers[groups[g][i]] = std::move(made[i]);
        } catch (...) {
          problems[g] = std::current_exception();
        }
      },
      cancellation);
  try {
    for (const auto& problem : problems)
      if (problem) std::rethrow_exception(problem);
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
  return answers;
}

Result<std::vector<float>> logits_of(const Model& model, const Adapter* adapter, std::span<const std::int32_t> tokens) {
  ERRATA_TRY(check_prompt(model, tokens, 0));
  try {
    const at::NoGradGuard no_gradients;
    const Network network(model, adapter);
    const std::vector<std::vector<std::int64_t>> rows{{tokens.begin(), tokens.end()}};
    const at::Tensor logits = network.logits(network.hidden(token_rows(rows))).contiguous();
    const auto* const values = logits.data_ptr<float>();
    return std::vector<float>(values, values + logits.numel());
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
}

}  // namespace errata::language
