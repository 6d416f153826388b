#include "errata/engine/replay.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "errata/report/replay/json.h"
#include "errata/report/replay/page.h"
#include "errata/report/replay/terminal.h"
#include "flags.h"
#include "output.h"
#include "standard_input.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_replay {
namespace {

constexpr const char* kStream = "How the log is streamed";
constexpr const char* kDecisions = "Decisions";
constexpr const char* kMemory = "Memory";

struct Given {
  engine::ReplayRequest request;
  Running running;
  std::optional<double> coverage;
  std::string method;
  std::string report, json;
};

Result<void> take_warm_up(const std::string& word, replay::WarmUp& warm_up) {
  double share = 0;
  if (const auto cases = whole_number(word); cases.has_value())
    warm_up.cases = cases;
  else if (CLI::detail::lexical_cast(word, share) && share > 0 && share < 1)
    warm_up.share = share;
  else
    return invalid_argument(fmt::format("'{}' is neither a number of cases nor a share in (0, 1)", word));
  return {};
}

/// "0.05" or "5%".
std::optional<double> share_of(const std::string& word) {
  double share = 0;
  const bool percent = word.ends_with('%');
  if (!CLI::detail::lexical_cast(percent ? word.substr(0, word.size() - 1) : word, share)) return std::nullopt;
  return percent ? share / 100 : share;
}

Result<void> take_coverage(const std::string& word, std::optional<double>& coverage) {
  coverage = share_of(word);
  if (!coverage) return invalid_argument(fmt::format("'{}' is no share of cases, such as 0.8 or 80%", word));
  return {};
}

Result<void> take_risk(const std::string& word, monitor::JudgeOptions& judge) {
  const auto given = share_of(word);
  if (!given) {
    judge.decide_by = word;
    return {};
  }
  const double risk = *given;
  if (!(risk > 0 && risk < 1)) return invalid_argument(fmt::format("risk {} is not in (0, 1)", word));
  judge.policy.risk = risk;
  return {};
}

Result<void> take_cold_start(const std::string& word, selective::SelectivePolicyOptions& policy) {
  const auto colon = word.find(':');
  const auto cases = whole_number(word.substr(0, colon));
  if (!cases) return invalid_argument(fmt::format("'{}' is not N or N:RULE with a number of cases N", word));
  policy.cold_start = *cases;
  if (colon == std::string::npos) return {};
  const auto rule = word.substr(colon + 1);
  for (const auto decision : {selective::Decision::accept, selective::Decision::defer, selective::Decision::abstain}) {
    if (rule != selective::word(decision)) continue;
    policy.cold_decision = decision;
    return {};
  }
  return invalid_argument(fmt::format("'{}' is not one of accept, defer, abstain", rule));
}

Result<void> take_half_life(const std::string& word, replay::ReplayOptions& options) {
  double cases = 0;
  if (CLI::detail::lexical_cast(word, cases)) {
    if (!(cases > 0)) return invalid_argument(fmt::format("half-life {} is not above 0", word));
    options.half_life_cases = cases;
    return {};
  }
  ERRATA_ASSIGN(options.half_life_micros, engine::parse_duration(word));
  if (*options.half_life_micros <= 0) return invalid_argument(fmt::format("half-life {} is not above 0", word));
  return {};
}

void declare_stream(CLI::App& app, Given& given) {
  auto& request = given.request;
  const auto take_delay = [&request](const std::string& word) -> Result<void> {
    ERRATA_ASSIGN(request.replay.delay, engine::parse_delay(word));
    return {};
  };
  add_word(app, "--delay", take_delay, "outcomes come so many cases later, or 30s, 5m, 2h, 1d later")
      ->type_name("N|TIME")
      ->default_str("0")
      ->group(kStream);
  app.add_option("--outcome-time", request.replay.cases.outcome_time,
                 "when each outcome was known; never where it is missing")
      ->type_name("COLUMN")
      ->group(kStream);
  app.add_option("--split", request.replay.cases.split, "says train, warm or eval; only eval is scored")
      ->type_name("COLUMN")
      ->group(kStream);
  add_word(
      app, "--warm-up",
      [&request](const std::string& word) { return take_warm_up(word, request.replay.cases.warm_up); },
      "without --split: the first cases only warm the memory")
      ->type_name("N|SHARE")
      ->default_str("1000, at most 0.1")
      ->group(kStream);
  const auto take_order = [&request](const std::string& word) -> Result<void> {
    if (word != "sort" && word != "refuse")
      return invalid_argument(fmt::format("'{}' is not one of sort, refuse", word));
    request.replay.cases.time_order = word == "sort" ? replay::TimeOrder::sort : replay::TimeOrder::refuse;
    return {};
  };
  add_word(app, "--time-order", take_order, "rows that are not in the order of time: sort or refuse")
      ->default_str("sort")
      ->group(kStream);
}

void declare_decisions(CLI::App& app, Given& given) {
  auto& judge = given.request.replay.judge;
  add_word(
      app, "--coverage", [&given](const std::string& word) { return take_coverage(word, given.coverage); },
      "share of cases to accept, in (0, 1)")
      ->type_name("C")
      ->default_str(fmt::format("{}", judge.policy.coverage.value()))
      ->group(kDecisions);
  add_word(
      app, "--risk", [&judge](const std::string& word) { return take_risk(word, judge); },
      "failure rate of accepted cases to keep to, in (0, 1); or the score to decide by: errata, source, confidence, "
      "...")
      ->type_name("R|SCORE")
      ->default_str(judge.decide_by)
      ->group(kDecisions);
  const auto take_method = [&judge, &given](const std::string& word) -> Result<void> {
    given.method = word;
    ERRATA_ASSIGN(judge.policy.method, selective::risk_method(word));
    return {};
  };
  add_word(app, "--method", take_method, "for --risk R: online, sgr, ltt or rolling")
      ->default_str(std::string(selective::word(judge.policy.method)))
      ->group(kDecisions);
  app.add_option("--defer", judge.policy.defer_share, "share of cases to hand on, the safest of those not accepted")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kDecisions);
  add_word(
      app, "--cold-start", [&judge](const std::string& word) { return take_cold_start(word, judge.policy); },
      "accept, defer or abstain for the first N cases")
      ->type_name("N[:RULE]")
      ->default_str(fmt::format("{}:{}", judge.policy.cold_start, selective::word(judge.policy.cold_decision)))
      ->group(kDecisions);
  app.add_flag("--correctability", given.request.replay.correctability,
               "test whether failures could have been corrected")
      ->group(kDecisions);
}

void declare_memory(CLI::App& app, Given& given) {
  auto& request = given.request;
  auto& memory = request.replay.judge.memory;
  app.add_option("--modes", memory.max_modes, "failure modes at most, 1 to 64")
      ->type_name("N")
      ->capture_default_str()
      ->group(kMemory);
  app.add_option("--window", memory.window, "resolved cases that local rates look at")
      ->type_name("N")
      ->capture_default_str()
      ->group(kMemory);
  add_word(
      app, "--half-life", [&request](const std::string& word) { return take_half_life(word, request.replay); },
      "of a mode's activity: a number of cases at the log's pace, or 30m, 2h, 1d")
      ->type_name("N|TIME")
      ->default_str(fmt::format("{} cases", request.replay.half_life_cases))
      ->group(kMemory);
  app.add_option("--without", memory.without, "experts that the risk leaves out, to see what they are worth")
      ->type_name("EXPERTS")
      ->delimiter(',')
      ->group(kMemory);
  app.add_option("--auditor", request.replay.cases.auditor, "a detector's probability of failure")
      ->type_name("COLUMN")
      ->group(kMemory);
  app.add_option("--memory", request.memory, "start from a saved memory, or those of streams")
      ->type_name("FILE")
      ->group(kMemory);
  app.add_option("--save-memory", request.save_memory, "save the memory at the end, or those of streams")
      ->type_name("FILE")
      ->group(kMemory);
  app.add_option("--seed", memory.seed, "seed of the memory and of the bands")
      ->type_name("N")
      ->capture_default_str()
      ->group(kMemory);
}

void declare(CLI::App& app, Given& given) {
  add_logs(app, given.request.read.paths);
  add_reading(app, given.request.read);
  add_roles(app, given.request.read.roles);
  add_failure_rule(app, given.request.read);
  declare_stream(app, given);
  declare_decisions(app, given);
  declare_memory(app, given);
  app.add_option("-o,--output", given.report, "the report, one HTML file that works offline")
      ->type_name("FILE")
      ->group(kOutput);
  add_json(app, given.json);
  app.add_option("--out", given.request.decisions, "what was decided, a row a case: .parquet, .csv[.gz] or .jsonl")
      ->type_name("FILE")
      ->group(kOutput);
  add_running(app, given.running);
  add_colour(app, given.running);
}

std::string written(const Given& given) {
  return places_text({{given.report, "the report"},
                      {given.json, "the same as JSON"},
                      {given.request.decisions, "what was decided"},
                      {given.request.save_memory, "the memory"}});
}

/// The replay of the log, in which standard input goes by that name.
Result<replay::Replay> replay_of(const engine::ReplayRequest& request, const StandardInput& input, ThreadPool& pool,
                                 const Progress& progress) {
  auto replay = engine::replay_log(request, pool, progress);
  if (!replay) return std::unexpected(Error{replay.error().code, input.in_words(replay.error().message)});
  for (auto* texts : {&replay->files, &replay->warnings})
    for (std::string& text : *texts) text = input.in_words(std::move(text));
  return replay;
}

Result<int> run(Given& given, Console& console) {
  auto& request = given.request;
  auto& policy = request.replay.judge.policy;
  if (given.coverage && policy.risk) return invalid_argument("--coverage and --risk R: give one target");
  if (!given.method.empty() && !policy.risk)
    return invalid_argument(fmt::format("--method {}: it is for a target risk; give --risk R as well", given.method));
  if (given.coverage || policy.risk) policy.coverage = given.coverage;
  ERRATA_TRY(policy.check());
  StandardInput input;
  ERRATA_TRY(input.take_place_of_dash(request.read.paths, console.stop()));
  OutputFiles files(request.read.paths);
  for (const auto& place : {given.report, given.json}) ERRATA_TRY(files.open(place));
  request.read.threads = given.running.threads;
  ThreadPool pool = console.pool(given.running.threads);
  const Progress progress = console.progress(given.running.quiet);
  ERRATA_ASSIGN(const auto replay, replay_of(request, input, pool, progress));
  tell(progress, "writing the report", 1);
  if (!given.report.empty()) ERRATA_TRY(files.write(given.report, report::replay_page(replay)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::replay_json(replay)));
  ERRATA_TRY(files.commit());
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::replay_json(replay)));
    return 0;
  }
  if (given.running.quiet) return 0;
  const report::TerminalOptions terminal{.colour = console.colour(given.running.colour)};
  ERRATA_TRY(console.print(report::replay_terminal(replay, terminal) + written(given)));
  return 0;
}

}  // namespace
}  // namespace of_replay

Verb replay_verb() {
  using namespace of_replay;
  auto given = std::make_shared<Given>();
  return {.name = "replay",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
