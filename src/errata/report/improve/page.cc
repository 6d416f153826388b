#include "errata/report/improve/page.h"

#include <fmt/format.h>

#include "errata/report/improve/charts.h"
#include "errata/report/improve/json.h"
#include "errata/report/improve/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/shell.h"

namespace errata::report {
namespace {

using improve::Evaluation;
using improve::Improvement;
using improve::Round;

std::string head_html(const Improvement& made) {
  const Evaluation& last = made.rounds.empty() ? made.start_held_out : made.rounds.back().held_out;
  const stats::PairedCounts pairs = made.rounds.empty() ? stats::PairedCounts{} : made.rounds.back().pairs;
  return fmt::format("<header><p class=\"source\">{}</p><h1>{}</h1>\n", escape_html(improve_subject(made)),
                     escape_html(improve_headline(made))) +
         "<dl class=\"tiles\">" +
         tile_html("Held out, start", accuracy_text(improve::accuracy(made.start_held_out)),
                   "mean accuracy over skills") +
         tile_html("Held out, now", accuracy_text(improve::accuracy(last)), "mean accuracy over skills") +
         tile_html("Fixed", count_text(pairs.only_first), "wrong at the start, right now") +
         tile_html("Broken", count_text(pairs.only_second), "right at the start, wrong now",
                   pairs.only_second > pairs.only_first) +
         "</dl>\n</header>\n";
}

std::string skill_rows(const Improvement& made, const std::string& name, const Evaluation& held_out,
                       std::string_view verdict) {
  std::string html;
  for (std::size_t skill = 0; skill < made.skills.size(); ++skill) {
    const auto& count = held_out[skill];
    html += fmt::format("<tr><td class=\"where short\">{}</td><td data-label=\"skill\">{}</td>", name,
                        escape_html(plain_text(made.skills[skill]))) +
            number_cell("accuracy", improve::accuracy(count), accuracy_text(improve::accuracy(count))) +
            number_cell("wrong", static_cast<double>(count.failures), count_text(count.failures)) +
            number_cell("of", static_cast<double>(count.trials), count_text(count.trials)) +
            fmt::format("<td data-label=\"95% interval of wrong\">{}</td><td data-label=\"round\">{}</td></tr>\n",
                        interval_text(interval_of(count.failures, count.trials)), verdict);
  }
  return html;
}

std::string held_out_section(const Improvement& made, const std::vector<Chart>& charts) {
  std::string html = fmt::format(
      "<section id=\"held-out\"><h2>Held-out questions</h2>\n<p>Nothing was trained on them or chosen by them. "
      "{}</p>\n",
      escape_html(change_words(made)));
  html +=
      "<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>After</th><th>Skill</th><th "
      "class=\"number\">Accuracy"
      "</th><th class=\"number\">Wrong</th><th class=\"number\">Of</th><th>95% interval of wrong</th><th>Round</th>"
      "</tr></thead><tbody>\n";
  html += skill_rows(made, "start", made.start_held_out, "–");
  for (const Round& round : made.rounds)
    html += skill_rows(made, fmt::format("round {}", round.number), round.held_out, verdict_words(round.verdict));
  return html + "</tbody></table></div>\n<div class=\"small\">" + charts_html(charts, "held-out") +
         "</div>\n</section>\n";
}

std::string rounds_section(const Improvement& made, const std::vector<Chart>& charts) {
  std::string html =
      "<section id=\"rounds\"><h2>Rounds</h2>\n<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Round</th>"
      "<th class=\"number\">Asked</th><th class=\"number\">Wrong</th><th class=\"number\">Doubtful</th><th "
      "class=\"number\">Remembered</th><th class=\"number\">Variants</th><th class=\"number\">Replayed</th><th "
      "class=\"number\">AUROC</th><th class=\"number\">Development</th></tr></thead><tbody>\n";
  for (const Round& round : made.rounds) {
    stats::FailureCount asked;
    for (const auto& skill : round.asked) {
      asked.failures += skill.failures;
      asked.trials += skill.trials;
    }
    const auto count = [](std::string_view label, std::uint64_t value) {
      return number_cell(label, static_cast<double>(value), count_text(value));
    };
    const double development = improve::accuracy(round.development);
    html += fmt::format("<tr><td class=\"where short\">{}</td>", round.number) + count("asked", asked.trials) +
            count("wrong", asked.failures) + count("doubtful", round.doubtful) + count("remembered", round.remembered) +
            count("variants", round.variants) + count("replayed", round.replayed) +
            number_cell("AUROC", round.detection[improve::Signal::least].auroc,
                        accuracy_text(round.detection[improve::Signal::least].auroc)) +
            number_cell("development", development, accuracy_text(development)) + "</tr>\n";
  }
  return html + "</tbody></table></div>\n<div class=\"small\">" + charts_html(charts, "rounds") +
         "</div>\n</section>\n";
}

std::string how_section(const Improvement& made) {
  const auto& options = made.options;
  std::string html = "<section id=\"method\"><h2>How this was done</h2>\n<dl class=\"facts\">";
  html += fact("Learns from", options.source == improve::Source::failures
                                  ? "failures of all rounds so far, variants of them, and what was right (replay)"
                                  : "fresh questions: the control");
  html += fact("Questions", fmt::format("{} a round; {} a skill decide whether it is kept, {} a skill are held out",
                                        count_text(options.questions), count_text(options.development),
                                        count_text(options.held_out)));
  html +=
      fact("Adapter", fmt::format("rank {}, alpha {}, {} steps of {} examples, learning rate up to {}",
                                  options.lora.rank, number_text(options.lora.alpha), count_text(options.tuning.steps),
                                  count_text(options.batch), number_text(options.tuning.learning_rate)));
  html += fact("Seed", fmt::format("{}", options.seed));
  return html + "</dl></section>\n";
}

}  // namespace

std::string improve_page(const Improvement& made) {
  const std::vector<Chart> charts = improve_charts(made);
  return page_html(
      {.title = "Errata: a model that learns from its failures",
       .contents = {{.id = "held-out", .words = "Held-out questions"},
                    {.id = "rounds", .words = "Rounds"},
                    {.id = "method", .words = "How this was done"}},
       .main = head_html(made) + held_out_section(made, charts) + rounds_section(made, charts) + how_section(made),
       .charts = charts,
       .data_id = "improve",
       .data = improve_json(made, -1)});
}

}  // namespace errata::report
