#include "errata/report/improve/terminal.h"

#include <fmt/format.h>

#include <algorithm>

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
  return verdict == Verdict::nothing_wrong ? Ink::soft : Ink::alert;
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
                                         {.title = "AUROC"},
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
                              {.text = accuracy_text(round.detection[improve::Signal::least].auroc)},
                              {.text = accuracy_text(improve::accuracy(round.development))}},
                    .notes = {}});
  }
  out.table(columns, rows);
  out.paragraph(
      "asked: questions of the pool; learned: remembered failures of all rounds so far and variants of them; AUROC: "
      "how "
      "well the least probability of a token tells wrong answers from right ones; dev: mean accuracy of the tuned "
      "model "
      "on the questions that decide whether the round is kept.",
      Ink::soft);
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
  if (!made.rounds.empty()) write_rounds(made, out);
  return out.take();
}

}  // namespace errata::report
