// As with an analysis, the order is the order of importance, every section ends before it fills a screen, and what is
// left out is counted.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/terminal_text.h"
#include "errata/report/replay/advice.h"
#include "errata/report/replay/terminal.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

constexpr std::size_t kScores = 12;
constexpr std::size_t kModes = 8;
constexpr std::size_t kRegimes = 8;
constexpr std::size_t kStreams = 10;
constexpr std::size_t kCorrections = 10;
constexpr std::size_t kExperts = 6;
constexpr std::size_t kNameWidth = 16;
/// Positions in replay::kCoverages of the coverages that a terminal has room for: 10, 20, 40, 60 and 80%.
constexpr std::array<std::size_t, 5> kShown{1, 3, 7, 11, 15};

void write_log(const replay::Replay& replay, TerminalText& out) {
  out.paragraph(file_words(replay), Ink::bold);
  out.paragraph(streamed_words(replay));
  out.blank();
  const bool kept = keeps_target(replay.policy);
  out.paragraph(headline_words(replay) + ".", kept ? Ink::bold : Ink::alert);
}

void write_policy(const replay::Replay& replay, TerminalText& out) {
  if (replay.policy.cases == 0) return;
  out.heading("What the policy did");
  out.paragraph(fmt::format("Told to {}.", target_words(replay.policy.options)));
  out.paragraph(policy_words(replay.policy), keeps_target(replay.policy) ? Ink::plain : Ink::alert);
  out.paragraph("Guarantee: " + guarantee_words(replay), Ink::soft);
}

std::string ratio_text(const replay::ScoreResult& score) {
  if (!score.bands) return "";
  const stats::RateInterval& ratio = score.bands->ratio_to_reference;
  if (!(std::isfinite(ratio.low) && std::isfinite(ratio.high))) return "–";
  return ratio.low == ratio.high ? number_text(ratio.low, 3) : fmt::format("{:.2f}–{:.2f}", ratio.low, ratio.high);
}

TerminalText::Row score_row(const replay::ScoreResult& score, Ink ink, bool with_ratio) {
  TerminalText::Row row{.cells = {{.text = plain_text(score.name, kNameWidth), .ink = ink},
                                  {.text = aurc_text(score.areas.aurc), .ink = ink}},
                        .notes = {}};
  if (with_ratio) row.cells.push_back({.text = ratio_text(score)});
  for (const std::size_t i : kShown) row.cells.push_back({.text = percent_text(score.error_at_coverage[i])});
  return row;
}

void write_scores(const replay::Replay& replay, std::size_t width, TerminalText& out) {
  if (replay.scores.empty()) return;
  const bool with_ratio = width >= kWholeWidth;
  out.heading("How well it knows when the model fails");
  out.paragraph(comparison_words(replay));
  out.paragraph(fmt::format("Failure rate among the safest 10 to 80% of the cases by each score, thresholds set in "
                            "hindsight{}.",
                            with_ratio ? "; AURC also as a multiple of that of errata (95% interval)" : ""),
                Ink::soft);
  out.blank();
  const replay::ScoreResult* best = best_baseline(replay);
  std::vector<TerminalText::Row> rows;
  for (const replay::ScoreResult& score : replay.scores) {
    if (rows.size() == kScores) break;
    const Ink ink = score.name == kErrata   ? Ink::good
                    : score.name == kOracle ? Ink::soft
                    : best == &score        ? Ink::bold
                                            : Ink::plain;
    rows.push_back(score_row(score, ink, with_ratio));
  }
  std::vector<TableColumn> columns{{.title = "score", .align = Align::left}, {.title = "AURC"}};
  if (with_ratio) columns.push_back({.title = "× errata"});
  for (const std::size_t i : kShown) columns.push_back({.title = level_text(replay::coverage_at(i))});
  out.table(columns, rows);
  out.more(rows.size(), replay.scores.size());
}

void write_online(const replay::Replay& replay, TerminalText& out) {
  if (replay.online.empty()) return;
  out.blank();
  out.paragraph("With thresholds set from the past alone, as a live system has to:");
  std::vector<TerminalText::Row> rows;
  for (const std::size_t i : kShown) {
    if (i >= replay.online.size()) continue;
    const replay::OnlineCoverage& online = replay.online[i];
    rows.push_back({.cells = {{.text = level_text(online.target)},
                              {.text = percent_text(online.coverage)},
                              {.text = percent_text(online.error)},
                              {.text = percent_text(online.hindsight_error)}},
                    .notes = {}});
  }
  out.table({{.title = "target"}, {.title = "accepted"}, {.title = "of these fail"}, {.title = "in hindsight"}}, rows);
}

void write_streams(const replay::Replay& replay, std::size_t width, TerminalText& out) {
  if (replay.streams.empty()) return;
  out.heading("Streams");
  out.paragraph(streams_words(replay));
  out.blank();
  std::vector<TerminalText::Row> rows;
  for (const replay::StreamResult& stream : replay.streams) {
    if (rows.size() == kStreams) break;
    const std::uint64_t known = stream.evaluated - stream.without_outcome;
    TerminalText::Row row{
        .cells = {{.text = plain_text(stream.name, kLongLine)},
                  {.text = count_text(stream.evaluated)},
                  {.text = percent_text(rate_of(stream.failures, known))},
                  {.text = percent_text(rate_of(stream.policy.accepted, stream.policy.cases))},
                  {.text = percent_text(rate_of(stream.policy.accepted_failures, stream.policy.accepted))},
                  {.text = count_text(stream.regimes_on), .ink = stream.regimes_on > 0 ? Ink::alert : Ink::plain}},
        .notes = {}};
    if (width >= kWholeWidth) row.cells.push_back({.text = count_text(stream.modes)});
    rows.push_back(std::move(row));
  }
  std::vector<TableColumn> columns{{.title = "stream", .align = Align::left, .wraps = true},
                                   {.title = "cases"},
                                   {.title = "fail"},
                                   {.title = "accepted"},
                                   {.title = "of these fail"},
                                   {.title = width >= kWholeWidth ? "regimes on" : "regimes"}};
  if (width >= kWholeWidth) columns.push_back({.title = "modes"});
  out.table(columns, rows);
  out.more(rows.size(), replay.streams.size());
}

void write_modes(const replay::Replay& replay, TerminalText& out) {
  out.heading("Failure modes");
  if (replay.modes.empty()) {
    out.paragraph(no_modes_words(replay));
    return;
  }
  out.paragraph(modes_words(), Ink::soft);
  out.blank();
  std::vector<TerminalText::Row> rows;
  for (const std::size_t i : modes_by_size(replay)) {
    if (rows.size() == kModes) break;
    const replay::ModeResult& result = replay.modes[i];
    const memory::Mode& mode = result.mode;
    TerminalText::Row row{
        .cells = {{.text = fmt::format("{}", mode.id)},
                  {.text = (result.stream == replay::kNoStream ? std::string()
                                                               : stream_name(replay, result.stream) + ": ") +
                           plain_text(result.words, kLongLine)},
                  {.text = count_text(mode.near.trials)},
                  {.text = count_text(mode.near.failures)},
                  {.text = percent_text(near_rate(mode))},
                  {.text = result.retired ? "retired" : activity_text(mode.activity),
                   .ink = result.retired ? Ink::soft : Ink::plain}},
        .notes = {}};
    if (!result.rule.empty()) row.notes.push_back(plain_text(words_of(result.rule), kLongLine));
    rows.push_back(std::move(row));
  }
  out.table({{.title = "mode"},
             {.title = "what sets it apart", .align = Align::left, .wraps = true},
             {.title = "near it"},
             {.title = "failed"},
             {.title = "fail"},
             {.title = "activity"}},
            rows);
  out.more(rows.size(), replay.modes.size());
}

void write_regimes(const replay::Replay& replay, std::size_t width, TerminalText& out) {
  out.heading("Regimes");
  out.paragraph(regimes_words(replay));
  if (replay.regimes.empty()) return;
  std::vector<TerminalText::Row> rows;
  const std::vector<std::size_t> shown = largest_regimes(replay, kRegimes);
  for (const std::size_t i : shown) {
    const replay::Regime& regime = replay.regimes[i];
    rows.push_back({.cells = {{.text = place_name(replay, regime)},
                              {.text = moment_text(replay, regime.onset)},
                              {.text = regime.ended ? moment_text(replay, *regime.ended) : "still on",
                               .ink = regime.ended ? Ink::plain : Ink::alert},
                              {.text = percent_text(regime.rate_before)},
                              {.text = percent_text(regime_rate(regime)), .ink = Ink::alert}},
                    .notes = {}});
    if (width < kWholeWidth) continue;
    rows.back().cells.push_back({.text = count_text(regime.cases)});
    rows.back().cells.push_back({.text = count_text(regime.failures)});
  }
  std::vector<TableColumn> columns{{.title = "where", .align = Align::left, .wraps = !replay.streams.empty()},
                                   {.title = "from", .align = Align::left},
                                   {.title = "to", .align = Align::left},
                                   {.title = "before"},
                                   {.title = "fail"}};
  if (width >= kWholeWidth) {
    columns.push_back({.title = "cases"});
    columns.push_back({.title = "failures"});
  }
  out.table(columns, rows);
  out.more(shown.size(), replay.regimes.size());
}

void write_risk(const replay::Replay& replay, TerminalText& out) {
  const std::string words = calibration_words(replay);
  if (words.empty() && replay.experts.empty()) return;
  out.heading("The risk");
  if (!words.empty()) out.paragraph(words);
  if (replay.experts.empty()) return;
  std::vector<replay::ExpertShare> experts = replay.experts;
  std::ranges::stable_sort(experts, std::ranges::greater{}, &replay::ExpertShare::weight);
  std::string list;
  const std::size_t shown = std::min(experts.size(), kExperts);
  for (std::size_t i = 0; i < shown; ++i) {
    list += fmt::format("{}{} {}", i > 0 ? ", " : "", plain_text(experts[i].name, kNameWidth),
                        percent_text(experts[i].weight));
  }
  if (shown < experts.size()) list += fmt::format(" and {} more", experts.size() - shown);
  out.paragraph(fmt::format("Mixed from {}.", list), Ink::soft);
}

Ink verdict_ink(replay::Verdict verdict) {
  switch (verdict) {
    case replay::Verdict::correctable: return Ink::good;
    case replay::Verdict::irreducible: return Ink::alert;
    case replay::Verdict::unknown: return Ink::soft;
  }
  ERRATA_CHECK(false);
  return Ink::plain;
}

void write_corrections(const replay::Replay& replay, std::size_t width, TerminalText& out) {
  if (replay.corrections.empty()) return;
  out.heading("Can failures be corrected?");
  out.paragraph(corrections_words(replay));
  out.blank();
  std::vector<TerminalText::Row> rows;
  for (const replay::CorrectionResult& result : replay.corrections) {
    if (rows.size() == kCorrections) break;
    const bool harm = result.verdict == replay::Verdict::irreducible;
    rows.push_back(
        {.cells = {{.text = plain_text(result.words, 40)},
                   {.text = count_text(result.cases)},
                   {.text = percent_text(result.error)},
                   {.text = percent_text(result.flipped_error)},
                   {.text = percent_text(result.specialist_error)},
                   {.text = std::string(replay::name_of(result.verdict)), .ink = verdict_ink(result.verdict)}},
         .notes = {}});
    if (width >= kWholeWidth) {
      rows.back().cells.push_back({.text = p_text(std::log(harm ? result.harm_p_value : result.p_value))});
    }
  }
  std::vector<TableColumn> columns{{.title = "where", .align = Align::left, .wraps = true},
                                   {.title = "cases"},
                                   {.title = "fail"},
                                   {.title = "flipped"},
                                   {.title = "specialist"},
                                   {.title = "verdict", .align = Align::left}};
  if (width >= kWholeWidth) columns.push_back({.title = "p"});
  out.table(columns, rows);
  out.more(rows.size(), replay.corrections.size());
}

}  // namespace

std::string replay_terminal(const replay::Replay& replay, const TerminalOptions& options) {
  TerminalText out(options);
  const std::size_t width = out.width();
  write_log(replay, out);
  write_policy(replay, out);
  write_scores(replay, width, out);
  write_online(replay, out);
  write_streams(replay, width, out);
  write_modes(replay, out);
  write_regimes(replay, width, out);
  write_risk(replay, out);
  write_corrections(replay, width, out);
  out.lines("What to do", replay_advice(replay));
  out.lines(counted(replay.warnings.size(), "warning", "warnings"), replay.warnings);
  return out.take();
}

}  // namespace errata::report
