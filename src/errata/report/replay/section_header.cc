#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/kit/html.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/replay/sections.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

std::string policy_tiles(const replay::PolicyResult& policy) {
  if (policy.cases == 0) return {};
  const selective::SelectivePolicyOptions& options = policy.options;
  const bool missed = !keeps_target(policy);
  return tile_html("Accepted", percent_text(rate_of(policy.accepted, policy.cases)),
                   options.coverage ? "target " + level_text(*options.coverage) : std::string(),
                   missed && options.coverage.has_value()) +
         tile_html("Accepted that fail", percent_text(rate_of(policy.accepted_failures, policy.accepted)),
                   options.risk ? "target at most " + level_text(*options.risk) : std::string(),
                   missed && options.risk.has_value());
}

std::string tiles_html(const replay::Replay& replay) {
  const std::uint64_t known = known_cases(replay);
  std::string html = "<dl class=\"tiles\">" + tile_html("Cases evaluated", count_text(replay.evaluated), "");
  if (known > 0) {
    const stats::RateInterval interval = interval_of(replay.failures, known);
    html += tile_html("Failure rate", percent_text(rate_of(replay.failures, known)),
                      fmt::format("{} to {}", percent_text(interval.low), percent_text(interval.high)));
  }
  html += policy_tiles(replay.policy);
  if (const replay::ScoreResult* errata = score_named(replay, kErrata)) {
    const replay::ScoreResult* best = best_baseline(replay);
    html += tile_html("AURC", aurc_text(errata->areas.aurc),
                      best == nullptr ? std::string() : "best baseline " + aurc_text(best->areas.aurc));
  }
  const auto open = std::ranges::count_if(replay.regimes, [](const replay::Regime& regime) { return !regime.ended; });
  html += tile_html("Regimes", count_text(replay.regimes.size()), open > 0 ? fmt::format("{} still on", open) : "",
                    open > 0);
  html += tile_html("Failure modes", count_text(replay.modes.size()), "");
  if (!replay.streams.empty()) html += tile_html("Streams", count_text(replay.streams.size()), "a memory each");
  return html + "</dl>\n";
}

}  // namespace

std::string replay_header_html(const replay::Replay& replay) {
  std::string html = fmt::format("<header><p class=\"source\">{}</p><h1>{}</h1><p class=\"lead\">{}</p>\n{}",
                                 escape_html(file_words(replay)), escape_html(headline_words(replay)),
                                 marked_up(streamed_words(replay)), tiles_html(replay));
  if (!replay.warnings.empty()) {
    html += "<ul class=\"warnings\" aria-label=\"Warnings\">";
    for (const std::string& warning : replay.warnings) {
      html += fmt::format("<li>{}</li>", marked_up(plain_text(warning, kLongText)));
    }
    html += "</ul>";
  }
  return html + "</header>\n";
}

std::string advice_section(const std::vector<std::string>& advice) {
  std::string html = "<section id=\"advice\"><h2>What to do</h2>\n<ul class=\"advice\">";
  for (const std::string& sentence : advice) {
    html += fmt::format("<li>{}</li>", marked_up(plain_text(sentence, kLongText)));
  }
  return html + "</ul></section>\n";
}

std::string replay_method_section(const replay::Replay& replay) {
  const selective::SelectivePolicyOptions& options = replay.policy.options;
  std::string html = "<section id=\"method\"><h2>How this was measured</h2>\n<dl class=\"facts\">";
  html += fact("Cases", fmt::format("{} read, {} for training, {} to warm up, {} evaluated, {} without an outcome",
                                    count_text(replay.rows), count_text(replay.trained), count_text(replay.warm),
                                    count_text(replay.evaluated), count_text(replay.without_outcome)));
  html += fact("Order", replay.has_time ? "by time; every risk and decision from what had arrived before"
                                        : "by row; every risk and decision from what had arrived before");
  html += fact("Delay", marked_up(delay_words(replay.delay)));
  if (replay.policy.cases > 0) {
    html += fact("Policy", escape_html(target_words(options)));
    const bool by_outcomes = options.risk && options.method != selective::RiskMethod::online;
    html += fact("Cold start", fmt::format("{} until {} are seen", escape_html(selective::word(options.cold_decision)),
                                           by_outcomes ? counted(options.cold_start, "outcome", "outcomes")
                                                       : counted(options.cold_start, "case", "cases")));
  }
  html += fact("Baselines",
               "thresholds set in hindsight, which no live system can do; online thresholds come from "
               "past scores alone");
  return html + "</dl></section>\n";
}

}  // namespace errata::report
