#include "errata/report/checklist/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/checklist/allocators.h"
#include "errata/checklist/reading.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

std::string gate_words(const checklist::Gate& gate) {
  return fmt::format("{} {}", gate.at_least ? "at least" : "at most", number_text(gate.limit, 3));
}

std::string verdict_words(const checklist::ModeResult& result) {
  if (!result.passed()) return "FAILS";
  if (result.is_telling()) return "passes";
  return result.holds() ? "passes, as the document's does"
                        : "passes, but so does the document's: the mode tells nothing";
}

std::string checklist_headline(const checklist::Checklist& made) {
  std::vector<std::string> failing;
  for (const auto& mode : made.modes)
    if (!mode.holds()) failing.emplace_back(mode.mode->name);
  const std::size_t holding = made.modes.size() - failing.size();
  const std::string passing = fmt::format("{} of {} {}", holding, counted(made.modes.size(), "mode", "modes"),
                                          holding == 1 ? "passes" : "pass");
  return failing.empty()
             ? passing
             : fmt::format("{}; {} {} not", passing, fmt::join(failing, ", "), failing.size() == 1 ? "does" : "do");
}

std::string_view class_words(checklist::ModeClass kind) {
  switch (kind) {
    case checklist::ModeClass::perceptual: return "sensing";
    case checklist::ModeClass::strategic: return "deciding what to spend";
    case checklist::ModeClass::temporal: return "from one look to the next";
    case checklist::ModeClass::learning: return "what training did";
    case checklist::ModeClass::placing: break;
  }
  return "where the tokens stand";
}

std::string shown_words(checklist::Shown shown, bool of_outsider) {
  switch (shown) {
    case checklist::Shown::typical: return "A typical case: the median by what the document's allocator misses";
    case checklist::Shown::worst:
      return fmt::format("The worst case: {} misses a limit by most", judged_words(of_outsider));
    case checklist::Shown::worst_of_second: break;
  }
  return fmt::format("The worst case of the document's allocator; {} misses no limit in any case",
                     of_outsider ? "yours" : "Errata's");
}

std::string_view judged_words(bool of_outsider) { return of_outsider ? "your allocator" : "Errata's allocator"; }

std::string outsider_words(const checklist::Checklist& made) {
  if (made.outsider.empty()) return "";
  return fmt::format("Judged: `{}`, called “{}” here, beside the document's allocator and Errata's.",
                     plain_text(made.outsider, kLongText), checklist::kYours);
}

std::string left_out_words(const checklist::Checklist& made) {
  std::vector<std::string> parts;
  for (const checklist::Mode* mode : made.left_out) parts.push_back(fmt::format("{} {}", mode->number, mode->name));
  if (made.reading_left_out) parts.emplace_back("reading at an equal budget");
  return parts.empty() ? "" : fmt::format("Left out, since allocations do not tell it: {}.", fmt::join(parts, ", "));
}

namespace {

std::string_view fault_words(checklist::Fault fault) {
  using checklist::Fault;
  switch (fault) {
    case Fault::late: return "no answer in time";
    case Fault::ended: return "the program ended";
    case Fault::endless: return "a line without end";
    case Fault::malformed: return "no answer as the protocol has it";
    case Fault::other_id: return "an answer to another question";
    case Fault::refused: return "it refused";
    case Fault::too_many: return "too many positions";
    case Fault::outside: return "a position outside of the grid";
    case Fault::repeated: return "a position twice";
    case Fault::budget: return "a budget that none can be";
    case Fault::over_total: return "more tokens than the total";
    case Fault::not_asked: break;
  }
  return "not asked any more";
}

std::vector<std::string> finding_notes(const std::vector<checklist::Finding>& findings) {
  std::vector<std::string> notes;
  for (const checklist::Finding& finding : findings)
    notes.push_back(fmt::format("{}: {}; the first, at {}: {}", counted(finding.times, "bad answer", "bad answers"),
                                fault_words(finding.fault),
                                finding.file.empty() ? fmt::format("seed {}", finding.seed) : plain_text(finding.file),
                                plain_text(finding.first, kLongLine)));
  return notes;
}

/// Names of the files of cases that do not keep a figure's gate, the first few of them.
std::string files_beyond(const checklist::Figure& figure, const std::vector<checklist::Case>& cases) {
  constexpr std::size_t kNamed = 8;
  std::vector<std::string> files;
  for (std::size_t at = 0; at < cases.size(); ++at)
    if (!std::isnan(figure.values[at]) && !figure.keeps(figure.values[at])) files.push_back(plain_text(cases[at].file));
  if (files.empty()) return "";
  const std::size_t all = files.size();
  files.resize(std::min(all, kNamed));
  return fmt::format(", by {} of {}: {}{}", all, figure.cases, fmt::join(files, ", "),
                     all > kNamed ? fmt::format(" and {} more", all - kNamed) : std::string());
}

}  // namespace

std::string real_words(const checklist::Checklist& made) {
  if (!made.real) return "Scenes alone: there are no real pictures; --pictures DIR or $ERRATA_DATA names some.";
  std::string text = fmt::format(
      "Beside the scenes {} and {} of {} are told, as far as something is true of them without labels; gates are held "
      "against scenes alone.",
      counted(made.real->pictures, "real picture", "real pictures"), counted(made.real->videos, "video", "videos"),
      plain_text(made.real->folder, kLongText));
  if (!made.real->left_out.empty())
    text +=
        fmt::format(" Not usable: {}.", plain_text(fmt::format("{}", fmt::join(made.real->left_out, "; ")), kLongText));
  return text;
}

std::string real_heading(const checklist::OnReal& real) {
  if (real.cases.front().scene == checklist::kRealVideo)
    return "On real videos, " + counted(real.cases.size(), "case", "cases");
  return "On " + counted(real.cases.size(), "real picture", "real pictures");
}

std::vector<std::string> real_notes(const checklist::OnReal& real) {
  std::vector<std::string> notes;
  const checklist::Contender& judged = real.contenders.front();
  for (const checklist::Figure& figure : judged.figures)
    if (figure.gate && figure.cases > 0 && !figure.passes())
      notes.push_back(fmt::format("{} would miss the gate of {}: {}, {} is asked for{}", plain_text(judged.name),
                                  plain_text(figure.name), figure_text(figure.mean), gate_words(*figure.gate),
                                  files_beyond(figure, real.cases)));
  for (std::string& note : finding_notes(real.findings)) notes.push_back(std::move(note));
  return notes;
}

std::vector<std::string> outsider_notes(const checklist::ModeResult& result) {
  std::vector<std::string> notes = finding_notes(result.findings);
  if (!result.left_out.empty())
    notes.push_back(
        fmt::format("not measured, since allocations do not tell it: {}", fmt::join(result.left_out, "; ")));
  return notes;
}

std::string figure_text(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : "–"; }

std::string reading_words(const checklist::Reading& reading) {
  const std::size_t measured = reading.pictures - reading.unread - reading.easy;
  std::string text =
      fmt::format("Share of {} in {} of {} that are read right. ", counted(reading.words, "word", "words"), measured,
                  counted(reading.pictures, "picture", "pictures"));
  if (measured > 0)
    text += fmt::format(
        "Budgets are shares of the pixels with which down-sampling reads a picture, {} of them in the mean.",
        percent_text(reading.downsample_share));
  if (reading.unread > 0) text += fmt::format(" {} left out: not read in the whole picture either.", reading.unread);
  if (reading.easy > 0) text += fmt::format(" {} left out: down-sampling reads 1/64 of the pixels.", reading.easy);
  return text;
}

std::string reading_goal_words(const checklist::Reading& reading) {
  const checklist::BestOther other = checklist::best_other(reading, checklist::kGoalBudget);
  const auto& ours = reading.contenders.front();
  const std::string_view budget = checklist::kReadingBudgets[checklist::kGoalBudget].name;
  if (std::isnan(other.times)) return "Nothing was read that tells them apart.";
  if (std::isinf(other.times)) return fmt::format("At {} only {} reads anything.", budget, plain_text(ours.name));
  return fmt::format("At {} {} reads {} times the words of the best other one, {}: the goal of {} is {}.", budget,
                     plain_text(ours.name), number_text(other.times, 3), plain_text(other.contender->name),
                     checklist::kGoalTimes, other.times >= checklist::kGoalTimes ? "reached" : "missed");
}

}  // namespace errata::report
