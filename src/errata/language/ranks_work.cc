#include "errata/language/ranks_work.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "errata/base/json_nesting.h"
#include "errata/language/config_file.h"

namespace errata::language {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kToldWork = "the training that rank 0 tells of";
constexpr std::size_t kBeforeTokens = 3;  ///< numbers of an example before its tokens

std::unexpected<Error> no_work(std::string_view why) { return data_error(fmt::format("{}: {}", kToldWork, why)); }

}  // namespace

std::string work_content(const Model& model, const Adapter* adapter, const TrainingOptions& options) {
  Json json{{"config", config_content(model.config)},
            {"steps", options.steps},
            {"learning_rate", options.learning_rate},
            {"weight_decay", options.weight_decay}};
  if (adapter != nullptr)
    json["adapter"] = {
        {"rank", adapter->options.rank}, {"alpha", adapter->options.alpha}, {"targets", adapter->options.targets}};
  return json.dump();
}

Result<RanksWork> parse_work(std::string_view content) {
  constexpr std::size_t kDeepest = 8;
  if (nests_deeper(content, kDeepest)) return no_work("nested too deep");
  const Json json = Json::parse(content, nullptr, false);
  if (!json.is_object()) return no_work("no JSON object");
  try {
    RanksWork work{.model = {}, .adapter = {}, .options = {}};
    ERRATA_ASSIGN(work.model.config, parse_config(json.at("config").get<std::string>(), kToldWork));
    work.model.plan = plan_of(work.model.config);
    work.model.values.resize(work.model.plan.size);
    work.options = {.steps = json.at("steps").get<std::size_t>(),
                    .learning_rate = json.at("learning_rate").get<double>(),
                    .weight_decay = json.at("weight_decay").get<double>()};
    if (!json.contains("adapter")) return work;
    const Json& told = json["adapter"];
    ERRATA_ASSIGN(work.adapter, make_adapter(work.model,
                                             {.rank = told.at("rank").get<std::size_t>(),
                                              .alpha = told.at("alpha").get<double>(),
                                              .targets = told.at("targets").get<std::vector<std::string>>()},
                                             0));
    return work;
  } catch (const Json::exception& problem) {
    return no_work(problem.what());
  }
}

std::vector<std::int32_t> batch_numbers(std::span<const Example> batch) {
  std::vector<std::int32_t> numbers;
  for (const Example& example : batch) {
    numbers.push_back(static_cast<std::int32_t>(example.tokens.size()));
    numbers.push_back(static_cast<std::int32_t>(example.answer));
    numbers.push_back(example.as_model ? 1 : 0);
    numbers.insert(numbers.end(), example.tokens.begin(), example.tokens.end());
  }
  return numbers;
}

Result<std::vector<Example>> parse_batch(std::span<const std::int32_t> numbers) {
  std::vector<Example> batch;
  while (!numbers.empty()) {
    if (numbers.size() < kBeforeTokens || numbers[0] < 0 || numbers[1] < 0 ||
        std::cmp_greater(numbers[0], numbers.size() - kBeforeTokens))
      return data_error(fmt::format("the batch that rank 0 tells of: example {} is cut off", batch.size() + 1));
    const auto tokens = numbers.subspan(kBeforeTokens, static_cast<std::size_t>(numbers[0]));
    batch.push_back({.tokens = {tokens.begin(), tokens.end()},
                     .answer = static_cast<std::size_t>(numbers[1]),
                     .as_model = numbers[2] != 0});
    numbers = numbers.subspan(kBeforeTokens + tokens.size());
  }
  return batch;
}

}  // namespace errata::language
