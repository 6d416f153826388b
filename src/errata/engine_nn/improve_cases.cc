#include "errata/engine_nn/improve_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "errata/engine_nn/log_columns.h"
#include "errata/table/write_log.h"

namespace errata::engine_nn {
namespace {

/// Texts of each column under its name, in the order in which names come.
struct TextColumns {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> values;

  void add(const std::string& name, std::string value) {
    const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    if (at == names.size()) {
      names.push_back(name);
      values.emplace_back();
    }
    values[at].push_back(std::move(value));
  }
};

/// "= 398-": a text to every reader, also where an answer is made of digits alone.
std::string answer_text(const std::string& answer) { return "= " + answer; }

}  // namespace

Result<void> write_improve_cases(const improve::Task& task, std::span<const improve::StoredAnswer> answers,
                                 const std::string& place, const Cancellation* stop) {
  TextColumns texts;
  std::vector<double> rounds, confidence;
  for (const improve::StoredAnswer& one : answers) {
    const auto skill = std::ranges::find(task.skills(), one.skill) - task.skills().begin();
    const improve::Question question{.skill = static_cast<std::size_t>(skill), .prompt = one.prompt};
    texts.add("case_id", fmt::format("{}:{}", one.round, one.place));
    texts.add("skill", one.skill);
    for (auto& feature : task.features(question)) texts.add(feature.name, std::move(feature.value));
    texts.add("prompt", one.prompt);
    texts.add("label", answer_text(task.reference(question)));
    texts.add("prediction", answer_text(one.answer));
    rounds.push_back(static_cast<double>(one.round));
    confidence.push_back(std::exp(one.mean_log_probability));
  }
  std::vector<table::Column> columns{number_column("round", std::move(rounds))};
  for (std::size_t i = 0; i < texts.names.size(); ++i) columns.push_back(text_column(texts.names[i], texts.values[i]));
  columns.push_back(number_column("confidence", std::move(confidence)));
  return table::write_columns(columns, place, {}, stop);
}

}  // namespace errata::engine_nn
