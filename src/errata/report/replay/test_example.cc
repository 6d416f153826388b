#include "errata/report/replay/test_example.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "errata/report/kit/interval.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

constexpr std::int64_t kHour = 3'600'000'000;
constexpr std::int64_t kFirst = 1'420'070'400'000'000;  // 2015-01-01
constexpr std::size_t kEvaluated = 27'200;
constexpr std::size_t kBins = 80;
constexpr std::size_t kBinCases = kEvaluated / kBins;

std::int64_t time_of(std::size_t evaluated_case) {
  return kFirst + static_cast<std::int64_t>(18'000 + evaluated_case) * kHour / 2;
}

/// A curve that begins at `low`, ends at the base rate and has about the given area.
replay::ScoreResult score(const char* name, double base, double low, double power) {
  replay::ScoreResult result{.name = name, .areas = {}};
  const auto error = [&](double coverage) { return low + (base - low) * std::pow(coverage, power); };
  for (std::size_t i = 0; i < replay::kCoverages; ++i) result.error_at_coverage[i] = error(replay::coverage_at(i));
  for (std::size_t i = 1; i <= 100; ++i) {
    const double coverage = static_cast<double>(i) / 100;
    result.curve.push_back({.coverage = coverage, .error = error(coverage)});
  }
  const double aurc = low + (base - low) / (power + 1);
  result.areas = {.aurc = aurc, .oracle_aurc = 0.0394, .excess_aurc = aurc - 0.0394, .augrc = 0.6 * aurc};
  stats::RiskCoverageBands bands{.aurc = {.low = 0.93 * aurc, .high = 1.07 * aurc},
                                 .ratio_to_reference = {.low = 0.96 * aurc / 0.2208, .high = 1.04 * aurc / 0.2208},
                                 .error_at_coverage = {}};
  for (const double value : result.error_at_coverage) {
    bands.error_at_coverage.push_back({.low = 0.85 * value, .high = 1.15 * value + 0.002});
  }
  result.bands = bands;
  return result;
}

void add_scores(replay::Replay& replay) {
  constexpr double kBase = 0.2474;
  replay.scores = {score("errata", kBase, 0.002, 3.9),        score("confidence", kBase, 0.175, 1),
                   score("confidence_ema", kBase, 0.02, 2.2), score("logistic", kBase, 0.05, 1.7),
                   score("neighbours", kBase, 0.03, 1.9),     score("source", kBase, 0.28, 1)};
  replay.scores[1].bands->ratio_to_reference = {.low = 1, .high = 1};
  replay::ScoreResult oracle = score("oracle", kBase, 0, 1);
  for (auto& point : oracle.curve) point.error = std::max(0.0, 1 - (1 - kBase) / point.coverage);
  for (std::size_t i = 0; i < replay::kCoverages; ++i) {
    oracle.error_at_coverage[i] = std::max(0.0, 1 - (1 - kBase) / replay::coverage_at(i));
  }
  oracle.areas = {.aurc = 0.0394, .oracle_aurc = 0.0394, .excess_aurc = 0, .augrc = 0.0356};
  oracle.bands.reset();
  replay.scores.push_back(oracle);
  for (std::size_t i = 0; i < replay::kCoverages; ++i) {
    const double hindsight = replay.scores[0].error_at_coverage[i];
    replay.online.push_back({.target = replay::coverage_at(i),
                             .coverage = replay::coverage_at(i) + (i % 2 == 0 ? 0.004 : -0.003),
                             .error = 1.06 * hindsight + 0.0004,
                             .hindsight_error = hindsight});
  }
}

void add_bins(replay::Replay& replay) {
  for (std::size_t i = 0; i < kBins; ++i) {
    const double phase = static_cast<double>(i) / kBins;
    const bool raised = (i >= 22 && i < 31) || i >= 70;
    const double rate = 0.19 + (raised ? 0.24 : 0) + 0.05 * std::sin(40 * phase);
    const double wave = std::sin(2 * std::numbers::pi * phase);
    replay::TimeBin bin{
        .first_case = i * kBinCases,
        .cases = kBinCases,
        .begin = time_of(i * kBinCases),
        .end = time_of((i + 1) * kBinCases - 1),
        .failures = static_cast<std::uint64_t>(rate * kBinCases),
        .accepted = static_cast<std::uint64_t>((raised ? 0.07 : 0.24) * kBinCases),
        .accepted_failures = static_cast<std::uint64_t>(i % 3 == 0 ? 1 : 0),
        .mean_risk = 0.95 * rate + 0.01 * std::cos(23 * phase),
        .mean_danger = raised ? 5.1 + wave : 1.4 + 0.3 * wave,
        .threshold = i == 0 ? -std::numeric_limits<double>::infinity() : 0.06 + 0.01 * wave,
        .mode_activity = {raised ? 9.0 : 1.5 + wave, 3.2 + 2 * wave, i < 40 ? 4.0 - 0.1 * double(i) : 0.0}};
    replay.failures += bin.failures;
    replay.policy.accepted += bin.accepted;
    replay.policy.accepted_failures += bin.accepted_failures;
    replay.bins.push_back(bin);
  }
}

replay::ModeResult mode(std::uint32_t id, std::uint64_t failures, double rate, std::array<double, 2> position,
                        std::string words) {
  const auto cases = static_cast<std::uint64_t>(static_cast<double>(failures) / rate);
  replay::ModeResult result{.mode = {.id = id,
                                     .centre = {0.5F, -1.25F},
                                     .spread = 0.71,
                                     .failures = failures / 2,
                                     .near = {.failures = failures, .trials = cases},
                                     .born = time_of(10),
                                     .first_seen = time_of(3),
                                     .last_seen = time_of(kEvaluated - 20),
                                     .activity = 0.004 * static_cast<double>(failures),
                                     .recent_failures = 41.5,
                                     .recent_cases = 112.25,
                                     .effective_cases = 97.1,
                                     .rate = rate / 3,  // has faded
                                     .confidence = 0.83,
                                     .examples = {17, 1204}},
                            .words = std::move(words),
                            .position = position,
                            .example_rows = {18'017, 19'204}};
  return result;
}

void add_modes(replay::Replay& replay) {
  replay.modes = {
      mode(3, 2611, 0.43, {-1.8, 0.4}, "nswdemand high (+1.8 sd), period low (−1.1 sd); predicts UP; confidence 0.93"),
      mode(0, 1204, 0.31, {1.2, 1.1},
           "vicprice low (−0.9 sd), transfer high (+0.8 sd); predicts DOWN; confidence 0.81"),
      mode(5, 310, 0.22, {0.7, -1.6}, "period high (+1.4 sd); confidence 0.76")};
  const auto range = table::Predicate::Kind::range;
  replay.modes[0].rule = {{.feature = "nswdemand", .kind = range, .above = 0.62, .min = 0.63, .max = 0.98},
                          {.feature = "period", .kind = range, .up_to = 0.31, .min = 0, .max = 0.31}};
  replay.modes[2].retired = true;
  replay.modes[2].mode.activity = 0;
}

void add_regimes(replay::Replay& replay) {
  replay::Regime first{.onset = time_of(22 * kBinCases),
                       .began = time_of(22 * kBinCases + 18),
                       .known = time_of(22 * kBinCases + 118),
                       .ended = time_of(31 * kBinCases + 25),
                       .rate_before = 0.191,
                       .rate = 0.433,
                       .log_evidence = 11.2,
                       .cases = 9 * kBinCases,
                       .failures = 1325};
  first.changes = {{.change = memory::RegimeChange::changed,
                    .regime = 0,
                    .onset = time_of(26 * kBinCases),
                    .time = time_of(26 * kBinCases + 60),
                    .known = time_of(26 * kBinCases + 160),
                    .log_evidence = 9.4,
                    .rate_before = 0.41,
                    .rate = 0.47,
                    .cases = 300}};
  replay::Regime of_mode{.mode = 3,
                         .onset = time_of(21 * kBinCases),
                         .began = time_of(21 * kBinCases + 30),
                         .known = time_of(21 * kBinCases + 130),
                         .ended = time_of(33 * kBinCases),
                         .rate_before = 0.35,
                         .rate = 0.71,
                         .log_evidence = 14.9,
                         .cases = 902,
                         .failures = 640};
  replay::Regime open{.onset = time_of(70 * kBinCases),
                      .began = time_of(70 * kBinCases + 22),
                      .known = time_of(70 * kBinCases + 122),
                      .rate_before = 0.195,
                      .rate = 0.42,
                      .log_evidence = 10.3,
                      .cases = 10 * kBinCases,
                      .failures = 1430};
  replay.regimes = {of_mode, first, open};
}

void add_calibration(replay::Replay& replay) {
  for (std::size_t i = 0; i < 10; ++i) {
    const double risk = 0.02 + 0.09 * static_cast<double>(i);
    const std::uint64_t cases = 2720;
    const auto failures = static_cast<std::uint64_t>((risk + 0.03 * std::sin(5 * risk)) * static_cast<double>(cases));
    replay.calibration.push_back(
        {.n = cases, .happened = failures, .mean_score = risk, .observed = rate_of(failures, cases)});
  }
  replay.calibration_error = 0.0182;
  replay.brier = 0.1034;
  replay.experts = {{.name = "neighbours + recency", .weight = 0.412},
                    {.name = "kernel rates", .weight = 0.233},
                    {.name = "confidence_ema", .weight = 0.151},
                    {.name = "mode activity", .weight = 0.127},
                    {.name = "logistic", .weight = 0.0762},
                    {.name = "confidence", .weight = 0.0008}};
}

void add_corrections(replay::Replay& replay) {
  replay.corrections = {{.words = "all cases",
                         .cases = 27'200,
                         .error = 0.2474,
                         .flipped_error = 0.151,
                         .specialist_error = 0.164,
                         .all_flipped_error = 0.7526,
                         .p_value = 3e-12,
                         .harm_p_value = 1,
                         .better = "flip",
                         .verdict = replay::Verdict::correctable},
                        {.mode = 3,
                         .words = "mode 3",
                         .cases = 6072,
                         .error = 0.43,
                         .flipped_error = 0.22,
                         .specialist_error = 0.19,
                         .all_flipped_error = 0.57,
                         .p_value = 4e-9,
                         .harm_p_value = 1,
                         .better = "specialist",
                         .verdict = replay::Verdict::correctable},
                        {.mode = 0,
                         .words = "mode 0",
                         .cases = 3884,
                         .error = 0.31,
                         .flipped_error = 0.34,
                         .specialist_error = 0.36,
                         .all_flipped_error = 0.69,
                         .p_value = 1,
                         .harm_p_value = 0.0031,
                         .better = "flip",
                         .verdict = replay::Verdict::irreducible},
                        {.mode = 5,
                         .words = "mode 5",
                         .cases = 1409,
                         .error = 0.22,
                         .flipped_error = 0.215,
                         .specialist_error = 0.229,
                         .all_flipped_error = 0.78,
                         .p_value = 0.41,
                         .harm_p_value = 1,
                         .better = "flip",
                         .verdict = replay::Verdict::unknown}};
}

}  // namespace

replay::Replay example_replay() {
  replay::Replay replay;
  replay.files = {"elec2.parquet"};
  replay.rows = 45'312;
  replay.trained = 13'594;
  replay.warm = 4518;
  replay.evaluated = kEvaluated;
  replay.has_time = true;
  replay.delay.steps = 100;
  add_scores(replay);
  replay.policy.options.coverage = 0.2;
  replay.policy.options.defer_share = 0.1;
  replay.policy.cases = kEvaluated;
  add_bins(replay);
  replay.policy.deferred = 2716;
  replay.policy.deferred_failures = 87;
  replay.policy.abstained = replay.policy.cases - replay.policy.accepted - replay.policy.deferred;
  replay.policy.abstained_failures = replay.failures - replay.policy.accepted_failures - 87;
  add_modes(replay);
  add_regimes(replay);
  add_calibration(replay);
  add_corrections(replay);
  replay.warnings = {"`transfer` was constant during the warm-up and is left out of the embedding"};
  return replay;
}

replay::Replay quiet_replay() {
  replay::Replay replay;
  replay.files = {"a.csv", "b.csv", "c.csv"};
  replay.rows = 1200;
  replay.warm = 200;
  replay.evaluated = 1000;
  replay.without_outcome = 40;
  replay.failures = 96;
  replay.delay.micros = 36 * kHour;
  replay.scores = {score("errata", 0.1, 0.09, 1)};
  replay.scores[0].bands.reset();
  replay.policy.options.risk = 0.02;
  replay.policy.options.method = selective::RiskMethod::ltt;
  replay.policy.cases = 1000;
  replay.policy.abstained = 1000;
  replay.policy.abstained_failures = 96;
  for (std::size_t i = 0; i < 10; ++i) {
    replay.bins.push_back({.first_case = 100 * i,
                           .cases = 100,
                           .begin = static_cast<std::int64_t>(200 + 100 * i),
                           .end = static_cast<std::int64_t>(299 + 100 * i),
                           .failures = 9 + i % 2,
                           .mean_risk = 0.096});
  }
  return replay;
}

replay::Replay empty_replay() {
  replay::Replay replay;
  replay.rows = 12;
  replay.warm = 12;
  replay.calibration_error = std::numeric_limits<double>::quiet_NaN();
  replay.brier = std::numeric_limits<double>::quiet_NaN();
  return replay;
}

replay::Replay streams_replay() {
  replay::Replay replay = example_replay();
  replay.stream_column = "device";
  for (std::size_t s = 0; s < 15; ++s) {
    replay::StreamResult stream{.name = "a" + std::to_string(s),
                                .cases = 2000,
                                .warm = 200,
                                .evaluated = 1800,
                                .without_outcome = 10,
                                .failures = 450 - 20 * s,
                                .policy = replay.policy,
                                .modes = 3,
                                .regimes = 2,
                                .regimes_on = s < 2 ? std::size_t{1} : std::size_t{0}};
    stream.policy.cases = 1790;
    stream.policy.accepted = 400;
    stream.policy.accepted_failures = 20 - s;
    replay.streams.push_back(stream);
  }
  replay.streams[3].name = "</script><b onclick=\"alert('x')\">&amp;\u2028`\x1b[31m";
  replay.streams[13] = {.name = "(missing)", .missing = true, .cases = 40, .warm = 40};
  for (auto& mode : replay.modes) mode.stream = 0;
  replay.regimes[0].stream = 0;
  replay.regimes[1].stream = 0;
  replay.regimes[2].stream = 1;
  for (auto& bin : replay.bins) bin.mode_activity.clear();
  replay.corrections.clear();
  return replay;
}

replay::Replay hostile_replay() {
  replay::Replay replay = example_replay();
  const std::string markup = "</script><b onclick=\"alert('x')\">&amp;\u2028`";
  const std::string control = "two\nlines\x1b[31m\xff\u202Ereversed \"quoted\" 'text'";
  replay.files = {markup};
  replay.delay = {.steps = 0, .micros = {}, .column = markup};
  replay.scores[2].name = markup;
  replay.scores[3].name = control;
  replay.scores[4].name = std::string(200, 'x') + "東京";
  replay.scores[0].areas.augrc = std::numeric_limits<double>::quiet_NaN();
  replay.scores[5].bands->ratio_to_reference = {.low = std::numeric_limits<double>::quiet_NaN(),
                                                .high = std::numeric_limits<double>::infinity()};
  replay.modes[0].words = markup;
  replay.modes[0].rule = {{.feature = control, .value = markup}};
  replay.modes[1].words = std::string(300, 'y');
  replay.modes[1].mode.confidence = std::numeric_limits<double>::quiet_NaN();
  replay.experts[0].name = markup;
  replay.experts[1].name = control;
  replay.corrections[1].words = markup;
  replay.corrections[2].better = control;
  replay.warnings = {control, markup};
  return replay;
}

}  // namespace errata::report
