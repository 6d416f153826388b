// Modes and regimes of a stream as people read them.
//
// A mode is a cluster in an embedding that nobody can read. Its words are those of monitor/mode_words.h. Its rule comes
// from the exact slice search with "lies near this mode" in place of failure, ranked by likelihood ratio, so that a
// rule both covers the mode and leaves the rest out.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "errata/monitor/mode_words.h"
#include "errata/replay/summary.h"
#include "errata/slice/search.h"
#include "errata/table/coding.h"
#include "errata/table/predicate.h"

namespace errata::replay {
namespace {

ModeResult retired_mode(const memory::RetiredMode& retired) {
  ModeResult result{.mode = {.id = retired.id,
                             .failures = retired.failures,
                             .near = retired.near,
                             .born = retired.born,
                             .first_seen = retired.first_seen,
                             .last_seen = retired.last_seen,
                             .confidence = memory::kUnknown},
                    .retired = true};
  result.mode.rate = retired.near.trials == 0 ? 0 : stats::failure_rate(retired.near);
  result.words =
      retired.merged_into == memory::kNoMode ? "it faded" : fmt::format("merged into mode {}", retired.merged_into);
  return result;
}

void add_examples(const SummaryInput& input, ModeResult& mode) {
  const auto& tickets = input.streamed.tickets;
  for (const auto ticket : mode.mode.examples) {
    const auto found = std::ranges::lower_bound(tickets, ticket);
    if (found == tickets.end() || *found != ticket) continue;  // of a log before this one
    mode.example_rows.push_back(input.cases.row(static_cast<std::size_t>(found - tickets.begin())));
  }
}

std::vector<table::Predicate> rule_of(const table::CodedTable& coded, const slice::Slice& slice) {
  std::vector<table::Predicate> where;
  for (const auto& [feature, first, last, also] : slice.where)
    where.push_back(table::predicate_of(coded.features[feature], first, last, also));
  return where;
}

}  // namespace

std::vector<ModeResult> describe_modes(const SummaryInput& input) {
  std::vector<ModeResult> modes;
  for (auto& mode : input.judge.memory().modes()) {
    auto& result = modes.emplace_back();
    result.words = monitor::mode_words(input.judge.memory(), mode);
    result.mode = std::move(mode);
    add_examples(input, result);
  }
  std::vector<memory::Mode> living;
  for (const auto& result : modes) living.push_back(result.mode);
  const auto positions = monitor::mode_map(living);
  for (std::size_t m = 0; m < modes.size(); ++m) modes[m].position = positions[m];
  for (const auto& retired : input.judge.memory().retired_modes()) modes.push_back(retired_mode(retired));
  return modes;
}

namespace {

/// Pairs of many features cost the square of their number: only those that tell something alone are paired.
Result<table::CodedTable> telling_features(const table::CodedTable& coded, const std::vector<std::uint8_t>& near,
                                           const std::vector<std::uint32_t>& rows, ThreadPool& pool) {
  constexpr std::size_t kKept = 16;
  ERRATA_ASSIGN(
      const auto found,
      slice::find_slices(
          {.table = coded, .failed = near, .rows = rows},
          {.top = kKept, .max_predicates = 1, .rank = slice::Rank::deviance, .widest_range = 4, .beyond_chance = true},
          pool));
  table::CodedTable kept;
  kept.rows = coded.rows;
  for (std::size_t f = 0; f < coded.features.size(); ++f) {
    const bool tells =
        std::ranges::any_of(found.slices, [f](const slice::Slice& one) { return one.where.front().feature == f; });
    if (tells) kept.features.push_back(coded.features[f]);
  }
  return kept;
}

}  // namespace

Result<ModeRules> ModeRules::make(const table::PredictionLog& log, const memory::Schema& features, ThreadPool& pool) {
  ModeRules rules;
  if (log.roles.features.empty()) return rules;
  ERRATA_ASSIGN(rules.coded_, table::code_features(log, {.bins = 8}, pool));
  std::erase_if(rules.coded_.features, [&](const table::CodedFeature& feature) {
    return std::ranges::count(features.numbers, feature.name) + std::ranges::count(features.categories, feature.name) ==
           0;
  });
  return rules;
}

ModeRules::Decided ModeRules::decided(const CaseStream& cases, const StreamedCases& streamed) {
  constexpr std::size_t kCases = 50'000;
  const std::size_t positions = streamed.mode.size(), step = std::max<std::size_t>(1, positions / kCases);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sample;
  for (std::size_t p = 0; p < positions; p += step)
    sample.emplace_back(static_cast<std::uint32_t>(cases.row(streamed.first + p)), streamed.mode[p]);
  std::ranges::sort(sample);
  Decided decided;
  for (const auto& [row, mode] : sample) {
    decided.rows.push_back(row);
    decided.mode.push_back(mode);
  }
  return decided;
}

Result<void> ModeRules::find(const Decided& decided, std::span<ModeResult* const> modes, ThreadPool& pool) const {
  constexpr std::size_t kManyFeatures = 64;
  if (coded_.features.empty()) return {};
  std::vector<std::uint8_t> near(coded_.rows, 0);
  for (ModeResult* mode : modes) {
    if (mode->retired) continue;
    for (std::size_t d = 0; d < decided.rows.size(); ++d)
      near[decided.rows[d]] = decided.mode[d] == mode->mode.id ? 1 : 0;
    const bool many = coded_.features.size() > kManyFeatures;
    table::CodedTable fewer;
    if (many) {
      ERRATA_ASSIGN(fewer, telling_features(coded_, near, decided.rows, pool));
      if (fewer.features.empty()) continue;
    }
    const table::CodedTable& searched = many ? fewer : coded_;
    ERRATA_ASSIGN(
        const auto found,
        slice::find_slices(
            {.table = searched, .failed = near, .rows = decided.rows},
            {.top = 1, .max_predicates = 2, .rank = slice::Rank::deviance, .widest_range = 4, .beyond_chance = true},
            pool));
    if (!found.slices.empty()) mode->rule = rule_of(searched, found.slices.front());
  }
  return {};
}

Result<void> find_rules(const SummaryInput& input, std::vector<ModeResult>& modes, ThreadPool& pool) {
  if (modes.empty()) return {};
  ERRATA_ASSIGN(const auto rules, ModeRules::make(input.log, input.judge.memory().schema(), pool));
  std::vector<ModeResult*> all;
  for (auto& mode : modes) all.push_back(&mode);
  return rules.find(ModeRules::decided(input.cases, input.streamed), all, pool);
}

std::vector<Regime> regimes_of(const SummaryInput& input) {
  std::vector<Regime> regimes;
  std::map<std::uint64_t, std::size_t> index_of;
  for (const auto& event : input.streamed.events) {
    if (event.change == memory::RegimeChange::began) {
      index_of[event.regime] = regimes.size();
      regimes.push_back({.mode = event.mode,
                         .onset = event.onset,
                         .began = event.time,
                         .known = event.known,
                         .rate_before = event.rate_before,
                         .rate = event.rate,
                         .log_evidence = event.log_evidence});
      continue;
    }
    const auto found = index_of.find(event.regime);
    if (found == index_of.end()) continue;  // began before this log
    Regime& regime = regimes[found->second];
    if (event.change == memory::RegimeChange::changed)
      regime.changes.push_back(event);
    else
      regime.ended = event.onset;
  }
  const std::size_t begin = input.cases.trained() + input.cases.warm();
  const std::int64_t first = input.cases.time(begin);
  std::erase_if(regimes, [&](const Regime& regime) { return regime.ended && *regime.ended < first; });
  for (auto& regime : regimes) {
    for (std::size_t i = begin; i < input.cases.size(); ++i) {
      const std::int64_t time = input.cases.time(i);
      if (time < regime.onset) continue;
      if (regime.ended && time >= *regime.ended) break;
      const bool inside =
          regime.mode == memory::kNoMode || input.streamed.mode[i - input.streamed.first] == regime.mode;
      if (!inside || !input.cases.has_outcome(i)) continue;
      ++regime.cases;
      regime.failures += input.cases.failed(i);
    }
  }
  return regimes;
}

}  // namespace errata::replay
