#include "errata/report/analysis/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "errata/report/analysis/on_log_json.h"
#include "errata/report/analysis/predicate_json.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/json_values.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {
namespace {

using Json = nlohmann::ordered_json;
using slice::Change;

std::string files_text(const slice::ComparedLog& log) {
  if (log.files.empty()) return "a prediction log";
  const auto first = plain_text(log.files.front(), kLongLine);
  return log.files.size() == 1 ? first : fmt::format("{} and {} more", first, log.files.size() - 1);
}

std::string whole_text(const slice::ComparedLog& log) {
  return fmt::format("{}: {}, {} fail (95% interval {} to {})", files_text(log), counted(log.rows, "case", "cases"),
                     percent_text(log.rate), percent_text(log.interval.low), percent_text(log.interval.high));
}

Ink ink_of(Change change) {
  switch (change) {
    case Change::appeared:
    case Change::worse: return Ink::alert;
    case Change::gone:
    case Change::better: return Ink::good;
    case Change::unchanged:
    case Change::incomparable: return Ink::soft;
  }
  return Ink::plain;
}

/// Why a slice cannot be compared, if so.
std::vector<std::string> notes_of(const slice::ComparedSlice& compared) {
  std::vector<std::string> notes;
  const auto note = [&](const slice::SliceOnLog& on, const char* which) {
    if (!on.unmeasurable.empty())
      notes.push_back(fmt::format("{} log: {}", which, plain_text(on.unmeasurable, kLongLine)));
    else if (on.n == 0)
      notes.push_back(fmt::format("{} log: no such case", which));
  };
  note(compared.first, "first");
  note(compared.second, "second");
  return notes;
}

std::string rate_text(const slice::SliceOnLog& on) { return on.n == 0 ? "–" : percent_text(on.rate); }
std::string cases_text(const slice::SliceOnLog& on) { return on.unmeasurable.empty() ? count_text(on.n) : "–"; }

Json log_json(const slice::ComparedLog& log) {
  return {{"files", log.files},
          {"rows", log.rows},
          {"failures", log.failures},
          {"rate", log.rate},
          {"interval", interval_json(log.interval)}};
}

Json slice_json(const slice::ComparedSlice& compared) {
  const bool comparable = compared.change != Change::incomparable;
  return {{"change", slice::name_of(compared.change)},
          {"words", words_of(compared.where)},
          {"where", where_json(compared.where)},
          {"sql", compared.sql},
          {"found_on", slice::name_of(compared.found_on)},
          {"first", on_log_json(compared.first)},
          {"second", on_log_json(compared.second)},
          {"p_value", comparable ? p_value_json(compared.log_p) : Json(nullptr)},
          {"p_adjusted", comparable ? p_value_json(compared.log_p_adjusted) : Json(nullptr)}};
}

}  // namespace

std::string comparison_terminal(const slice::Comparison& comparison, const TerminalOptions& options) {
  TerminalText out(options);
  out.item("first   ", whole_text(comparison.first));
  out.item("second  ", whole_text(comparison.second));
  out.paragraph(fmt::format("The two rates differ with {}.", p_equation(comparison.log_p)));
  if (comparison.slices.empty()) {
    out.blank();
    out.paragraph("No hotspot is confirmed on either log, so there is nothing to compare.");
    return out.take();
  }
  out.heading("Slices");
  std::vector<TerminalText::Row> rows;
  for (const auto& compared : comparison.slices) {
    const bool comparable = compared.change != Change::incomparable;
    rows.push_back({.cells = {{std::string(slice::name_of(compared.change)), ink_of(compared.change)},
                              {words_of(compared.where)},
                              {cases_text(compared.first)},
                              {rate_text(compared.first)},
                              {cases_text(compared.second)},
                              {rate_text(compared.second)},
                              {comparable ? p_text(compared.log_p_adjusted) : "–"}},
                    .notes = notes_of(compared)});
  }
  out.table({{"", Align::left},
             {"slice", Align::left, true},
             {"cases 1"},
             {"fail 1"},
             {"cases 2"},
             {"fail 2"},
             {"adjusted p"}},
            rows);
  out.blank();
  out.paragraph(
      "On the log that a slice was found on, only the cases count that were held out from the search. A change counts "
      "when its adjusted p is at most " +
          fmt::format("{}.", comparison.fdr),
      Ink::soft);
  return out.take();
}

std::string comparison_json(const slice::Comparison& comparison) {
  Json json{{"schema", "errata.comparison"},
            {"schema_version", kComparisonSchemaVersion},
            {"first", log_json(comparison.first)},
            {"second", log_json(comparison.second)},
            {"p_value", p_value_json(comparison.log_p)},
            {"fdr", comparison.fdr}};
  json["slices"] = Json::array();
  for (const auto& compared : comparison.slices) json["slices"].push_back(slice_json(compared));
  return json_text(json);
}

}  // namespace errata::report
