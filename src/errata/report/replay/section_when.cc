#include <fmt/format.h>

#include <cmath>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/replay/sections.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

constexpr std::size_t kExampleRows = 8;
constexpr std::size_t kRegimesShown = 12;

std::string_view change_words(memory::RegimeChange change) {
  switch (change) {
    case memory::RegimeChange::began: return "began";
    case memory::RegimeChange::changed: return "changed level";
    case memory::RegimeChange::ended: return "ended";
    case memory::RegimeChange::usual: return "became the usual level";
  }
  ERRATA_CHECK(false);
  return {};
}

std::string changes_html(const replay::Replay& replay, const replay::Regime& regime) {
  if (regime.changes.empty()) return {};
  std::string html = fmt::format("<details><summary>{}</summary>",
                                 counted(regime.changes.size(), "change of level", "changes of level"));
  for (const memory::RegimeEvent& event : regime.changes) {
    const auto failures = static_cast<std::uint64_t>(std::llround(event.rate * static_cast<double>(event.cases)));
    html += fmt::format("<div class=\"soft\">{} {}, told by {} failures in {}; {} before</div>",
                        change_words(event.change), escape_html(moment_text(replay, event.onset)), count_text(failures),
                        counted(event.cases, "case", "cases"), percent_text(event.rate_before));
  }
  return html + "</details>";
}

std::string regime_row(const replay::Replay& replay, const replay::Regime& regime) {
  const auto time_cell = [&](std::string_view label, std::int64_t time, std::string_view css = "") {
    return number_cell(label, static_cast<double>(time), moment_text(replay, time), css);
  };
  return fmt::format("<tr class=\"failing\"><td class=\"where short\">{}{}</td>",
                     escape_html(place_name(replay, regime)), changes_html(replay, regime)) +
         time_cell("from", regime.onset) + time_cell("known", regime.known, " wide-only") +
         (regime.ended ? time_cell("to", *regime.ended) : number_cell("to", HUGE_VAL, "still on", " rate")) +
         number_cell("before", regime.rate_before, percent_text(regime.rate_before)) +
         number_cell("fail", regime_rate(regime), percent_text(regime_rate(regime)), " rate") +
         number_cell("failures", static_cast<double>(regime.failures),
                     fmt::format("{} of {}", count_text(regime.failures), count_text(regime.cases))) +
         "</tr>\n";
}

std::string regime_table(const replay::Replay& replay, std::string_view id, const std::vector<std::size_t>& shown) {
  std::string html = fmt::format(
      "<div class=\"scroll\"><table id=\"{}\" class=\"sortable cards\"><thead><tr><th>Where</th>"
      "<th class=\"number\" data-first=\"ascending\">From</th>"
      "<th class=\"number wide-only\" data-first=\"ascending\">Known</th>"
      "<th class=\"number\" data-first=\"ascending\">To</th><th class=\"number\">Before</th>"
      "<th class=\"number\">Fail</th><th class=\"number\">Failures</th></tr></thead><tbody>\n",
      id);
  for (const std::size_t i : shown) html += regime_row(replay, replay.regimes[i]);
  return html + "</tbody></table></div>\n";
}

/// The regimes that cost most; all of them behind a click where there are many.
std::string regime_tables(const replay::Replay& replay) {
  const std::vector<std::size_t> shown = largest_regimes(replay, kRegimesShown);
  const bool all = shown.size() == replay.regimes.size();
  std::string html = fmt::format(
      "<h3>{}</h3>", all ? std::string("Regimes") : fmt::format("The {} regimes with the most failures", shown.size()));
  html += regime_table(replay, "regime-table", shown) +
          "<p class=\"caption\">From: estimated start. Known: when the outcome arrived that told it. Before: the usual "
          "failure rate. Failures: of the cases of the log in the regime.</p>\n";
  if (!all) {
    html += fmt::format("<details><summary>All {} regimes</summary>{}</details>\n", count_text(replay.regimes.size()),
                        regime_table(replay, "all-regimes", largest_regimes(replay, replay.regimes.size())));
  }
  return html;
}

std::string mode_details(const replay::Replay& replay, const replay::ModeResult& result) {
  const memory::Mode& mode = result.mode;
  std::string rows;
  for (std::size_t i = 0; i < std::min(result.example_rows.size(), kExampleRows); ++i) {
    rows += fmt::format("{}{}", i > 0 ? ", " : "", count_text(result.example_rows[i]));
  }
  return fmt::format(
      "<details><summary>When, how many, examples</summary><div class=\"inside\"><dl class=\"facts\">{}{}{}{}{}{}</dl>"
      "</div></details>",
      fact("Failures seen", fmt::format("{} to {}", escape_html(moment_text(replay, mode.first_seen)),
                                        escape_html(moment_text(replay, mode.last_seen)))),
      fact("Known since", escape_html(moment_text(replay, mode.born))),
      fact("Confident failures that made it", count_text(mode.failures)),
      fact("Their mean confidence", number_text(mode.confidence, 2)), fact("Spread", number_text(mode.spread, 3)),
      fact("Example rows", rows));
}

std::string mode_row(const replay::Replay& replay, const replay::ModeResult& result) {
  const memory::Mode& mode = result.mode;
  const bool raised = !result.retired && near_rate(mode) > rate_of(replay.failures, known_cases(replay));
  return fmt::format("<tr{}>", raised ? " class=\"failing\"" : "") +
         number_cell("mode", mode.id, fmt::format("{}", mode.id)) +
         fmt::format("<td class=\"where\">{}{}{}{}{}</td>", marked_up(plain_text(result.words, kLongText)),
                     result.stream == replay::kNoStream ? std::string()
                                                        : fmt::format(" <span class=\"soft\">({})</span>",
                                                                      escape_html(stream_name(replay, result.stream))),
                     result.retired ? " <span class=\"soft\">(retired)</span>" : "",
                     result.rule.empty() ? std::string()
                                         : fmt::format("<div class=\"soft\">Rule: {}</div>",
                                                       marked_up(plain_text(words_of(result.rule), kLongText))),
                     mode_details(replay, result)) +
         number_cell("near it", static_cast<double>(mode.near.trials), count_text(mode.near.trials)) +
         number_cell("failed", static_cast<double>(mode.near.failures), count_text(mode.near.failures)) +
         number_cell("fail", near_rate(mode), percent_text(near_rate(mode)), " rate") +
         number_cell("activity", mode.activity, activity_text(mode.activity)) + "</tr>\n";
}

}  // namespace

std::string replay_time_section(const replay::Replay& replay, const std::vector<Chart>& charts) {
  std::string html = fmt::format("<section id=\"time\"><h2>When it fails</h2>\n<p>{}</p>\n{}",
                                 escape_html(regimes_words(replay)), charts_html(charts, "time"));
  if (!replay.regimes.empty()) html += regime_tables(replay);
  return html + "</section>\n";
}

std::string modes_section(const replay::Replay& replay, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"modes\"><h2>How it fails: failure modes</h2>\n";
  if (replay.modes.empty()) {
    return html + "<p>" + no_modes_words(replay) + "</p>\n</section>\n";
  }
  html += fmt::format("<p>{}</p>\n", modes_words()) + charts_html(charts, "modes") +
          "<div class=\"scroll\"><table id=\"mode-table\" class=\"sortable cards\"><thead><tr><th class=\"number\" "
          "data-first=\"ascending\">Mode</th><th>What sets it apart</th><th class=\"number\">Near it</th><th "
          "class=\"number\">Failed</th><th class=\"number\">Fail</th><th class=\"number\">Activity</th></tr>"
          "</thead><tbody>\n";
  for (const std::size_t i : modes_by_size(replay)) html += mode_row(replay, replay.modes[i]);
  return html + "</tbody></table></div>\n</section>\n";
}

}  // namespace errata::report
