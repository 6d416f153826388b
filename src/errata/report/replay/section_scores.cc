#include <fmt/format.h>

#include <cmath>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/vega_lite.h"
#include "errata/report/replay/advice.h"
#include "errata/report/replay/sections.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

/// A cell with an interval, empty without one; it leaves a narrow screen first where `css` says so.
std::string interval_cell(const std::optional<stats::RateInterval>& interval, bool percent, std::string_view css) {
  double low = std::nan("");
  std::string text;
  if (interval && std::isfinite(interval->low) && std::isfinite(interval->high)) {
    const auto end = [&](double value) { return percent ? percent_text(value) : aurc_text(value); };
    low = interval->low;
    text = fmt::format("{} to {}", end(interval->low), end(interval->high));
  }
  return number_cell("95% interval", low, text, css);
}

std::string score_name_html(const replay::ScoreResult& score) {
  return fmt::format("<span class=\"name\">{}</span>", escape_html(plain_text(score.name)));
}

std::string score_row(const replay::Replay& replay, const replay::ScoreResult& score) {
  const stats::RiskCoverageAreas& areas = score.areas;
  std::optional<stats::RateInterval> aurc;
  std::string ratio = "–";
  double middle = std::nan("");
  if (score.bands) {
    aurc = score.bands->aurc;
    const stats::RateInterval& band = score.bands->ratio_to_reference;
    if (std::isfinite(band.low) && std::isfinite(band.high)) {
      middle = (band.low + band.high) / 2;
      ratio = band.low == band.high ? number_text(band.low, 3) : fmt::format("{:.3f} to {:.3f}", band.low, band.high);
    }
  }
  const char* note = &score == best_baseline(replay) ? " <span class=\"soft\">best baseline</span>"
                     : score.name == kOracle         ? " <span class=\"soft\">knows every failure</span>"
                                                     : "";
  return fmt::format("<tr{}><td class=\"where short\">{}{}</td>", score.name == kErrata ? " class=\"own\"" : "",
                     score_name_html(score), note) +
         number_cell("AURC", areas.aurc, aurc_text(areas.aurc)) + interval_cell(aurc, false, " soft") +
         number_cell("× errata", middle, ratio) + number_cell("AUGRC", areas.augrc, aurc_text(areas.augrc)) +
         number_cell("E-AURC", areas.excess_aurc, aurc_text(areas.excess_aurc), " wide-only") + "</tr>\n";
}

std::string score_table(const replay::Replay& replay) {
  std::string html =
      "<div class=\"scroll\"><table id=\"score-table\" class=\"sortable cards\"><thead><tr><th>Score</th>"
      "<th class=\"number\" data-first=\"ascending\">AURC</th>"
      "<th class=\"number\" data-first=\"ascending\">95% interval</th>"
      "<th class=\"number\" data-first=\"ascending\">× errata</th>"
      "<th class=\"number\" data-first=\"ascending\">AUGRC</th>"
      "<th class=\"number wide-only\" data-first=\"ascending\">E-AURC</th></tr></thead><tbody>\n";
  for (const replay::ScoreResult& score : replay.scores) html += score_row(replay, score);
  return html +
         "</tbody></table></div>\n<p class=\"caption\">Areas under the risk–coverage curve; lower is better. × "
         "errata: AURC as a multiple of that of errata, 95% interval. E-AURC: above the least AURC there "
         "is.</p>\n";
}

std::string error_cell(const replay::ScoreResult* score, std::size_t i) {
  if (score == nullptr) return number_cell("", std::nan(""), "–");
  return number_cell(escape_html(plain_text(score->name, 24)), score->error_at_coverage[i],
                     percent_text(score->error_at_coverage[i]));
}

std::string error_and_interval(const replay::ScoreResult* score, std::size_t i) {
  std::optional<stats::RateInterval> band;
  if (score != nullptr && score->bands && i < score->bands->error_at_coverage.size()) {
    band = score->bands->error_at_coverage[i];
  }
  return error_cell(score, i) + interval_cell(band, true, " soft wide-only");
}

std::string online_cells(const replay::Replay& replay, std::size_t i) {
  if (i >= replay.online.size())
    return "<td class=\"number\">–</td><td class=\"number\">–</td><td class=\"number\">–</td>";
  const replay::OnlineCoverage& online = replay.online[i];
  const bool off = !(std::abs(online.coverage - online.target) <= 0.01);
  return number_cell("accepted online", online.coverage, percent_text(online.coverage), off ? " first off" : " first") +
         number_cell("fail online", online.error, percent_text(online.error)) +
         number_cell("in hindsight", online.hindsight_error, percent_text(online.hindsight_error));
}

std::string coverage_table(const replay::Replay& replay) {
  const replay::ScoreResult* errata = score_named(replay, kErrata);
  const replay::ScoreResult* best = best_baseline(replay);
  const replay::ScoreResult* oracle = score_named(replay, kOracle);
  std::string html = fmt::format(
      "<h3>Failure rate of the accepted cases at each coverage, in hindsight and online</h3><div class=\"scroll\">"
      "<table id=\"coverage-table\" class=\"cards dense\"><thead><tr><th>Coverage</th><th class=\"number\">Errata</th>"
      "<th class=\"number wide-only\">95% interval</th><th class=\"number\">{}</th>"
      "<th class=\"number wide-only\">95% interval</th><th class=\"number\">Oracle</th>"
      "<th class=\"number first\">Online: accepted</th><th class=\"number\">Online: fail</th>"
      "<th class=\"number\">The same in hindsight</th></tr></thead><tbody>\n",
      best == nullptr ? std::string("Best baseline") : escape_html(plain_text(best->name, 24)));
  for (std::size_t i = 0; i < replay::kCoverages; ++i) {
    html += fmt::format("<tr><td class=\"where short\">{}</td>{}{}{}{}</tr>\n", level_text(replay::coverage_at(i)),
                        error_and_interval(errata, i), error_and_interval(best, i), error_cell(oracle, i),
                        online_cells(replay, i));
  }
  return html +
         "</tbody></table></div>\n<p class=\"caption\">Thresholds in hindsight, but for the two online columns: "
         "thresholds from past scores alone, aimed at this coverage. The same in hindsight: what the best threshold "
         "for "
         "just the coverage that was realised would have given. Intervals: block bootstrap.</p>\n";
}

std::string all_scores_table(const replay::Replay& replay) {
  std::string html =
      "<details><summary>Every score at every coverage</summary><div class=\"scroll\"><table "
      "class=\"dense\"><thead><tr>"
      "<th>Coverage</th>";
  for (const replay::ScoreResult& score : replay.scores) {
    html += fmt::format("<th class=\"number\">{}</th>", escape_html(plain_text(score.name, 24)));
  }
  html += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < replay::kCoverages; ++i) {
    html += fmt::format("<tr><td>{}</td>", level_text(replay::coverage_at(i)));
    for (const replay::ScoreResult& score : replay.scores) html += error_cell(&score, i);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div></details>\n";
}

std::string decision_row(std::string_view name, std::uint64_t cases, std::uint64_t failures, std::uint64_t all) {
  return fmt::format("<tr><td class=\"where\">{}</td>", name) +
         number_cell("cases", static_cast<double>(cases), count_text(cases)) +
         number_cell("of all", rate_of(cases, all), percent_text(rate_of(cases, all))) +
         number_cell("failures", static_cast<double>(failures), count_text(failures)) +
         number_cell("fail", rate_of(failures, cases), percent_text(rate_of(failures, cases))) + "</tr>\n";
}

}  // namespace

std::string scores_section(const replay::Replay& replay, const std::vector<Chart>& charts) {
  return fmt::format("<section id=\"scores\"><h2>Does it know when the model fails?</h2>\n<p>{}</p>\n{}",
                     marked_up(comparison_words(replay)), charts_html(charts, "scores")) +
         score_table(replay) + coverage_table(replay) + all_scores_table(replay) + "</section>\n";
}

std::string policy_section(const replay::Replay& replay, const std::vector<Chart>& charts) {
  const replay::PolicyResult& policy = replay.policy;
  std::string html = fmt::format("<section id=\"policy\"><h2>What the policy did</h2>\n<p>Told to {}. {}</p>\n",
                                 escape_html(target_words(policy.options)), escape_html(policy_words(policy)));
  html += fmt::format("<p><strong>Guarantee.</strong> {}</p>\n", escape_html(guarantee_words(replay)));
  return html +
         "<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Decision</th><th class=\"number\">Cases</th><th "
         "class=\"number\">Of all</th><th class=\"number\">Failures</th><th class=\"number\">Fail</th></tr></thead>"
         "<tbody>\n" +
         decision_row("accepted", policy.accepted, policy.accepted_failures, policy.cases) +
         decision_row("deferred", policy.deferred, policy.deferred_failures, policy.cases) +
         decision_row("no answer (abstained)", policy.abstained, policy.abstained_failures, policy.cases) +
         "</tbody></table></div>\n" + charts_html(charts, "policy") + "</section>\n";
}

std::string risk_section(const replay::Replay& replay, const std::vector<Chart>& charts) {
  return fmt::format(
      "<section id=\"risk\"><h2>Can its risk be believed?</h2>\n<p>{}</p>\n<div class=\"pair\">{}</div>\n"
      "</section>\n",
      escape_html(calibration_words(replay)), charts_html(charts, "risk"));
}

}  // namespace errata::report
