#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "errata/base/rng.h"
#include "errata/stats/logistic.h"
#include "errata/table/prediction_log.h"

namespace errata::replay {

inline table::Column numbers(std::string name, std::vector<double> values) {
  return {.name = std::move(name), .numbers = std::move(values)};
}

inline table::Column words(std::string name, std::vector<std::string> categories, std::vector<std::int32_t> codes) {
  return {.name = std::move(name),
          .kind = table::ColumnKind::categorical,
          .codes = codes,
          .categories = std::move(categories)};
}

inline table::Column times(std::string name, std::vector<std::int64_t> micros) {
  return {.name = std::move(name), .kind = table::ColumnKind::timestamp, .micros = std::move(micros)};
}

/// A binary log of n cases with two features, in which predictions fail with a probability that depends on the first
/// one and on the time: every second block of 200 cases is bad where f0 > 0.
inline table::PredictionLog example_log(std::size_t n, std::uint64_t seed = 1) {
  Rng rng(seed);
  table::PredictionLog log{.files = {"example"}, .rows = n, .task = table::Task::classes, .classes = {"no", "yes"}};
  std::vector<double> f0, f1;
  for (std::size_t i = 0; i < n; ++i) {
    f0.push_back(rng.normal());
    f1.push_back(rng.normal());
    const double positive = stats::sigmoid(2 * f1.back());
    const std::uint32_t predicted = positive >= .5 ? 1 : 0;
    const double risk = f0.back() > 0 && i / 200 % 2 == 1 ? .8 : .1;
    const bool failed = rng.bernoulli(risk);
    log.positive_score.push_back(positive);
    log.confidence.push_back(std::max(positive, 1 - positive));
    log.predicted_class.push_back(predicted);
    log.label_class.push_back(failed ? 1 - predicted : predicted);
    log.failed.push_back(failed ? 1 : 0);
  }
  log.positive = "yes";
  log.columns = {numbers("f0", std::move(f0)), numbers("f1", std::move(f1))};
  log.roles.features = {"f0", "f1"};
  return log;
}

/// These rows of a log, in their order; embeddings are not taken along.
inline table::PredictionLog taken_rows(const table::PredictionLog& log, const std::vector<std::size_t>& rows) {
  table::PredictionLog part = log;
  const auto take = [&rows](auto values) {
    auto taken = values;
    taken.clear();
    for (const std::size_t row : rows)
      if (!values.empty()) taken.push_back(values[row]);
    return taken;
  };
  for (auto& column : part.columns) {
    column.numbers = take(column.numbers.to_vector());
    column.codes = take(column.codes.to_vector());
    column.micros = take(column.micros);
  }
  part.judged = take(part.judged);
  part.failed = take(part.failed);
  part.label_class = take(part.label_class);
  part.predicted_class = take(part.predicted_class);
  part.confidence = take(part.confidence);
  part.positive_score = take(part.positive_score);
  part.rows = rows.size();
  return part;
}

}  // namespace errata::replay
