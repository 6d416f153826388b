#include "errata/replay/cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "errata/replay/repeated_cases.h"
#include "errata/slice/over_time.h"
#include "errata/table/time_text.h"

namespace errata::replay {
namespace {

using table::Column;
using table::ColumnKind;

constexpr double kLargestWhole = 9e15;

/// A column's time in a row; NaN where it has none.
double time_at(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::timestamp) {
    return column.micros[row] == table::kMissingTime ? memory::kUnknown : static_cast<double>(column.micros[row]);
  }
  return std::abs(column.numbers[row]) < kLargestWhole ? column.numbers[row] : memory::kUnknown;
}

/// The same without rounding.
long double exact_time_at(const Column& column, std::size_t row) {
  if (column.kind != ColumnKind::timestamp) return time_at(column, row);
  return column.micros[row] == table::kMissingTime ? static_cast<long double>(memory::kUnknown)
                                                   : static_cast<long double>(column.micros[row]);
}

/// Numbers that are too large to tell one step from the next.
Result<void> check_countable(const Column& column, std::span<const std::uint32_t> rows) {
  if (column.kind != ColumnKind::numeric) return {};
  for (const std::size_t row : rows) {
    const double number = column.numbers[row];
    if (!std::isfinite(number) || std::abs(number) < kLargestWhole) continue;
    return data_error(fmt::format(
        "time column {}: {} in row {} is too large to count steps by, at most {:g} of them are told apart; divide the "
        "column by a power of ten, or say with --types '{}=time' that it counts from 1970",
        column.name, fmt::format("{:.17g}", number), row + 1, kLargestWhole, column.name));
  }
  return {};
}

Result<const Column*> column_named(const table::PredictionLog& log, const std::string& name, std::string_view what) {
  const Column* column = log.find(name);
  if (column == nullptr) return invalid_argument(fmt::format("{} column {}: the log has no such column", what, name));
  return column;
}

std::string text_at(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::numeric)
    return std::isnan(column.numbers[row]) ? "missing" : fmt::format("{}", column.numbers[row]);
  if (column.kind == ColumnKind::timestamp) return "a time";
  const auto code = column.codes[row];
  return code == table::kMissingCode ? "missing" : fmt::format("'{}'", column.categories[std::size_t(code)]);
}

}  // namespace

Result<CaseStream> CaseStream::make(const table::PredictionLog& log, const CaseOptions& options) {
  CaseStream stream(log);
  ERRATA_TRY(stream.take_order(options.time_order));
  ERRATA_TRY(stream.take_beginning(options));
  if (stream.trained_ + stream.warm_ >= stream.size()) {
    return data_error(fmt::format("no case is left to evaluate: all {} are {}", stream.size(),
                                  options.split ? "train or warm" : "in the warm-up"));
  }
  if (options.outcome_time) ERRATA_TRY(stream.take_outcome_times(*options.outcome_time));
  if (options.auditor) ERRATA_TRY(stream.take_auditor(*options.auditor));
  stream.take_features(options);
  if (auto words = repeated_words(log, stream.order_)) stream.warnings_.push_back(std::move(*words));
  return stream;
}

Result<CaseStream> CaseStream::whole(const table::PredictionLog& log, const CaseOptions& options) {
  CaseStream stream(log);
  ERRATA_TRY(stream.take_order(options.time_order));
  if (options.auditor) ERRATA_TRY(stream.take_auditor(*options.auditor));
  stream.take_features(options);
  if (auto words = repeated_words(log, stream.order_)) stream.warnings_.push_back(std::move(*words));
  return stream;
}

Result<CaseStream> CaseStream::part_of(const CaseStream& whole, std::vector<std::uint32_t> rows,
                                       const CaseOptions& options) {
  CaseStream stream(*whole.log_);
  stream.is_part_ = true;
  stream.order_ = std::move(rows);
  stream.timed_ = whole.timed_;
  if (stream.timed_) stream.take_times();
  ERRATA_TRY(stream.take_beginning(options));
  if (options.outcome_time) ERRATA_TRY(stream.take_outcome_times(*options.outcome_time));
  stream.auditor_ = whole.auditor_;
  stream.schema_ = whole.schema_;
  stream.numbers_ = whole.numbers_;
  stream.categories_ = whole.categories_;
  stream.positive_is_first_ = whole.positive_is_first_;
  return stream;
}

void CaseStream::take_parts(std::span<const Part> parts) {
  std::vector<std::uint32_t> order;
  std::vector<std::int64_t> times;
  for (const Part part : {Part::train, Part::warm, Part::eval}) {
    if (part == Part::warm) trained_ = order.size();
    if (part == Part::eval) warm_ = order.size() - trained_;
    for (std::size_t i = 0; i < size(); ++i) {
      if (parts[i] != part) continue;
      order.push_back(order_[i]);
      if (!times_.empty()) times.push_back(times_[i]);
    }
  }
  order_ = std::move(order);
  times_ = std::move(times);
}

/// Which cases train and warm the memory.
Result<void> CaseStream::take_beginning(const CaseOptions& options) {
  if (!options.split) return take_warm_up(options.warm_up, options.goes_on);
  if (options.warm_up.cases || options.warm_up.share)
    return invalid_argument("warm-up and split: the split already says which cases warm the memory");
  return take_split(*options.split);
}

Result<void> CaseStream::take_order(TimeOrder time_order) {
  const auto& name = log_->roles.time;
  const Column* column = name ? log_->find(*name) : nullptr;
  if (column != nullptr && column->kind != ColumnKind::categorical) order_ = slice::time_order(*log_);
  if (order_.empty()) {
    order_.resize(log_->rows);
    std::iota(order_.begin(), order_.end(), 0U);
    return {};
  }
  ERRATA_TRY(check_countable(*column, order_));
  const auto unusable = [&](std::uint32_t row) { return std::isnan(time_at(*column, row)); };
  const auto missing = std::erase_if(order_, unusable);
  if (missing > 0)
    warnings_.push_back(fmt::format("{} of {} rows have no time in {} and are left out", missing, log_->rows, *name));
  const auto backward = std::ranges::adjacent_find(order_, std::greater{});
  if (backward != order_.end()) {
    const std::size_t late = *backward, early = *(backward + 1);
    if (time_order == TimeOrder::refuse) {
      return data_error(fmt::format("time goes back: row {} has an earlier {} than row {}",
                                    late > early ? late + 1 : early + 1, *name, late > early ? early + 1 : late + 1));
    }
    warnings_.push_back(fmt::format("rows are not in the order of {}; they were put in that order", *name));
  }
  timed_ = true;
  take_times();
  return {};
}

void CaseStream::take_times() {
  const auto& name = log_->roles.time;
  const Column* column = log_->find(*name);
  micros_ = column->kind == ColumnKind::timestamp;
  times_.resize(order_.size());
  bool whole = true;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const double time = time_at(*column, order_[i]);
    times_[i] = static_cast<std::int64_t>(std::floor(time));
    whole = whole && time == std::floor(time);
  }
  const bool coarse = times_.empty() || double(times_.back() - times_.front()) < double(order_.size());
  if (!whole && coarse) {
    times_.clear();
    if (!is_part_)
      warnings_.push_back(fmt::format("{} has fractions of a step: time is counted in cases, in its order", *name));
  }
}

Result<void> CaseStream::take_split(const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(*log_, name, "split"));
  Part last = Part::train;
  for (const std::size_t row : order_) {
    const auto text = column->kind == ColumnKind::categorical && column->codes[row] != table::kMissingCode
                          ? std::string_view(column->categories[std::size_t(column->codes[row])])
                          : std::string_view();
    Part part = Part::eval;
    if (text == "train") {
      part = Part::train;
    } else if (text == "warm") {
      part = Part::warm;
    } else if (text != "eval") {
      return data_error(fmt::format("split column {}: {} in row {} is not train, warm or eval", name,
                                    text_at(*column, row), row + 1));
    }
    if (part < last) {
      return data_error(
          fmt::format("split column {}: row {} is {} after {} cases; in the order of time, train comes "
                      "before warm and warm before eval",
                      name, row + 1, text, last == Part::warm ? "warm" : "eval"));
    }
    last = part;
    trained_ += part == Part::train;
    warm_ += part == Part::warm;
  }
  return {};
}

Result<void> CaseStream::take_warm_up(const WarmUp& warm_up, bool goes_on) {
  constexpr std::size_t kCases = 1000, kParts = 10;
  if (warm_up.share && !(*warm_up.share >= 0 && *warm_up.share < 1))
    return invalid_argument(fmt::format("warm-up {} is not a share in [0, 1)", *warm_up.share));
  if (warm_up.cases)
    warm_ = *warm_up.cases;
  else if (warm_up.share)
    warm_ = static_cast<std::size_t>(*warm_up.share * static_cast<double>(size()));
  else if (!goes_on)
    warm_ = std::min(kCases, size() / kParts);
  if (is_part_)
    warm_ = std::min(warm_, size());
  else if (warm_ >= size())
    return data_error(fmt::format("warm-up {}: the log has {} cases, and none would be left", warm_, size()));
  return {};
}

Result<void> CaseStream::take_outcome_times(const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(*log_, name, "outcome time"));
  const Column* time = log_->roles.time ? log_->find(*log_->roles.time) : nullptr;
  if (time == nullptr || time->kind == ColumnKind::categorical)
    return invalid_argument(fmt::format("outcome time column {}: the log has no time column", name));
  if (column->kind != time->kind) {
    return invalid_argument(fmt::format("outcome time column {}: it holds no {} like the time column {}", name,
                                        micros_ ? "times" : "numbers", *log_->roles.time));
  }
  ERRATA_TRY(check_countable(*column, order_));
  known_.resize(size());
  moments_.resize(size());
  for (std::size_t i = 0; i < size(); ++i) {
    moments_[i] = exact_time_at(*time, order_[i]);
    known_[i] = exact_time_at(*column, order_[i]);
    if (known_[i] < moments_[i]) {
      return data_error(
          fmt::format("outcome time column {}: the outcome of row {} is known before its case (column {})", name,
                      order_[i] + 1, *log_->roles.time));
    }
  }
  return {};
}

Result<void> CaseStream::take_auditor(const std::string& name) {
  ERRATA_ASSIGN(const Column* column, column_named(*log_, name, "auditor"));
  if (column->kind != ColumnKind::numeric)
    return invalid_argument(fmt::format("auditor column {}: it holds no numbers", name));
  for (std::size_t row = 0; row < log_->rows; ++row) {
    const double risk = column->numbers[row];
    if (!std::isnan(risk) && !(risk >= 0 && risk <= 1))
      return data_error(fmt::format("auditor column {}: {} in row {} is not in [0, 1]", name, risk, row + 1));
  }
  auditor_ = column;
  return {};
}

void CaseStream::take_features(const CaseOptions& options) {
  for (const auto& name : log_->roles.features) {
    if (name == options.split || name == options.outcome_time || name == options.auditor) continue;
    const Column& column = *log_->find(name);
    if (column.kind == ColumnKind::numeric) {
      schema_.numbers.push_back(name);
      numbers_.push_back(&column);
    } else if (column.kind == ColumnKind::categorical) {
      schema_.categories.push_back(name);
      categories_.push_back(&column);
    } else {
      warnings_.push_back(fmt::format("column {}: times are no features of the memory", name));
    }
  }
  schema_.embedding = log_->embedding.width;
  schema_.classes = log_->classes;
  positive_is_first_ = log_->positive && log_->classes.size() == 2 && *log_->positive == log_->classes[0];
}

std::uint32_t CaseStream::class_of(std::uint32_t of_log) const {
  return of_log >= class_of_.size() ? of_log : class_of_[of_log];
}

const Column* CaseStream::number_column(const std::string& name) {
  const auto known = std::ranges::find(schema_.numbers, name);
  if (known != schema_.numbers.end()) return numbers_[static_cast<std::size_t>(known - schema_.numbers.begin())];
  const auto text = std::ranges::find(schema_.categories, name);
  if (text == schema_.categories.end()) return nullptr;
  const Column& from = *categories_[static_cast<std::size_t>(text - schema_.categories.begin())];
  std::vector<double> values;
  for (const std::string& word : from.categories) {
    double value = memory::kUnknown;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    values.push_back(error == std::errc() && end == word.data() + word.size() ? value : memory::kUnknown);
  }
  auto made = std::make_unique<Column>(Column{.name = name});
  std::size_t unread = 0;
  for (const auto code : from.codes) {
    made->numbers.push_back(code == table::kMissingCode ? memory::kUnknown : values[std::size_t(code)]);
    unread += code != table::kMissingCode && std::isnan(made->numbers.back());
  }
  if (unread > 0)
    warnings_.push_back(
        fmt::format("column {}: {} values are no numbers, as the memory has it; they count as missing", name, unread));
  return converted_.emplace_back(std::move(made)).get();
}

const Column* CaseStream::category_column(const std::string& name) {
  const auto known = std::ranges::find(schema_.categories, name);
  if (known != schema_.categories.end())
    return categories_[static_cast<std::size_t>(known - schema_.categories.begin())];
  const auto number = std::ranges::find(schema_.numbers, name);
  if (number == schema_.numbers.end()) return nullptr;
  const Column& from = *numbers_[static_cast<std::size_t>(number - schema_.numbers.begin())];
  std::map<double, std::int32_t> places;
  auto made = std::make_unique<Column>(Column{.name = name, .kind = ColumnKind::categorical});
  for (const double value : from.numbers) {
    if (std::isnan(value)) {
      made->codes.push_back(table::kMissingCode);
      continue;
    }
    const auto [place, fresh] = places.emplace(value, static_cast<std::int32_t>(places.size()));
    if (fresh) made->categories.push_back(fmt::format("{}", value));
    made->codes.push_back(place->second);
  }
  return converted_.emplace_back(std::move(made)).get();
}

Result<void> CaseStream::take_schema(const memory::Schema& schema) {
  if (schema.embedding != schema_.embedding)
    return data_error(fmt::format("the memory was made with other features: its embeddings have width {}, here {}",
                                  schema.embedding, schema_.embedding));
  std::vector<const Column*> numbers, categories;
  std::vector<std::string> missing, unknown;
  const auto take = [&](const std::string& name, const Column* column, std::vector<const Column*>& to) {
    to.push_back(column);
    if (column == nullptr) missing.push_back(name);
  };
  for (const auto& name : schema.numbers) take(name, number_column(name), numbers);
  for (const auto& name : schema.categories) take(name, category_column(name), categories);
  if (!missing.empty() && missing.size() == schema.numbers.size() + schema.categories.size() && schema.embedding == 0)
    return data_error(fmt::format("the memory was made with other features: it has {}, none of which is here",
                                  fmt::join(std::span(missing).first(std::min<std::size_t>(5, missing.size())), ", ")));
  for (const auto* here : {&schema_.numbers, &schema_.categories})
    for (const auto& name : *here)
      if (std::ranges::count(schema.numbers, name) + std::ranges::count(schema.categories, name) == 0)
        unknown.push_back(name);
  if (!missing.empty())
    warnings_.push_back(
        fmt::format("the memory has features that the log lacks; they count as missing: {}", fmt::join(missing, ", ")));
  if (!unknown.empty())
    warnings_.push_back(fmt::format("the log has features that the memory does not know; they are left out: {}",
                                    fmt::join(unknown, ", ")));
  std::vector<std::string> new_classes;
  for (const auto& name : schema_.classes) {
    const auto found = std::ranges::find(schema.classes, name);
    class_of_.push_back(found == schema.classes.end() ? memory::kNoClass
                                                      : static_cast<std::uint32_t>(found - schema.classes.begin()));
    if (found == schema.classes.end()) new_classes.push_back(name);
  }
  if (!new_classes.empty())
    warnings_.push_back(
        fmt::format("the log has classes that the memory does not know; cases of them have no class there: {}",
                    fmt::join(new_classes, ", ")));
  if (log_->positive && schema.classes.size() == 2) positive_is_first_ = *log_->positive == schema.classes[0];
  numbers_ = std::move(numbers);
  categories_ = std::move(categories);
  schema_ = schema;
  return {};
}

Result<void> CaseStream::follow(std::int64_t time) {
  if (times_.empty()) {
    first_step_ = time + 1;
    return {};
  }
  if (times_.front() >= time) return {};
  const auto words = [&](std::int64_t at) {
    if (!micros_) return fmt::format("{}", at);
    const auto text = table::time_text(static_cast<double>(at));
    return text.date + " " + text.clock;
  };
  return data_error(
      fmt::format("the log begins at {}, before the end of the memory's stream at {}: a memory goes on "
                  "with what came after it",
                  words(times_.front()), words(time)));
}

Part CaseStream::part(std::size_t i) const {
  return i < trained_ ? Part::train : i < trained_ + warm_ ? Part::warm : Part::eval;
}

long double CaseStream::moment(std::size_t i) const {
  return moments_.empty() ? static_cast<long double>(time(i)) : moments_[i];
}

std::optional<long double> CaseStream::known(std::size_t i) const {
  return std::isnan(known_[i]) ? std::nullopt : std::optional(known_[i]);
}

memory::CaseView CaseStream::view(std::size_t i, CaseScratch& scratch) const {
  const std::size_t row = order_[i];
  scratch.numbers.resize(numbers_.size());
  scratch.categories.resize(categories_.size());
  for (std::size_t j = 0; j < numbers_.size(); ++j)
    scratch.numbers[j] = numbers_[j] == nullptr ? memory::kUnknown : numbers_[j]->numbers[row];
  for (std::size_t j = 0; j < categories_.size(); ++j) {
    const auto code = categories_[j] == nullptr ? table::kMissingCode : categories_[j]->codes[row];
    scratch.categories[j] = code == table::kMissingCode
                                ? std::string_view()
                                : std::string_view(categories_[j]->categories[std::size_t(code)]);
  }
  const double positive = log_->positive_score.empty() ? memory::kUnknown : log_->positive_score[row];
  return {.time = time(i),
          .numbers = scratch.numbers,
          .categories = scratch.categories,
          .embedding = log_->embedding.row(row),
          .predicted = log_->predicted_class.empty() ? memory::kNoClass : class_of(log_->predicted_class[row]),
          .confidence = log_->confidence.empty() ? memory::kUnknown : log_->confidence[row],
          .positive_score = positive_is_first_ ? 1 - positive : positive,
          .auditor_risk = auditor_ == nullptr ? memory::kUnknown : auditor_->numbers[row]};
}

memory::Outcome CaseStream::outcome(std::size_t i) const {
  const std::size_t row = order_[i];
  return {.failed = log_->failed[row] != 0,
          .label = log_->label_class.empty() ? memory::kNoClass : class_of(log_->label_class[row])};
}

}  // namespace errata::replay
