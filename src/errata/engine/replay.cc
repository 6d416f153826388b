#include "errata/engine/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "errata/base/cancellation.h"
#include "errata/engine/analyze.h"
#include "errata/monitor/snapshot.h"
#include "errata/replay/run_streams.h"
#include "errata/table/write_log.h"

namespace errata::engine {
namespace {

/// The columns that a replay reads beside those of an analysis.
table::ReadOptions with_columns(const ReplayRequest& request) {
  auto read = request.read;
  const auto& cases = request.replay.cases;
  read.keep_unjudged = true;
  read.may_lack_outcomes = true;
  read.keep_embedding = true;
  read.keep_id = true;
  for (const auto& name : {cases.split, cases.outcome_time, cases.auditor})
    if (name) read.roles.others.push_back(*name);
  return read;
}

Result<replay::Replay> with_one_memory(const ReplayRequest& request, const replay::ReplayOptions& options,
                                       ThreadPool& pool, const Progress& progress) {
  std::optional<monitor::SavedMemory> start;
  if (!request.memory.empty()) {
    ERRATA_ASSIGN(start, monitor::read_memory(request.memory));
  }
  ERRATA_ASSIGN(auto log, open_log(with_columns(request), progress));
  ERRATA_ASSIGN(auto replayed, replay::run(std::move(log), options, std::move(start), pool, progress));
  if (!request.decisions.empty())
    ERRATA_TRY(table::write_columns(replayed.decisions, request.decisions, {}, progress.cancellation()));
  if (!request.save_memory.empty()) ERRATA_TRY(monitor::write_memory(replayed.memory, request.save_memory));
  return std::move(replayed.replay);
}

Result<replay::Replay> with_a_memory_a_stream(const ReplayRequest& request, replay::ReplayOptions options,
                                              ThreadPool& pool, const Progress& progress) {
  std::optional<monitor::SavedStreams> start;
  if (!request.memory.empty()) {
    ERRATA_ASSIGN(start, monitor::read_streams(request.memory));
  }
  options.keep_memories = !request.save_memory.empty();
  ERRATA_ASSIGN(auto log, open_log(with_columns(request), progress));
  ERRATA_ASSIGN(auto replayed, replay::run_streams(std::move(log), options, std::move(start), pool, progress));
  if (!request.decisions.empty())
    ERRATA_TRY(table::write_columns(replayed.decisions, request.decisions, {}, progress.cancellation()));
  if (!request.save_memory.empty()) ERRATA_TRY(monitor::write_streams(replayed.memories, request.save_memory));
  return std::move(replayed.replay);
}

}  // namespace

Result<replay::Replay> replay_log(const ReplayRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<replay::Replay> {
    auto options = request.replay;
    options.decisions = !request.decisions.empty();
    return request.read.roles.stream ? with_a_memory_a_stream(request, options, pool, progress)
                                     : with_one_memory(request, options, pool, progress);
  });
}

Result<std::int64_t> parse_duration(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86'400e6}, {"w", 604'800e6}}};
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(rest, text.data() + text.size());
  const auto found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, double>::first);
  const double micros = found == kUnits.end() ? -1 : value * found->second;
  if (error != std::errc() || !(micros >= 0 && micros < 9e18))
    return invalid_argument(fmt::format("'{}' is no duration: a number and ms, s, m, h, d or w", text));
  return static_cast<std::int64_t>(std::llround(micros));
}

Result<replay::Delay> parse_delay(const std::string& text) {
  std::uint64_t steps = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), steps);
  if (error == std::errc() && rest == text.data() + text.size()) return replay::Delay{.steps = steps};
  const auto micros = parse_duration(text);
  if (!micros)
    return invalid_argument(
        fmt::format("delay '{}' is neither a number of cases nor a duration like 5m, 2h or 1d", text));
  return replay::Delay{.micros = *micros};
}

}  // namespace errata::engine
