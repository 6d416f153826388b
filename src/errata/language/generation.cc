#include "errata/language/generation.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "errata/base/rng.h"
#include "errata/language/like_length.h"
#include "errata/language/network.h"
#include "errata/nn/shards.h"
#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

constexpr std::size_t kTogether = 32;  ///< prompts

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

/// Answers to prompts that are read together: all end at the same place, behind padding where they are shorter.
class Group {
 public:
  Group(const Network& network, std::span<const std::int32_t> ends, std::span<const std::vector<std::int32_t>> prompts,
        std::span<const std::size_t> places, const GenerationOptions& options)
      : network_(network), ends_(ends.begin(), ends.end()), options_(options), answers_(places.size()) {
    std::size_t longest = 0;
    for (const std::size_t place : places) longest = std::max(longest, prompts[place].size());
    for (const std::size_t place : places) {
      const auto& prompt = prompts[place];
      Row row{.answer = rows_.size(),
              .padding = nn::signed_size(longest - prompt.size()),
              .tokens = std::vector<std::int64_t>(longest - prompt.size()),
              .stream = Rng(options.seed).fork(place)};
      row.tokens.insert(row.tokens.end(), prompt.begin(), prompt.end());
      rows_.push_back(std::move(row));
    }
  }

  std::vector<Answer> run() {
    const at::NoGradGuard no_gradients;
    KeyValueCache cache;
    for (std::size_t made = 0; made < options_.most_tokens && !rows_.empty(); ++made) {
      if (made == 0 || !options_.cache) cache = {.padding = padding()};
      const at::Tensor last = network_.hidden(unread(cache.tokens), &cache).select(1, -1);
      extend(at::log_softmax(network_.logits(last), 1).contiguous());
      leave_out_ended(cache);
    }
    return std::move(answers_);
  }

 private:
  struct Row {
    std::size_t answer;    ///< its place in the group
    std::int64_t padding;  ///< of the tokens, those in front that the model does not see
    std::vector<std::int64_t> tokens;
    Rng stream;
  };

  /// Nothing where no row is padded.
  [[nodiscard]] std::vector<std::int64_t> padding() const {
    std::vector<std::int64_t> of_rows;
    for (const Row& row : rows_) of_rows.push_back(row.padding);
    return std::ranges::all_of(of_rows, [](std::int64_t tokens) { return tokens == 0; }) ? std::vector<std::int64_t>()
                                                                                         : of_rows;
  }

  /// The tokens behind the first that were read; [rows, unread]
  [[nodiscard]] at::Tensor unread(std::int64_t read) const {
    const std::int64_t length = nn::signed_size(rows_.front().tokens.size());
    at::Tensor tokens = at::empty({nn::signed_size(rows_.size()), length - read}, at::kLong);
    auto* to = tokens.data_ptr<std::int64_t>();
    for (const Row& row : rows_) to = std::copy(row.tokens.begin() + read, row.tokens.end(), to);
    return tokens;
  }

  /// Adds a token to every row.
  void extend(const at::Tensor& log_probabilities) {
    const auto vocabulary = static_cast<std::size_t>(log_probabilities.size(1));
    const auto* values = log_probabilities.data_ptr<float>();
    for (Row& row : rows_) {
      Answer& answer = answers_[row.answer];
      const std::span<const float> of_row(values, vocabulary);
      const std::size_t next = chosen(of_row, options_.temperature, row.stream);
      answer.log_probabilities.push_back(of_row[next]);
      answer.ended = nn::signed_size(next) == options_.end || std::ranges::find(ends_, next) != ends_.end();
      if (!answer.ended) answer.tokens.push_back(static_cast<std::int32_t>(next));
      row.tokens.push_back(nn::signed_size(next));
      values += vocabulary;
    }
  }

  void leave_out_ended(KeyValueCache& cache) {
    std::vector<std::int64_t> going_on;
    for (std::size_t r = 0; r < rows_.size(); ++r)
      if (!answers_[rows_[r].answer].ended) going_on.push_back(nn::signed_size(r));
    if (going_on.size() == rows_.size()) return;
    cache.keep(going_on);
    std::erase_if(rows_, [&](const Row& row) { return answers_[row.answer].ended; });
  }

  const Network& network_;
  std::vector<std::size_t> ends_;  ///< of the model
  const GenerationOptions& options_;
  std::vector<Row> rows_;  ///< that go on
  std::vector<Answer> answers_;
};

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
  const auto groups =
      of_like_length(prompts.size(), [&](std::size_t place) { return prompts[place].size(); }, kTogether);
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
    const std::vector<std::int64_t> row(tokens.begin(), tokens.end());
    const at::Tensor logits = network.logits(network.hidden(at::tensor(row).unsqueeze(0))).contiguous();
    const auto* const values = logits.data_ptr<float>();
    return std::vector<float>(values, values + logits.numel());
  } catch (const c10::Error& error) {
    return data_error(fmt::format("libtorch: {}", error.what_without_backtrace()));
  }
}

}  // namespace errata::language
