#include "errata/replay/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/replay/correctability.h"
#include "errata/replay/decisions.h"
#include "errata/replay/early_warm_up.h"
#include "errata/replay/feature_changes.h"
#include "errata/replay/run_parts.h"
#include "errata/replay/stream.h"
#include "errata/replay/summary.h"

namespace errata::replay {
namespace {

/// Streams of one log share a memory; which one a case is of may tell failures apart.
void take_stream_as_feature(table::PredictionLog& log) {
  const auto& stream = log.roles.stream;
  if (!stream || log.find(*stream) == nullptr || std::ranges::count(log.roles.features, *stream) > 0) return;
  log.roles.features.push_back(*stream);
  log.warnings.push_back(
      fmt::format("column {0}: a feature of the memory, though it is named like one that tells streams apart; --stream "
                  "{0} gives each of its values a memory of its own",
                  *stream));
}

}  // namespace

Result<Replayed> run(table::PredictionLog log, const ReplayOptions& options, std::optional<monitor::SavedMemory> start,
                     ThreadPool& pool, const Progress& progress) {
  ERRATA_TRY(check_options(options));
  take_stream_as_feature(log);
  warn_of_later_times(log, options);
  drop_judged_columns(log);
  auto case_options = options.cases;
  const bool goes_on = start && !start->judge.memory().warming_up();
  case_options.goes_on = goes_on;
  ERRATA_ASSIGN(auto cases, CaseStream::make(log, case_options));
  drop_ids(log, options);
  ERRATA_TRY(check_times(options, cases));
  std::vector<std::string> warnings;
  ERRATA_ASSIGN(auto judge, make_judge(options, start, cases, warnings));
  for (const auto& change : feature_changes(cases, goes_on ? &judge.memory() : nullptr))
    warnings.push_back(sentence_of(change));
  Correctability corrections(cases, {});
  StreamOptions streaming{.delay = options.delay, .reasons = options.decisions, .pool = &pool};
  if (start) {
    streaming.waiting = std::move(start->waiting);
    streaming.follows = start->time;
  }
  streaming.delay.column = options.cases.outcome_time.value_or("");
  if (options.correctability) streaming.corrections = &corrections;
  ERRATA_ASSIGN(auto streamed, stream_cases(cases, judge, streaming, progress));
  tell(progress, "summing up");
  const SummaryInput input{.log = log, .cases = cases, .streamed = streamed, .judge = judge};
  Replay replay = summarise(input, pool);
  replay.delay = streaming.delay;
  progress.check();
  ERRATA_TRY(find_rules(input, replay.modes, pool));
  if (options.correctability) replay.corrections = corrections.results();
  progress.check();
  std::vector<table::Column> decisions;
  if (options.decisions) decisions = decision_columns(log, cases, streamed);
  drop_features(log);
  tell(progress, "risk and coverage");
  ERRATA_TRY(evaluate(options, cases, streamed, pool, replay));
  add_warnings(log, cases, streamed, replay);
  if (const auto early = early_warm_up_of(judge, streamed); early && streamed.learned > 0)
    warnings.push_back(sentence_of(*early, judge.last_ticket() + 1, options.cases.split.has_value()));
  std::ranges::move(warnings, std::back_inserter(replay.warnings));
  if (options.correctability && !corrections.possible())
    replay.warnings.emplace_back("correctability: only predictions of two classes can be flipped; it was left out");
  return Replayed{.replay = std::move(replay),
                  .memory = {.judge = std::move(judge),
                             .time = cases.time(cases.size() - 1),
                             .waiting = std::move(streamed.waiting)},
                  .decisions = std::move(decisions)};
}

}  // namespace errata::replay
