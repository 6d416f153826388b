// A log of many streams, each with a memory of its own.
//
// Problem: a log of many devices is one file, but what a device does says little about another, and a live system has a
// monitor for each. Idea: memories that share nothing need not be streamed at one time. Each stream is cut out of the
// log and streamed by itself, on any thread, so that no stream can see another, and only as many memories are held as
// there are threads. What was decided is then put back into the one order of time of the log (train, warm and evaluated
// cases apart, as in a log of one stream), and counted by the same code. Modes have no place in common, and policies no
// threshold: what cannot be added up stays with its stream. Cost: that of streaming the cases, and a few passes over
// them.
#include "errata/replay/run_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "errata/replay/decisions.h"
#include "errata/replay/early_warm_up.h"
#include "errata/replay/feature_changes.h"
#include "errata/replay/run_parts.h"
#include "errata/replay/stream.h"
#include "errata/replay/summary.h"

namespace errata::replay {
namespace {

constexpr std::size_t kMostModes = 200, kModesWithRule = 32;  // told, of all streams together

/// The values of a column that tell streams apart.
struct StreamNames {
  std::vector<std::string> names{};     ///< in the order of their values
  std::size_t missing = 0;              ///< the stream of rows without a value; names.size() or one before its end
  std::vector<std::uint32_t> of_row{};  ///< [rows of the log]
};

StreamNames names_of_numbers(const table::Column& column, std::size_t rows) {
  StreamNames streams;
  std::map<double, std::uint32_t> codes;
  for (std::size_t row = 0; row < rows; ++row)
    if (const double value = column.numbers[row]; !std::isnan(value)) codes.emplace(value, 0);
  for (auto& [value, code] : codes) {
    code = static_cast<std::uint32_t>(streams.names.size());
    streams.names.push_back(fmt::format("{}", value == 0 ? 0.0 : value));
  }
  streams.missing = streams.names.size();
  for (std::size_t row = 0; row < rows; ++row) {
    const double value = column.numbers[row];
    streams.of_row.push_back(std::isnan(value) ? static_cast<std::uint32_t>(streams.missing) : codes.at(value));
  }
  return streams;
}

StreamNames names_of_words(const table::Column& column, std::size_t rows) {
  StreamNames streams{.names = column.categories, .missing = column.categories.size()};
  for (std::size_t row = 0; row < rows; ++row) {
    const auto code = column.codes[row];
    streams.of_row.push_back(code == table::kMissingCode ? static_cast<std::uint32_t>(streams.missing)
                                                         : static_cast<std::uint32_t>(code));
  }
  return streams;
}

/// A stream of the log and, once it was streamed, what came of it.
struct OneStream {
  std::size_t index = 0;              ///< of StreamNames
  std::vector<std::uint32_t> rows{};  ///< in the order of time
  const monitor::SavedStream* saved = nullptr;
  StreamResult told{};
  StreamedCases streamed{};
  ModeRules::Decided decided{};
  std::vector<ModeResult> modes{};
  std::vector<Regime> regimes{};
  std::vector<ExpertShare> experts{};
  std::vector<OnlineCoverage> online{};
  std::string snapshot{};
  std::vector<std::string> warnings{};
  std::vector<FeatureChange> changes{};  ///< where it goes on from a saved memory
  std::optional<EarlyWarmUp> early{};
  std::size_t seen = 0;  ///< cases, with those of the saved memory
  std::optional<Error> error{};
};

std::string stream_words(const OneStream& stream) {
  return stream.told.missing ? std::string("the stream of missing values")
                             : fmt::format("stream '{}'", stream.told.name);
}

class Streams {
 public:
  Streams(const table::PredictionLog& log, const ReplayOptions& options, const CaseStream& whole)
      : log_(log), options_(options), whole_(whole) {}

  /// Streams one stream, and keeps what is asked of it.
  void run(OneStream& stream, const Progress& progress) const {
    if (const auto done = streamed(stream, progress); !done)
      stream.error = done.error().code == ErrorCode::data
                         ? data_error(fmt::format("{}: {}", stream_words(stream), done.error().message)).error()
                         : done.error();
  }

 private:
  /// The warm-up cases that the stream still lacks.
  [[nodiscard]] CaseOptions beginning(const std::optional<monitor::SavedMemory>& start) const {
    CaseOptions options = options_.cases;
    if (!start || options.split) return options;
    if (!start->judge.memory().warming_up()) {
      options.warm_up = {.cases = 0};
    } else if (options.warm_up.cases) {
      options.warm_up.cases = *options.warm_up.cases - std::min(*options.warm_up.cases, seen_by(start));
    }
    return options;
  }
  static std::size_t seen_by(const std::optional<monitor::SavedMemory>& start) {
    return start ? static_cast<std::size_t>(start->judge.last_ticket()) + 1 : 0;
  }
  /// The end of a warm-up that fell between two logs, or that is no longer asked for. Without one asked for from the
  /// beginning a memory ends its own.
  Result<void> settle(std::size_t seen, monitor::Judge& judge, const Progress& progress) const {
    const auto asked = options_.cases.warm_up.cases;
    const memory::FailureMemory& memory = judge.memory();
    if (options_.cases.split || !asked || seen < *asked || !memory.warming_up()) return {};
    const bool waits = memory.options().warm_up == memory.options().max_warm_up;
    if (*asked == 0 && !waits) return {};
    const bool fits = *asked != 1 && seen >= 2;
    if (fits) ERRATA_TRY(judge.finish_warm_up(progress.cancellation()));
    if (fits || seen == *asked) judge.settle();
    return {};
  }

  Result<void> streamed(OneStream& stream, const Progress& progress) const {
    std::optional<monitor::SavedMemory> start;
    if (stream.saved != nullptr) {
      ERRATA_ASSIGN(start, monitor::restore_memory(stream.saved->snapshot, "its saved memory"));
    }
    const std::size_t seen = seen_by(start);
    const bool goes_on = start.has_value(), warm = goes_on && !start->judge.memory().warming_up();
    ERRATA_ASSIGN(auto cases, CaseStream::part_of(whole_, stream.rows, beginning(start)));
    StreamOptions streaming{.delay = options_.delay, .bins = 20, .reasons = options_.decisions, .seen = seen};
    streaming.delay.column = options_.cases.outcome_time.value_or("");
    if (start) {
      streaming.waiting = std::move(start->waiting);
      streaming.follows = start->time;
    }
    ERRATA_ASSIGN(auto judge, make_judge(options_, start, cases, stream.warnings));
    std::ranges::copy(cases.warnings(), std::back_inserter(stream.warnings));
    if (goes_on) ERRATA_TRY(settle(seen, judge, progress));
    if (warm) stream.changes = feature_changes(cases, &judge.memory());
    ERRATA_ASSIGN(stream.streamed, stream_cases(cases, judge, streaming, progress));
    stream.early = early_warm_up_of(judge, stream.streamed);
    stream.seen = static_cast<std::size_t>(judge.last_ticket()) + 1;
    keep(cases, judge, stream);
    if (!options_.keep_memories) return {};
    auto waiting = std::move(stream.streamed.waiting);
    stream.snapshot = monitor::memory_snapshot(
        {.judge = std::move(judge), .time = cases.time(cases.size() - 1), .waiting = std::move(waiting)});
    return {};
  }

  void keep(const CaseStream& cases, const monitor::Judge& judge, OneStream& stream) const {
    const SummaryInput input{.log = log_, .cases = cases, .streamed = stream.streamed, .judge = judge};
    const Replay counts = count_cases(log_, cases, stream.streamed);
    auto& told = stream.told;
    told.cases = cases.size();
    told.trained = counts.trained;
    told.warm = counts.warm;
    told.evaluated = counts.evaluated;
    told.without_outcome = counts.without_outcome;
    told.failures = counts.failures;
    told.policy = counts.policy;
    told.policy.options = judge.policy().options();
    told.policy.bounds = judge.policy().bounds();
    stream.online = online_coverages(input);
    stream.modes = describe_modes(input);
    std::erase_if(stream.modes, &ModeResult::retired);
    if (counts.evaluated > 0) {
      stream.regimes = regimes_of(input);
      stream.experts = mean_weights(stream.streamed);
    }
    if (!stream.modes.empty()) stream.decided = ModeRules::decided(cases, stream.streamed);
    told.modes = stream.modes.size();
    told.regimes = stream.regimes.size();
    told.regimes_on = static_cast<std::size_t>(
        std::ranges::count_if(stream.regimes, [](const Regime& regime) { return !regime.ended; }));
    std::vector<std::uint64_t>().swap(stream.streamed.tickets);
    std::vector<StateAtBin>().swap(stream.streamed.bins);
  }

  const table::PredictionLog& log_;
  const ReplayOptions& options_;
  const CaseStream& whole_;
};

/// The largest first, so that the last threads do not wait for one of them.
Result<void> stream_all(const Streams& streams, std::vector<OneStream>& all, ThreadPool& pool,
                        const Progress& progress) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t s) { return all[s].rows.size(); });
  const Progress quiet(progress.cancellation());
  const std::size_t at_once = 8 * pool.size();
  for (std::size_t begin = 0; begin < order.size(); begin += at_once) {
    tell(progress, "streaming cases", double(begin) / double(order.size()));
    pool.parallel_for(std::min(at_once, order.size() - begin),
                      [&](std::size_t task, std::size_t) { streams.run(all[order[begin + task]], quiet); });
  }
  for (const auto& stream : all)
    if (stream.error) return std::unexpected(*stream.error);
  return {};
}

/// What was decided of all streams, in the order of the whole.
class Merging {
 public:
  Merging(const CaseStream& whole, const StreamNames& names, std::vector<OneStream>& all)
      : whole_(whole), names_(names), all_(all), index_of_(names.names.size() + 1, 0), next_(all.size(), 0) {
    for (std::size_t s = 0; s < all.size(); ++s) index_of_[all[s].index] = s;
  }

  /// What each case of the whole is there for.
  [[nodiscard]] std::vector<Part> parts() {
    std::vector<Part> parts;
    for (std::size_t at = 0; at < whole_.size(); ++at) {
      const std::size_t s = stream_at(at), i = next_[s]++;
      const auto& told = all_[s].told;
      parts.push_back(i < told.trained ? Part::train : i < told.trained + told.warm ? Part::warm : Part::eval);
    }
    return parts;
  }

  /// @param whole  after take_parts()
  StreamedCases merge(bool reasons) {
    constexpr std::size_t kBins = 200;
    StreamedCases merged;
    merged.first = whole_.trained();
    merged.score_names = all_.front().streamed.score_names;
    merged.scores.resize(merged.score_names.size());
    if (reasons) take_reasons(merged);
    next_.assign(all_.size(), 0);
    for (std::size_t at = merged.first; at < whole_.size(); ++at) {
      const std::size_t s = stream_at(at);
      add(all_[s].streamed, next_[s]++, merged);
      if (reasons) merged.reason.push_back(reason_[s][std::size_t(all_[s].streamed.reason[next_[s] - 1])]);
    }
    merged.bins.resize(std::min(kBins, whole_.size() - whole_.trained() - whole_.warm()));
    for (auto& stream : all_) {
      merged.cold += stream.streamed.cold;
      merged.cold_unknown += stream.streamed.cold_unknown;
      merged.learned += stream.streamed.learned;
      merged.given_up += stream.streamed.given_up;
      stream.streamed = {};
    }
    return merged;
  }

 private:
  [[nodiscard]] std::size_t stream_at(std::size_t at) const { return index_of_[names_.of_row[whole_.row(at)]]; }

  static void add(const StreamedCases& from, std::size_t position, StreamedCases& to) {
    to.risk.push_back(from.risk[position]);
    for (std::size_t k = 1; k < to.scores.size(); ++k) to.scores[k].push_back(from.scores[k][position]);
    to.danger.push_back(from.danger[position]);
    to.threshold.push_back(from.threshold[position]);
    to.mode.push_back(from.mode[position]);
    to.decision.push_back(from.decision[position]);
  }

  void take_reasons(StreamedCases& merged) {
    std::set<std::string_view> words;
    for (const auto& stream : all_) words.insert(stream.streamed.reasons.begin(), stream.streamed.reasons.end());
    merged.reasons.assign(words.begin(), words.end());
    for (const auto& stream : all_) {
      auto& codes = reason_.emplace_back();
      for (const auto& reason : stream.streamed.reasons)
        codes.push_back(
            static_cast<std::int32_t>(std::ranges::lower_bound(merged.reasons, reason) - merged.reasons.begin()));
    }
  }

  const CaseStream& whole_;
  const StreamNames& names_;
  std::vector<OneStream>& all_;
  std::vector<std::size_t> index_of_;  ///< [names + 1] in all_
  std::vector<std::size_t> next_;      ///< [all_]
  std::vector<std::vector<std::int32_t>> reason_{};
};

void add_bounds(const selective::PolicyBounds& from, selective::PolicyBounds& to) {
  if (from.coverage_slack) to.coverage_slack = to.coverage_slack.value_or(0) + *from.coverage_slack;
  if (!from.risk) return;
  if (!to.risk) to.risk.emplace();
  to.risk->accepted += from.risk->accepted;
  to.risk->failures += from.risk->failures;
  to.risk->regained += from.risk->regained;
  to.risk->at_most += from.risk->at_most;
}

void add_online(const std::vector<OnlineCoverage>& from, std::vector<OnlineCoverage>& to) {
  if (from.empty()) return;
  if (to.empty()) {
    to = from;
    return;
  }
  for (std::size_t c = 0; c < to.size(); ++c) {
    to[c].cases += from[c].cases;
    to[c].accepted += from[c].accepted;
    to[c].failures += from[c].failures;
    to[c].take_rates();
  }
}

/// Mean shares, each stream as its evaluated cases.
std::vector<ExpertShare> all_experts(const std::vector<OneStream>& all) {
  std::map<std::string, double> sums;
  double cases = 0;
  for (const auto& stream : all) {
    if (stream.experts.empty()) continue;
    cases += static_cast<double>(stream.told.evaluated);
    for (const auto& expert : stream.experts)
      sums[expert.name] += expert.weight * static_cast<double>(stream.told.evaluated);
  }
  std::vector<ExpertShare> shares;
  for (const auto& [name, sum] : sums) shares.push_back({.name = name, .weight = cases > 0 ? sum / cases : 0});
  std::ranges::stable_sort(shares, std::ranges::greater{}, &ExpertShare::weight);
  return shares;
}

/// Worst first: accepted failures beyond the rate of all accepted cases, then failures beyond that of all.
void sort_streams(const Replay& replay, std::vector<OneStream>& all) {
  const std::uint64_t known = replay.evaluated - replay.without_outcome;
  const double rate = known == 0 ? 0 : double(replay.failures) / double(known);
  const auto badness = [&](const OneStream& stream) {
    const auto& told = stream.told;
    return std::pair(double(told.policy.accepted_failures) - replay.policy.risk() * double(told.policy.accepted),
                     double(told.failures) - rate * double(told.evaluated - told.without_outcome));
  };
  std::ranges::stable_sort(all, std::ranges::greater{}, badness);
}

/// The largest modes of all streams, the first of them with rules.
Result<void> take_modes(const table::PredictionLog& log, const memory::Schema& features, std::vector<OneStream>& all,
                        ThreadPool& pool, std::vector<ModeResult>& modes) {
  std::vector<ModeResult*> largest;
  for (std::size_t s = 0; s < all.size(); ++s)
    for (auto& mode : all[s].modes) {
      mode.stream = s;
      mode.position = {};
      largest.push_back(&mode);
    }
  std::ranges::stable_sort(largest, std::ranges::greater{}, [](const auto* mode) { return mode->mode.near.failures; });
  largest.resize(std::min(largest.size(), kMostModes));
  if (largest.empty()) return {};
  ERRATA_ASSIGN(const auto rules, ModeRules::make(log, features, pool));
  for (std::size_t m = 0; m < std::min(largest.size(), kModesWithRule); ++m)
    ERRATA_TRY(rules.find(all[largest[m]->stream].decided, std::span(largest).subspan(m, 1), pool));
  for (const auto* mode : largest) modes.push_back(*mode);
  return {};
}

void take_regimes(std::vector<OneStream>& all, bool has_time, std::vector<Regime>& regimes) {
  for (std::size_t s = 0; s < all.size(); ++s)
    for (auto& regime : all[s].regimes) {
      regime.stream = s;
      regimes.push_back(std::move(regime));
    }
  if (has_time) std::ranges::stable_sort(regimes, {}, &Regime::known);
}

/// Warm-ups that ended too early: the stream of the most cases tells for all.
void add_early(const std::vector<OneStream>& all, bool split, std::vector<std::string>& warnings) {
  const OneStream* largest = nullptr;
  std::size_t count = 0;
  for (const auto& stream : all) {
    if (!stream.early) continue;
    ++count;
    if (largest == nullptr || stream.seen > largest->seen) largest = &stream;
  }
  if (count == 0) return;
  warnings.push_back(fmt::format("in {} of {} streams, like {}, {}", count, all.size(), stream_words(*largest),
                                 sentence_of(*largest->early, largest->seen, split)));
}

/// Each warning once, with the number of its streams where it is that of several.
void add_stream_warnings(const std::vector<OneStream>& all, std::vector<std::string>& warnings) {
  std::vector<std::string> order;
  std::map<std::string, std::size_t> count;
  for (const auto& stream : all)
    for (const auto& warning : std::set<std::string>(stream.warnings.begin(), stream.warnings.end()))
      if (count[warning]++ == 0) order.push_back(warning);
  for (const auto& warning : order)
    warnings.push_back(all.size() == 1 ? warning
                                       : fmt::format("in {} of {} streams: {}", count[warning], all.size(), warning));
  const auto idle = std::ranges::count_if(all, [](const OneStream& stream) { return stream.told.evaluated == 0; });
  if (idle == 0) return;
  const auto first = std::ranges::find(all, std::size_t{0}, [](const OneStream& s) { return s.told.evaluated; });
  warnings.push_back(fmt::format("{} of {} streams have no case beyond their warm-up, like {} with {} cases", idle,
                                 all.size(), stream_words(*first), first->told.cases));
}

/// Where streams go on from their memories each is compared with its own, and a feature is told once.
void add_changes(const std::vector<OneStream>& all, const CaseStream& whole, bool goes_on,
                 std::vector<std::string>& warnings) {
  if (!goes_on) {
    for (const auto& change : feature_changes(whole)) warnings.push_back(sentence_of(change));
    return;
  }
  struct Told {
    std::string words{};
    std::size_t streams = 0;
  };
  std::map<std::string, Told> told;
  for (const auto& stream : all)
    for (const auto& change : stream.changes) {
      auto& one = told[change.feature];
      if (one.streams++ == 0) one.words = fmt::format("{}, {}", stream_words(stream), change.words);
    }
  for (const auto& [feature, one] : told)
    warnings.push_back(
        fmt::format("feature {}: it changed in {} of {} streams; {}", feature, one.streams, all.size(), one.words));
}

Result<void> check_streams(const ReplayOptions& options, const std::string& column, std::size_t streams,
                           const std::optional<monitor::SavedStreams>& start) {
  if (options.correctability)
    return invalid_argument("correctability and stream: it is tested with one memory for the whole log; leave out one");
  if (start && start->column != column)
    return invalid_argument(fmt::format("{}: it holds memories of the streams of column {}, not of {}", start->name,
                                        start->column, column));
  if (streams > kMostStreams)
    return invalid_argument(
        fmt::format("stream column {}: {} streams, those of the saved memory with them; at most {} have a memory each; "
                    "name a column with fewer values, or take it for a feature of one memory (--features)",
                    column, streams, kMostStreams));
  return {};
}

StreamNames names_of(const table::PredictionLog& log) {
  const auto& column = *log.find(*log.roles.stream);
  return column.kind == table::ColumnKind::numeric ? names_of_numbers(column, log.rows)
                                                   : names_of_words(column, log.rows);
}

/// The streams that have a case, with their saved memories.
std::vector<OneStream> streams_of(const CaseStream& whole, const StreamNames& names,
                                  const std::optional<monitor::SavedStreams>& start) {
  std::vector<OneStream> all(names.names.size() + 1);
  for (std::size_t at = 0; at < whole.size(); ++at)
    all[names.of_row[whole.row(at)]].rows.push_back(static_cast<std::uint32_t>(whole.row(at)));
  std::map<std::pair<bool, std::string_view>, const monitor::SavedStream*> saved;
  if (start)
    for (const auto& stream : start->streams) saved[{stream.missing, stream.name}] = &stream;
  for (std::size_t s = 0; s < all.size(); ++s) {
    all[s].index = s;
    all[s].told.missing = s == names.missing;
    all[s].told.name = all[s].told.missing ? "(missing)" : names.names[s];
    const auto found = saved.find({all[s].told.missing, all[s].told.name});
    if (found != saved.end()) all[s].saved = found->second;
  }
  std::erase_if(all, [](const OneStream& stream) { return stream.rows.empty(); });
  return all;
}

/// The memories of these streams, and those that went on from none of them.
monitor::SavedStreams memories_of(const std::string& column, std::vector<OneStream>& all,
                                  std::optional<monitor::SavedStreams>& start) {
  monitor::SavedStreams saved{.column = column};
  std::set<const monitor::SavedStream*> renewed;
  for (auto& stream : all) {
    renewed.insert(stream.saved);
    saved.streams.push_back(
        {.name = stream.told.name, .missing = stream.told.missing, .snapshot = std::move(stream.snapshot)});
  }
  if (start)
    for (auto& stream : start->streams)
      if (!renewed.contains(&stream)) saved.streams.push_back(std::move(stream));
  std::ranges::sort(saved.streams, {}, [](const auto& stream) { return std::tie(stream.missing, stream.name); });
  return saved;
}

/// Positions of the decided cases in the order of time, which the whole had before its parts were taken.
std::vector<std::size_t> in_time(const std::vector<std::uint32_t>& time_of_row, const CaseStream& whole,
                                 const StreamedCases& merged) {
  std::vector<std::size_t> order(merged.risk.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t p) { return time_of_row[whole.row(merged.first + p)]; });
  return order;
}

std::vector<std::uint32_t> time_of_rows(const table::PredictionLog& log, const CaseStream& whole) {
  std::vector<std::uint32_t> time(log.rows, 0);
  for (std::size_t at = 0; at < whole.size(); ++at) time[whole.row(at)] = static_cast<std::uint32_t>(at);
  return time;
}

/// Totals over all streams, which are sorted.
Result<Replay> sum_up(const table::PredictionLog& log, const CaseStream& whole, const StreamedCases& merged,
                      std::vector<OneStream>& all, ThreadPool& pool) {
  Replay replay = count_cases(log, whole, merged);
  replay.policy.options = all.front().told.policy.options;
  sort_streams(replay, all);
  for (const auto& stream : all) {
    add_bounds(stream.told.policy.bounds, replay.policy.bounds);
    add_online(stream.online, replay.online);
    replay.streams.push_back(stream.told);
  }
  replay.stream_column = *log.roles.stream;
  replay.experts = all_experts(all);
  take_regimes(all, whole.has_time(), replay.regimes);
  ERRATA_TRY(take_modes(log, whole.schema(), all, pool, replay.modes));
  return replay;
}

}  // namespace

Result<ReplayedStreams> run_streams(table::PredictionLog log, const ReplayOptions& options,
                                    std::optional<monitor::SavedStreams> start, ThreadPool& pool,
                                    const Progress& progress) {
  ERRATA_TRY(check_options(options));
  const std::string column = *log.roles.stream;
  const StreamNames names = names_of(log);
  ERRATA_TRY(check_streams(options, column, names.names.size(), start));
  if (options.decisions) log.roles.others.push_back(column);
  warn_of_later_times(log, options);
  drop_judged_columns(log);
  ERRATA_ASSIGN(auto whole, CaseStream::whole(log, options.cases));
  drop_ids(log, options);
  auto all = streams_of(whole, names, start);
  std::size_t kept = 0;
  if (start) kept = start->streams.size() - std::size_t(std::ranges::count_if(all, [](auto& s) { return s.saved; }));
  ERRATA_TRY(check_streams(options, column, all.size() + kept, start));
  ERRATA_TRY(check_times(options, whole));
  ERRATA_TRY(stream_all(Streams(log, options, whole), all, pool, progress));
  tell(progress, "summing up");
  const auto time_of_row = time_of_rows(log, whole);
  Merging merging(whole, names, all);
  whole.take_parts(merging.parts());
  if (whole.trained() + whole.warm() >= whole.size())
    return data_error(
        fmt::format("no case is left to evaluate: all {} of {} streams are train or warm", whole.size(), all.size()));
  auto merged = merging.merge(options.decisions);
  ERRATA_ASSIGN(Replay replay, sum_up(log, whole, merged, all, pool));
  replay.delay = options.delay;
  replay.delay.column = options.cases.outcome_time.value_or("");
  std::vector<std::string> changes;
  add_changes(all, whole, start.has_value(), changes);
  std::vector<table::Column> decisions;
  if (options.decisions) decisions = decision_columns(log, whole, merged, column, in_time(time_of_row, whole, merged));
  drop_features(log);
  tell(progress, "risk and coverage");
  ERRATA_TRY(evaluate(options, whole, merged, pool, replay));
  add_warnings(log, whole, merged, replay);
  std::ranges::move(changes, std::back_inserter(replay.warnings));
  if (merged.learned > 0) add_early(all, options.cases.split.has_value(), replay.warnings);
  add_stream_warnings(all, replay.warnings);
  ReplayedStreams replayed{.replay = std::move(replay), .memories = {}, .decisions = std::move(decisions)};
  if (options.keep_memories) replayed.memories = memories_of(column, all, start);
  return replayed;
}

}  // namespace errata::replay
