#include "errata/report/improve/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/improve/words.h"
#include "errata/report/kit/interval.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {
namespace {

using improve::Evaluation;
using improve::Improvement;
using improve::Round;
using improve::Verdict;

Ink ink_of_round(Verdict verdict) {
  if (verdict == Verdict::kept) return Ink::good;
  return improve::has_learned(verdict) ? Ink::alert : Ink::soft;
}

std::vector<Cell> accuracy_cells(std::string name, const Evaluation& held_out, Ink ink) {
  std::vector<Cell> cells{{.text = std::move(name), .ink = ink}};
  for (const auto& skill : held_out) cells.push_back({.text = accuracy_text(improve::accuracy(skill))});
  cells.push_back({.text = accuracy_text(improve::accuracy(held_out))});
  return cells;
}

/// Accuracy of the held-out questions, a row a round.
void write_held_out(const Improvement& made, TerminalText& out) {
  constexpr std::size_t kSkill = 10, kMostSkills = 3;
  std::vector<TableColumn> columns{{.title = "held out", .align = Align::left, .wraps = true}};
  const std::size_t shown = std::min(made.skills.size(), kMostSkills);
  for (std::size_t skill = 0; skill < shown; ++skill)
    columns.push_back({.title = plain_text(made.skills[skill], kSkill)});
  columns.push_back({.title = "mean"});
  std::vector<TerminalText::Row> rows;
  const auto add = [&](std::string name, const Evaluation& held_out, Ink ink) {
    auto cells = accuracy_cells(std::move(name), held_out, ink);
    cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(1 + shown), cells.end() - 1);
    rows.push_back({.cells = std::move(cells), .notes = {}});
  };
  add("start", made.start_held_out, Ink::soft);
  for (const Round& round : made.rounds)
    add(fmt::format("round {}: {}", round.number, verdict_words(round.verdict)), round.held_out,
        ink_of_round(round.verdict));
  out.table(columns, rows);
  out.more(shown, made.skills.size());
}

/// What each round asked, found and learned from.
void write_rounds(const Improvement& made, TerminalText& out) {
  out.heading("Rounds");
  const std::vector<TableColumn> columns{{.title = "round", .align = Align::left, .wraps = true},
                                         {.title = "asked"},
                                         {.title = "wrong"},
                                         {.title = "doubtful"},
                                         {.title = "learned"},
                                         {.title = "dev"}};
  std::vector<TerminalText::Row> rows;
  for (const Round& round : made.rounds) {
    stats::FailureCount asked;
    for (const auto& skill : round.asked) {
      asked.failures += skill.failures;
      asked.trials += skill.trials;
    }
    rows.push_back({.cells = {{.text = fmt::format("{}", round.number)},
                              {.text = count_text(asked.trials)},
                              {.text = count_text(asked.failures)},
                              {.text = count_text(round.doubtful)},
                              {.text = count_text(round.remembered + round.variants)},
                              {.text = accuracy_text(improve::accuracy(round.development))}},
                    .notes = {}});
  }
  out.table(columns, rows);
  out.paragraph(
      "asked: questions of the pool; learned: remembered failures of all rounds so far and others like them; dev: mean "
      "accuracy of the tuned model on the questions that decide whether the round is kept.",
      Ink::soft);
  if (const std::string words = belief_words(made); !words.empty()) out.paragraph(words);
}

/// AUROC of every signal that was taken, a row a signal, a column a round.
void write_detection(const Improvement& made, TerminalText& out) {
  constexpr std::size_t kMostRounds = 5;
  const std::size_t first = made.rounds.size() - std::min(made.rounds.size(), kMostRounds);
  std::vector<TableColumn> columns{{.title = "AUROC of", .align = Align::left, .wraps = true}};
  for (std::size_t r = first; r < made.rounds.size(); ++r)
    columns.push_back({.title = fmt::format("round {}", made.rounds[r].number)});
  std::vector<TerminalText::Row> rows;
  for (std::size_t s = 0; s < improve::kSignals; ++s) {
    const auto signal = static_cast<improve::Signal>(s);
    if (!is_measured(made, signal)) continue;
    std::vector<Cell> cells{{.text = std::string(signal_words(signal))}};
    for (std::size_t r = first; r < made.rounds.size(); ++r)
      cells.push_back({.text = accuracy_text(made.rounds[r].detection[signal].auroc)});
    rows.push_back({.cells = std::move(cells), .notes = {}});
  }
  if (rows.empty()) return;
  out.heading("Can it be told that an answer is wrong, without the truth?");
  out.table(columns, rows);
  out.paragraph(detection_words(made));
  for (const improve::WithheldQuality& one : made.rounds.back().detection.withheld)
    if (!std::isnan(one.auditor))
      out.item("- ",
               fmt::format("auditor that never saw {}: AUROC {} there, {} with all signals ({} for the mean "
                           "log-probability; {} wrong of {})",
                           plain_text(made.skills[one.skill]), accuracy_text(one.auditor), accuracy_text(one.combined),
                           accuracy_text(one.mean), count_text(one.wrong), count_text(one.cases)));
}

void write_modes(const Improvement& made, TerminalText& out) {
  constexpr std::size_t kMostModes = 8, kMostRounds = 4, kName = 60;
  if (made.modes.empty()) return;
  out.heading("Failure modes");
  const std::size_t rounds = made.modes[0].failures.size(), first = rounds - std::min(rounds, kMostRounds);
  std::vector<TableColumn> columns{{.title = "what the questions share", .align = Align::left, .wraps = true}};
  for (std::size_t r = first; r < rounds; ++r) columns.push_back({.title = fmt::format("round {}", r + 1)});
  std::vector<TerminalText::Row> rows;
  const std::size_t shown = std::min(made.modes.size(), kMostModes);
  for (std::size_t m = 0; m < shown; ++m) {
    const improve::FailureMode& mode = made.modes[m];
    std::vector<Cell> cells{{.text = plain_text(mode.name, kName)}};
    for (std::size_t r = first; r < rounds; ++r) cells.push_back({.text = count_text(mode.failures[r])});
    rows.push_back({.cells = std::move(cells),
                    .notes = {fmt::format("{} {}, {}", plain_text(mode.prompt, kName), plain_text(mode.answer, kName),
                                          correction_words(made, mode))}});
  }
  out.table(columns, rows);
  out.more(shown, made.modes.size());
}

void write_examples(const Improvement& made, TerminalText& out) {
  constexpr std::size_t kEach = 3, kText = 24;
  if (made.rounds.empty() || made.rounds.back().examples.empty()) return;
  out.heading("Held-out answers that changed");
  for (const bool fixed : {true, false}) {
    std::size_t shown = 0;
    for (const improve::Example& one : made.rounds.back().examples)
      if (one.fixed == fixed && shown++ < kEach)
        out.item(
            fixed ? "fixed   " : "broken  ",
            fmt::format("{} {} before, {} now (right: {})", plain_text(one.prompt, kText),
                        plain_text(one.before, kText), plain_text(one.after, kText), plain_text(one.reference, kText)),
            fixed ? Ink::good : Ink::alert);
  }
}

void write_cost(const Improvement& made, TerminalText& out) {
  const auto totals = step_totals(made);
  if (totals.empty()) return;
  double wall = 0, cpu = 0;
  std::string parts;
  for (const StepTotal& total : totals) {
    wall += total.wall_seconds;
    cpu += total.cpu_seconds;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", total.step, duration_text(total.wall_seconds));
  }
  std::uint64_t written = 0, learned = 0;
  for (const Round& round : made.rounds) {
    written += round.tokens_written;
    learned += round.tokens_learned;
  }
  out.heading("Cost");
  out.paragraph(fmt::format("{} ({} of processor time): {}. {} tokens were written, {} learned from.",
                            duration_text(wall), duration_text(cpu), parts, count_text(written), count_text(learned)));
}

void write_intervals(const Improvement& made, TerminalText& out) {
  const Evaluation& last = made.rounds.empty() ? made.start_held_out : made.rounds.back().held_out;
  for (std::size_t skill = 0; skill < made.skills.size(); ++skill)
    out.item("- ", fmt::format("{}: {} of {} held-out answers are wrong, {} (95% interval {}); {} at the start",
                               plain_text(made.skills[skill]), count_text(last[skill].failures),
                               count_text(last[skill].trials), percent_text(stats::failure_rate(last[skill])),
                               interval_text(interval_of(last[skill].failures, last[skill].trials)),
                               percent_text(stats::failure_rate(made.start_held_out[skill]))));
}

}  // namespace

std::string improve_terminal(const Improvement& made, const TerminalOptions& options) {
  TerminalText out(options);
  out.paragraph(improve_headline(made) + ".", Ink::bold);
  out.paragraph(improve_subject(made) + ".", Ink::soft);
  if (!made.rounds.empty()) out.paragraph(change_words(made));
  out.blank();
  write_held_out(made, out);
  write_intervals(made, out);
  if (made.begun > 0)
    out.paragraph(fmt::format("Round {} has begun; its last step was `{}`.", made.begun, made.begun_step));
  if (!made.rounds.empty()) {
    write_examples(made, out);
    write_rounds(made, out);
    if (made.texts > 0) out.paragraph(perplexity_words(made));
    write_modes(made, out);
    write_detection(made, out);
    out.paragraph(alarm_words(made));
  }
  write_cost(made, out);
  return out.take();
}

}  // namespace errata::report
