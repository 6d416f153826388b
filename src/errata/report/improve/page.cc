#include "errata/report/improve/page.h"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <utility>

#include "errata/report/improve/charts.h"
#include "errata/report/improve/json.h"
#include "errata/report/improve/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/shell.h"
#include "errata/report/kit/terminal_text.h"

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
         fmt::format("</dl>\n<p>{}</p></header>\n", escape_html(story_words(made)));
}

std::string skill_rows(const Improvement& made, const std::string& name, const Evaluation& held_out,
                       std::string_view verdict) {
  std::string html;
  for (std::size_t skill = 0; skill < made.skills.size(); ++skill) {
    const auto& count = held_out[skill];
    const double retained = improve::accuracy(count) / improve::accuracy(made.start_held_out[skill]);
    html += fmt::format("<tr><td class=\"where short\">{}</td><td data-label=\"skill\">{}</td>", name,
                        escape_html(plain_text(made.skills[skill]))) +
            number_cell("accuracy", improve::accuracy(count), accuracy_text(improve::accuracy(count))) +
            number_cell("of its start", retained, accuracy_text(retained)) +
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
      "</th><th class=\"number\">Of its start</th><th class=\"number\">Wrong</th><th class=\"number\">Of</th><th>95% "
      "interval of wrong</th><th>Round</th>"
      "</tr></thead><tbody>\n";
  html += skill_rows(made, "start", made.start_held_out, "–");
  for (const Round& round : made.rounds)
    html += skill_rows(made, fmt::format("round {}", round.number), round.held_out, verdict_words(round.verdict));
  return html + "</tbody></table></div>\n<div class=\"small\">" + charts_html(charts, "held-out") +
         "</div>\n</section>\n";
}

/// A row of texts under their labels; the first stands out.
std::string text_row(std::initializer_list<std::pair<std::string_view, std::string>> cells) {
  std::string html = "<tr>";
  bool first = true;
  for (const auto& [label, text] : cells) {
    html += first ? fmt::format("<td class=\"where\">{}</td>", escape_html(plain_text(text, kLongLine)))
                  : fmt::format("<td data-label=\"{}\"><span class=\"name\">{}</span></td>", label,
                                escape_html(plain_text(text, kLongLine)));
    first = false;
  }
  return html + "</tr>\n";
}

std::string examples_section(const Improvement& made) {
  if (made.rounds.empty() || made.rounds.back().examples.empty()) return {};
  std::string html = fmt::format(
      "<section id=\"examples\"><h2>Answers that changed</h2>\n<p>Held-out questions, before the first round and "
      "now. {}</p>\n",
      escape_html(made.note));
  for (const bool fixed : {true, false}) {
    std::string rows;
    for (const improve::Example& one : made.rounds.back().examples)
      if (one.fixed == fixed)
        rows += text_row({{"skill", one.skill},
                          {"question", one.prompt},
                          {"before", one.before},
                          {"now", one.after},
                          {"right", one.reference}});
    if (rows.empty()) continue;
    html += fmt::format(
        "<h3>{}</h3><div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Skill</th><th>Question</th>"
        "<th>Before</th><th>Now</th><th>Right</th></tr></thead><tbody>\n{}</tbody></table></div>\n",
        fixed ? "Fixed" : "Broken", rows);
  }
  return html + "</section>\n";
}

std::string modes_section(const Improvement& made, const std::vector<Chart>& charts) {
  if (made.modes.empty()) return {};
  std::string html =
      "<section id=\"modes\"><h2>What it gets wrong</h2>\n<p>All answers that were wrong or unsure, sorted into "
      "failure "
      "modes by what the model computed inside and what is known of the question. A mode is named by what three in "
      "four "
      "of its questions share. Numbers are failures of each round.</p>\n<div class=\"scroll\"><table "
      "class=\"cards\"><thead><tr><th>Questions share</th>";
  const std::size_t rounds = made.modes[0].failures.size();
  for (std::size_t r = 0; r < rounds; ++r) html += fmt::format("<th class=\"number\">Round {}</th>", r + 1);
  html += "<th>Kinds of error</th><th>For example</th></tr></thead><tbody>\n";
  for (const improve::FailureMode& mode : made.modes) {
    html += fmt::format("<tr><td class=\"where\">{}</td>", escape_html(plain_text(mode.name, kLongLine)));
    for (std::size_t r = 0; r < rounds; ++r)
      html += number_cell(fmt::format("round {}", r + 1), static_cast<double>(mode.failures[r]),
                          count_text(mode.failures[r]));
    std::string kinds;
    for (const std::string& kind : mode.kinds) kinds += (kinds.empty() ? "" : ", ") + plain_text(kind);
    html += fmt::format(
        "<td data-label=\"kinds of error\">{}</td><td data-label=\"for example\"><span class=\"name\">{} {}</span>, "
        "<span class=\"name\">{}</span></td></tr>\n",
        escape_html(kinds), escape_html(plain_text(mode.prompt)), escape_html(plain_text(mode.answer)),
        escape_html(correction_words(made, mode)));
  }
  html += "</tbody></table></div>\n";
  if (!std::isnan(made.mode_information))
    html += fmt::format(
        "<p class=\"soft\">Adjusted mutual information of modes and kinds of error: {} (1: the mode tells the kind; 0: "
        "chance).</p>\n",
        accuracy_text(made.mode_information));
  return html + "<div class=\"small\">" + charts_html(charts, "modes") + "</div>\n</section>\n";
}

std::string withheld_table(const Improvement& made) {
  std::string rows;
  for (const Round& round : made.rounds)
    for (const improve::WithheldQuality& one : round.detection.withheld)
      rows += fmt::format("<tr><td class=\"where short\">{}</td>", round.number) +
              fmt::format("<td data-label=\"skill\">{}</td>", escape_html(plain_text(made.skills[one.skill]))) +
              number_cell("wrong", static_cast<double>(one.wrong), count_text(one.wrong)) +
              number_cell("auditor", one.auditor, accuracy_text(one.auditor)) +
              number_cell("all combined", one.combined, accuracy_text(one.combined)) +
              number_cell("mean log-probability", one.mean, accuracy_text(one.mean)) + "</tr>\n";
  if (rows.empty()) return {};
  return "<h3>On a skill that the auditor never saw</h3><p>It learned from answers of the other skills alone; – where "
         "these had too few failures to learn from.</p><div class=\"scroll\"><table "
         "class=\"cards\"><thead><tr><th>Round"
         "</th><th>Skill</th><th class=\"number\">Wrong</th><th class=\"number\">Auditor</th><th class=\"number\">All "
         "combined</th><th class=\"number\">Mean log-probability</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string detection_section(const Improvement& made, const std::vector<Chart>& charts) {
  std::string rows;
  for (std::size_t s = 0; s < improve::kSignals; ++s) {
    const auto signal = static_cast<improve::Signal>(s);
    if (!is_measured(made, signal)) continue;
    rows += fmt::format("<tr><td class=\"where\">{}</td>", signal_words(signal));
    for (const Round& round : made.rounds) {
      const improve::SignalQuality& one = round.detection[signal];
      rows += number_cell(fmt::format("round {}", round.number), one.auroc,
                          std::isnan(one.auroc) ? std::string("–")
                                                : fmt::format("{} ({} to {})", accuracy_text(one.auroc),
                                                              accuracy_text(one.low), accuracy_text(one.high)));
    }
    rows += "</tr>\n";
  }
  if (rows.empty()) return {};
  std::string html = fmt::format(
      "<section id=\"detection\"><h2>Can a wrong answer be told without the truth?</h2>\n<p>In use nobody says which "
      "answers are wrong. AUROC is how often a wrong answer looks more doubtful than a right one: 1 always, 0.5 by "
      "chance. The auditor is a small network that reads what the model computed inside; it learned from a quarter or "
      "so of the answers, and everything here is measured on others. {}</p>\n<div class=\"scroll\"><table "
      "class=\"cards\"><thead><tr><th>Signal</th>",
      escape_html(detection_words(made)));
  for (const Round& round : made.rounds) html += fmt::format("<th class=\"number\">Round {}</th>", round.number);
  return html + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n" + withheld_table(made) +
         "<div class=\"small\">" + charts_html(charts, "detection") + "</div>\n</section>\n";
}

std::string rounds_section(const Improvement& made, const std::vector<Chart>& charts) {
  std::string html =
      "<section id=\"rounds\"><h2>Rounds</h2>\n<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>Round</th>"
      "<th class=\"number\">Asked</th><th class=\"number\">Wrong</th><th class=\"number\">Doubtful</th><th "
      "class=\"number\">Remembered</th><th class=\"number\">Like them</th><th class=\"number\">Replayed</th><th "
      "class=\"number\">Development</th><th>Outcome</th></tr></thead><tbody>\n";
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
            count("like them", round.variants) + count("replayed", round.replayed) +
            number_cell("development", development, accuracy_text(development)) +
            fmt::format("<td data-label=\"outcome\">{}</td></tr>\n", verdict_words(round.verdict));
  }
  html += "</tbody></table></div>\n";
  if (const std::string words = belief_words(made); !words.empty())
    html += fmt::format("<p>{}</p>\n", escape_html(words));
  if (made.texts > 0) html += fmt::format("<p>{}</p>\n", escape_html(perplexity_words(made)));
  if (made.begun > 0)
    html += fmt::format("<p>Round {} has begun; its last step was {}.</p>\n", made.begun,
                        escape_html(plain_text(made.begun_step)));
  return html + "<div class=\"small\">" + charts_html(charts, "rounds") + "</div>\n</section>\n";
}

std::string alarm_section(const Improvement& made, const std::vector<Chart>& charts) {
  std::string rows;
  const auto add = [&](const std::string& name, const improve::Watch& watch, bool rang) {
    if (std::isnan(watch.margin)) return;
    rows += fmt::format("<tr><td class=\"where short\">{}</td>", name) +
            number_cell("margin", watch.margin, accuracy_text(watch.margin)) +
            number_cell("auditor", watch.auditor, accuracy_text(watch.auditor)) +
            number_cell("inverse check", watch.inverse, accuracy_text(watch.inverse)) +
            fmt::format("<td data-label=\"alarm\">{}</td></tr>\n", rang ? "rang" : "–");
  };
  if (!made.rounds.empty()) add("start", made.rounds.front().before, false);
  for (const Round& round : made.rounds) add(fmt::format("round {}", round.number), round.watch, round.alarm);
  if (rows.empty()) return {};
  return fmt::format(
             "<section id=\"alarm\"><h2>The collapse alarm</h2>\n<p>A model that learns from its own votes grows surer "
             "of "
             "them whether they are right or not. So the alarm watches what is not trained together: the margin of the "
             "votes against the first round's auditor and against the inverse check, on questions whose answers it "
             "does "
             "not know. It rings where these fall, the more so while the margin rises. {}</p>\n<div "
             "class=\"scroll\"><table "
             "class=\"cards\"><thead><tr><th>After</th><th class=\"number\">Margin of the votes</th><th "
             "class=\"number\">Auditor's trust</th><th class=\"number\">Inverse check agrees</th><th>Alarm</th></tr>"
             "</thead><tbody>\n",
             escape_html(alarm_words(made))) +
         rows + "</tbody></table></div>\n<div class=\"small\">" + charts_html(charts, "alarm") + "</div>\n</section>\n";
}

std::string cost_section(const Improvement& made) {
  const auto totals = step_totals(made);
  if (totals.empty()) return {};
  std::string html =
      "<section id=\"cost\"><h2>What it cost</h2>\n<div class=\"scroll\"><table "
      "class=\"cards\"><thead><tr><th>Step</th>"
      "<th class=\"number\">Time</th><th class=\"number\">Processor time</th></tr></thead><tbody>\n";
  StepTotal all{.step = "in all"};
  const auto row = [&](const StepTotal& total) {
    html += fmt::format("<tr><td class=\"where short\">{}</td>", escape_html(plain_text(total.step))) +
            number_cell("time", total.wall_seconds, duration_text(total.wall_seconds)) +
            number_cell("processor time", total.cpu_seconds, duration_text(total.cpu_seconds)) + "</tr>\n";
  };
  for (const StepTotal& total : totals) {
    row(total);
    all.wall_seconds += total.wall_seconds;
    all.cpu_seconds += total.cpu_seconds;
  }
  row(all);
  std::uint64_t written = 0, learned = 0;
  for (const Round& round : made.rounds) {
    written += round.tokens_written;
    learned += round.tokens_learned;
  }
  return html + fmt::format(
                    "</tbody></table></div>\n<p>{} tokens were written by answering and sampling, {} were in the "
                    "batches that it learned from.</p>\n</section>\n",
                    count_text(written), count_text(learned));
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
  const bool believes = options.detect == improve::Detector::verifier && !improve::knows_truth(options.teacher);
  html += fact("Detects by", fmt::format("{}; doubtful below {}",
                                         believes ? "what the teacher believes" : improve::name_of(options.detect),
                                         number_text(options.doubt)));
  html += fact("Corrected by", escape_html(plain_text(std::string(improve::name_of(options.teacher)))));
  html += fact("Kept by", std::string(improve::name_of(options.gate)));
  html +=
      fact("Adapter", fmt::format("rank {}, alpha {}, {} steps of {} examples, learning rate up to {}",
                                  options.lora.rank, number_text(options.lora.alpha), count_text(options.tuning.steps),
                                  count_text(options.batch), number_text(options.tuning.learning_rate)));
  html += fact("Seed", fmt::format("{}", options.seed));
  return html + "</dl></section>\n";
}

/// A part of the page; empty html: it has nothing to tell.
struct Section {
  const char *id, *words;
  std::string html;
};

std::string joined(const std::vector<Section>& sections) {
  std::string html;
  for (const Section& section : sections) html += section.html;
  return html;
}

std::vector<PageLink> contents_of(const std::vector<Section>& sections) {
  std::vector<PageLink> contents;
  for (const Section& section : sections)
    contents.push_back({.there = !section.html.empty(), .id = section.id, .words = section.words});
  return contents;
}

}  // namespace

std::string improve_page(const Improvement& made) {
  const std::vector<Chart> charts = improve_charts(made);
  const std::vector<Section> sections{{"held-out", "Held-out questions", held_out_section(made, charts)},
                                      {"examples", "Answers that changed", examples_section(made)},
                                      {"modes", "What it gets wrong", modes_section(made, charts)},
                                      {"detection", "Telling wrong answers", detection_section(made, charts)},
                                      {"rounds", "Rounds", rounds_section(made, charts)},
                                      {"alarm", "The collapse alarm", alarm_section(made, charts)},
                                      {"cost", "What it cost", cost_section(made)},
                                      {"method", "How this was done", how_section(made)}};
  return page_html({.title = "Errata: a model that learns from its failures",
                    .contents = contents_of(sections),
                    .main = head_html(made) + joined(sections),
                    .charts = charts,
                    .data_id = "improve",
                    .data = improve_json(made, -1)});
}

}  // namespace errata::report
