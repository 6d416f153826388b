// The terminal is read from the top and often only there, so the order is the order of importance and every section
// ends before it fills a screen. What is left out is counted, never silently dropped.
#include "errata/report/analysis/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/groups_terminal.h"
#include "errata/report/analysis/hard_or_wrong.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/terminal_text.h"
#include "errata/report/kit/utf8.h"

namespace errata::report {

namespace {

constexpr std::size_t kHotspots = 8;
constexpr std::size_t kSafe = 4;
constexpr std::size_t kPeriods = 8;
constexpr std::size_t kColumns = 6;
constexpr std::size_t kNameWidth = 30;

void write_log(const slice::Analysis& analysis, TerminalText& out) {
  std::string files = "a prediction log";
  if (!analysis.files.empty()) files = plain_text(analysis.files.front(), kLongLine);
  if (analysis.files.size() > 1) files += fmt::format(" and {} more", analysis.files.size() - 1);
  out.paragraph(files, Ink::bold);
  out.paragraph(whole_words(analysis) + ".");
  out.paragraph(fmt::format("A failure is: {}.", plain_text(analysis.rule.words, kLongLine)));
}

void write_roles(const slice::Analysis& analysis, TerminalText& out) {
  const table::Roles& roles = analysis.roles;
  std::string text;
  const auto add = [&](std::string_view role, const std::string& name) {
    const bool guessed = std::ranges::find(roles.guessed, role) != roles.guessed.end();
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", role, plain_text(name, kNameWidth),
                        guessed ? " (guessed)" : "");
  };
  const auto add_if = [&](std::string_view role, const std::optional<std::string>& name) {
    if (name) add(role, *name);
  };
  add_if("label", roles.label);
  add_if("prediction", roles.prediction);
  add_if("score", roles.score);
  if (!roles.scores.empty()) add("scores", fmt::format("{} columns", roles.scores.size()));
  add_if("time", roles.time);
  add_if("stream", roles.stream);
  add_if("weight", roles.weight);
  add_if("loss", roles.loss);
  add_if("id", roles.id);
  const std::string features = counted(roles.features.size(), "feature", "features");
  out.paragraph(fmt::format("Columns: {}{}{}.", text, text.empty() ? "" : ", ", features), Ink::soft);
}

void write_metrics(const slice::Analysis& analysis, TerminalText& out) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  };
  const auto add_if = [&](std::string_view name, const std::optional<double>& value) {
    if (value && !std::isnan(*value)) add(name, number_text(*value, 3));
  };
  if (analysis.classes) {
    const slice::ClassMetrics& metrics = *analysis.classes;
    add("accuracy", percent_text(metrics.accuracy));
    add("balanced", percent_text(metrics.balanced_accuracy));
    add_if("ROC-AUC", metrics.roc_auc);
    add_if("average precision", metrics.average_precision);
    add_if("log loss", metrics.log_loss);
    add_if("Brier", metrics.brier);
    add_if("ECE (15 bins)", metrics.ece);
  }
  if (analysis.numbers) {
    const slice::NumberMetrics& metrics = *analysis.numbers;
    add("MAE", number_text(metrics.mae, 4));
    add("RMSE", number_text(metrics.rmse, 4));
    add("bias", number_text(metrics.bias, 3));
    add_if("R²", metrics.r2);
  }
  const auto& weight = analysis.roles.weight;
  if (!text.empty())
    out.paragraph(fmt::format("Quality{}: {}.", weight ? ", weighted by " + plain_text(*weight) : "", text), Ink::soft);
  if (const std::string claim = claim_words(analysis); !claim.empty()) out.paragraph(claim);
}

TerminalText::Row hotspot_row(const slice::Analysis& analysis, const slice::NamedHotspot& hotspot, std::size_t rank) {
  const bool losses = by_loss(analysis);
  const SliceFigures figures = figures_of(analysis, hotspot.slice.slice.whole);
  const std::string lift = std::isnan(figures.lift)   ? "–"
                           : std::isinf(figures.lift) ? "∞"
                                                      : fmt::format("{:.{}f}", figures.lift, figures.lift < 10 ? 2 : 0);
  TerminalText::Row row{
      .cells = {{.text = fmt::format("{}", rank)},
                {.text = words_of(hotspot.slice.where)},
                {.text = losses ? number_text(figures.rate, 3) : percent_text(figures.rate), .ink = Ink::alert},
                {.text = lift},
                {.text = percent_text(figures.share_of_cases)},
                {.text = percent_text(figures.share_of_failures)},
                {.text = p_text(hotspot.slice.slice.log_p_adjusted)}},
      .notes = {}};
  if (std::string nesting = nesting_words(analysis, hotspot); !nesting.empty()) row.notes.push_back(std::move(nesting));
  if (hotspot.slice.excess) {
    row.notes.push_back(losses ? excess_words(*hotspot.slice.excess) : excess_note(*hotspot.slice.excess));
  }
  if (auto kinds = failure_kinds_words(analysis, hotspot.slice.kinds); !kinds.empty())
    row.notes.push_back(std::move(kinds));
  if (!hotspot.folded.empty()) {
    row.notes.push_back(fmt::format("+ {} that {} nothing beyond it", counted(hotspot.folded.size(), "slice", "slices"),
                                    hotspot.folded.size() == 1 ? "says" : "say"));
  }
  return row;
}

void write_hotspots(const slice::Analysis& analysis, TerminalText& out) {
  out.heading("Where it fails");
  if (analysis.hotspots.empty()) {
    out.paragraph(no_hotspot_words(analysis));
    return;
  }
  out.paragraph(fmt::format("{}: {}; false discovery rate at most {}.", confirmed_words(analysis),
                            split_words(analysis), level_text(analysis.options.confirm.fdr)));
  if (const std::string beliefs = belief_words(analysis); !beliefs.empty()) out.paragraph(beliefs);
  out.blank();
  const bool losses = by_loss(analysis);
  std::vector<TerminalText::Row> rows;
  const std::size_t shown = std::min(analysis.hotspots.size(), kHotspots);
  for (std::size_t i = 0; i < shown; ++i) rows.push_back(hotspot_row(analysis, analysis.hotspots[i], i + 1));
  out.table({{.title = "#"},
             {.title = "hotspot", .align = Align::left, .wraps = true},
             {.title = losses ? "mean loss" : "fail"},
             {.title = "× rest"},
             {.title = "of cases"},
             {.title = losses ? "of loss" : "of fails"},
             {.title = "adj. p"}},
            rows);
  out.more(shown, analysis.hotspots.size());
}

/// What most of the log is told by: where it fails less.
void write_safe(const slice::Analysis& analysis, TerminalText& out) {
  if (analysis.safe.empty()) return;
  const bool losses = by_loss(analysis);
  out.heading("Safe where");
  std::vector<TerminalText::Row> rows;
  for (std::size_t i = 0; i < std::min(analysis.safe.size(), kSafe); ++i) {
    const SliceFigures figures = figures_of(analysis, analysis.safe[i].slice.whole);
    const auto level = [&](double rate) { return losses ? number_text(rate, 3) : percent_text(rate); };
    rows.push_back({.cells = {{.text = words_of(analysis.safe[i].where)},
                              {.text = level(figures.rate)},
                              {.text = level(figures.rest)},
                              {.text = percent_text(figures.share_of_cases)},
                              {.text = p_text(analysis.safe[i].slice.log_p_adjusted)}},
                    .notes = {}});
  }
  out.table({{.title = "slice", .align = Align::left, .wraps = true},
             {.title = losses ? "mean loss" : "fail"},
             {.title = "the rest"},
             {.title = "of cases"},
             {.title = "adj. p"}},
            rows);
  out.more(rows.size(), analysis.safe.size());
}

/// Silent failures: where its confidence misleads, which need not be where it fails most.
void write_more_than_believed(const slice::Analysis& analysis, TerminalText& out) {
  if (analysis.more_than_believed.empty()) return;
  out.heading("Where it fails more than it believes");
  std::vector<TerminalText::Row> rows;
  const std::size_t shown = std::min(analysis.more_than_believed.size(), kHotspots);
  for (std::size_t i = 0; i < shown; ++i) {
    const slice::NamedSlice& named = analysis.more_than_believed[i];
    const slice::Excess& excess = *named.excess;
    rows.push_back({.cells = {{.text = fmt::format("{}", i + 1)},
                              {.text = words_of(named.where)},
                              {.text = percent_text(excess.rate), .ink = Ink::alert},
                              {.text = percent_text(excess.expected_rate)},
                              {.text = count_text(excess.n)},
                              {.text = p_text(named.slice.log_p_adjusted)}},
                    .notes = {}});
  }
  out.table({{.title = "#"},
             {.title = "slice", .align = Align::left, .wraps = true},
             {.title = "fail"},
             {.title = "expected"},
             {.title = "cases"},
             {.title = "adj. p"}},
            rows);
  out.more(shown, analysis.more_than_believed.size());
}

void write_saved(const slice::Analysis& analysis, TerminalText& out) {
  if (analysis.saved.empty()) return;
  out.heading("Saved slices on this log");
  out.paragraph(saved_words(analysis));
  out.blank();
  std::vector<TerminalText::Row> rows;
  for (const auto& [where, sql, on_log, excess, kinds] : analysis.saved) {
    const bool told = on_log.unmeasurable.empty();
    TerminalText::Row row{
        .cells = {{.text = words_of(where)},
                  {.text = told ? percent_text(on_log.rate) : "–", .ink = on_log.raised ? Ink::alert : Ink::plain},
                  {.text = told ? percent_text(on_log.rest) : "–"},
                  {.text = told ? count_text(on_log.n) : "–"},
                  {.text = told ? p_text(on_log.log_p_adjusted) : "–"}},
        .notes = {}};
    if (!told) row.notes.push_back(plain_text(on_log.unmeasurable, kLongLine));
    if (excess) row.notes.push_back(excess_note(*excess));
    rows.push_back(std::move(row));
  }
  out.table({{.title = "slice", .align = Align::left, .wraps = true},
             {.title = "fail"},
             {.title = "the rest"},
             {.title = "cases"},
             {.title = "adj. p"}},
            rows);
}

/// As many as are shown: the highest rates, in time order.
std::vector<slice::Segment> worst_segments(std::vector<slice::Segment> segments) {
  std::ranges::stable_sort(segments, std::ranges::greater{}, &slice::Segment::rate);
  segments.resize(std::min(segments.size(), kPeriods));
  std::ranges::sort(segments, std::ranges::less{}, &slice::Segment::first);
  return segments;
}

void write_time(const slice::Analysis& analysis, TerminalText& out) {
  if (!analysis.over_time || analysis.over_time->periods.empty()) return;
  const slice::OverTime& over_time = *analysis.over_time;
  out.heading("When it fails");
  const std::size_t changes = over_time.segments.empty() ? 0 : over_time.segments.size() - 1;
  if (changes == 0) {
    out.paragraph(fmt::format("The failure rate keeps one level over {} ({}).",
                              counted(over_time.periods.size(), "period", "periods"),
                              slice::name_of(over_time.granularity)));
  } else {
    const std::vector<slice::Segment> shown = worst_segments(over_time.segments);
    const bool all = shown.size() == over_time.segments.size();
    out.paragraph(fmt::format("The failure rate changes level {}{}", times_text(changes),
                              all ? ":" : fmt::format("; the {} stretches with the highest rate:", shown.size())));
    std::vector<TerminalText::Row> rows;
    for (const slice::Segment& segment : shown) {
      const bool raised = segment.interval.low > whole_failure_rate(analysis);
      rows.push_back({.cells = {{.text = plain_text(over_time.periods[segment.first].label, 20)},
                                {.text = plain_text(over_time.periods[segment.last].label, 20)},
                                {.text = percent_text(segment.rate), .ink = raised ? Ink::alert : Ink::plain},
                                {.text = fmt::format("{} to {}", percent_text(segment.interval.low),
                                                     percent_text(segment.interval.high))},
                                {.text = count_text(segment.n)},
                                {.text = raised ? "raised" : "", .ink = Ink::alert}},
                      .notes = {}});
    }
    out.table({{.title = "from", .align = Align::left},
               {.title = "to", .align = Align::left},
               {.title = "fail"},
               {.title = "95% interval"},
               {.title = "cases"},
               {.title = "", .align = Align::left}},
              rows);
  }
  out.paragraph(fmt::format("Failures come {} (runs test, {}).",
                            over_time.runs.log_p <= std::log(0.05) ? "in clusters" : "no more clustered than by chance",
                            p_equation(over_time.runs.log_p)),
                Ink::soft);
}

void write_drift(const slice::Analysis& analysis, TerminalText& out) {
  if (!analysis.drift || analysis.drift->columns.empty()) return;
  out.heading("What has changed in the data");
  std::vector<TerminalText::Row> rows;
  std::size_t drifted = 0;
  for (const slice::ColumnDrift& column : analysis.drift->columns) {
    if (column.psi < 0.1) continue;
    if (++drifted > kColumns) continue;
    const bool large = column.psi >= 0.25;
    rows.push_back(
        {.cells = {{.text = fit(plain_text(column.column), kNameWidth)},
                   {.text = number_text(column.psi, 2), .ink = large ? Ink::alert : Ink::plain},
                   {.text = large ? "large" : "noticeable", .ink = large ? Ink::alert : Ink::plain},
                   {.text = fmt::format("{}, {}", column.test, p_equation(column.log_p_adjusted)), .ink = Ink::soft}},
         .notes = {}});
  }
  if (rows.empty()) {
    out.paragraph(fmt::format("None of {} has drifted noticeably (population stability index below 0.1).",
                              counted(analysis.drift->columns.size(), "column", "columns")));
    return;
  }
  out.table({{.title = "column", .align = Align::left},
             {.title = "PSI"},
             {.title = "drift", .align = Align::left},
             {.title = "test", .align = Align::left, .wraps = true}},
            rows);
  out.more(rows.size(), drifted);
}

void write_associations(const slice::Analysis& analysis, TerminalText& out) {
  if (analysis.associations.empty()) return;
  out.heading("What goes with failure");
  std::vector<TerminalText::Row> rows;
  for (const slice::Association& association : analysis.associations) {
    if (rows.size() == kColumns) break;
    rows.push_back(
        {.cells = {{.text = fit(plain_text(association.feature), kNameWidth)},
                   {.text = number_text(association.mutual_information, 2)},
                   {.text = fmt::format("{} {}", association.effect_name, number_text(association.effect, 2))},
                   {.text = p_text(association.log_p_adjusted)}},
         .notes = {}});
  }
  out.table({{.title = "feature", .align = Align::left},
             {.title = "bits"},
             {.title = "effect", .align = Align::left, .wraps = true},
             {.title = "adj. p"}},
            rows);
  out.more(rows.size(), analysis.associations.size());
}

void write_node(const slice::ErrorTree& tree, int index, const std::string& condition, double whole, std::size_t depth,
                TerminalText& out) {
  const slice::TreeNode& node = tree.nodes[static_cast<std::size_t>(index)];
  const bool bad = !node.split && node.interval.low > whole;
  out.paragraph(fmt::format("{}: {} of {} fail", condition, percent_text(node.rate), counted(node.n, "case", "cases")),
                bad ? Ink::alert : Ink::plain, 2 * depth);
  if (!node.split) return;
  write_node(tree, node.yes, words_of(*node.split), whole, depth + 1, out);
  write_node(tree, node.no, "otherwise", whole, depth + 1, out);
}

void write_tree(const slice::Analysis& analysis, TerminalText& out) {
  if (!analysis.tree || analysis.tree->nodes.size() <= 1) return;
  out.heading("Error map");
  write_node(*analysis.tree, 0, "all cases", whole_failure_rate(analysis), 0, out);
}

}  // namespace

std::string analysis_terminal(const slice::Analysis& analysis, const TerminalOptions& options) {
  TerminalText out(options);
  write_log(analysis, out);
  write_roles(analysis, out);
  write_metrics(analysis, out);
  write_hotspots(analysis, out);
  write_more_than_believed(analysis, out);
  write_safe(analysis, out);
  write_saved(analysis, out);
  if (analysis.groups) write_groups(*analysis.groups, out);
  write_time(analysis, out);
  write_drift(analysis, out);
  write_associations(analysis, out);
  write_tree(analysis, out);
  out.lines(counted(analysis.warnings.size(), "warning", "warnings"), analysis.warnings);
  return out.take();
}

}  // namespace errata::report
