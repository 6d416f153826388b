#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "errata/report/analysis/schema_words.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/terminal_text.h"
#include "errata/report/kit/utf8.h"
#include "errata/table/read_log.h"
#include "errata/table/roles.h"
#include "flags.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_schema {
namespace {

struct Given {
  table::ReadOptions read;
  Running running;
};

// Widths of the columns of the table; with a space between them they fill 80.
constexpr std::size_t kName = 24, kType = 10, kMissing = 9, kDistinct = 9, kRole = 12, kExample = 11;

std::string line(std::string_view name, std::string_view type, std::string_view missing, std::string_view distinct,
                 std::string_view role, std::string_view example) {
  using report::fit, report::pad_left, report::pad_right;
  return fmt::format("{} {} {} {} {} {}\n", pad_right(fit(name, kName), kName), pad_right(fit(type, kType), kType),
                     pad_left(fit(missing, kMissing), kMissing), pad_left(fit(distinct, kDistinct), kDistinct),
                     pad_right(fit(role, kRole), kRole), fit(example, kExample));
}

std::string schema_text(const table::LogSchema& schema) {
  std::string text = fmt::format("{}, {}\n\n", report::counted(schema.rows, "case", "cases"),
                                 report::counted(schema.columns.size(), "column", "columns"));
  text += line("column", "type", "missing", "distinct", "role", "example");
  text += std::string(80, '-') + "\n";
  bool guessed = false;
  for (const auto& column : schema.columns) {
    guessed = guessed || column.guessed;
    text += line(report::plain_text(column.name), column.type, report::count_text(column.missing),
                 (column.approximate ? "~" : "") + report::count_text(column.distinct),
                 column.role + (column.guessed ? " *" : ""), report::plain_text(column.example));
  }
  if (guessed) text += "\n* guessed; name another with a flag, e.g. --label COLUMN\n";
  return text;
}

/// The roles once the values have been looked at.
void settle(table::LogSchema& schema, const table::PredictionLog& log) {
  for (table::ColumnSchema& column : schema.columns) {
    auto [role, guessed] = table::played_role(log.roles, column.name);
    column.role = std::ranges::count(log.redundant, column.name) > 0 ? "left out" : std::move(role);
    column.guessed = guessed;
  }
}

std::string meaning_text(const table::PredictionLog& log, const report::TerminalOptions& terminal) {
  report::TerminalText out(terminal);
  out.heading("What analyze makes of it");
  for (const std::string& line : report::schema_words(log)) out.item("- ", line);
  return out.take();
}

Result<int> run(Given& given, Console& console) {
  given.read.threads = given.running.threads;
  ERRATA_ASSIGN(auto schema, table::read_schema(given.read, &console.stop()));
  const auto log = table::read_log(given.read, console.progress(given.running.quiet));
  console.end_progress();
  if (log) settle(schema, *log);
  for (const auto& warning : log ? log->warnings : schema.warnings)
    if (!given.running.quiet) console.remark("note: " + warning);
  if (!log) console.remark("note: analyze refuses the log: " + log.error().message);
  const report::TerminalOptions terminal{.colour = console.colour(given.running.colour)};
  ERRATA_TRY(console.print(schema_text(schema) + (log ? meaning_text(*log, terminal) : "")));
  return 0;
}

}  // namespace
}  // namespace of_schema

Verb schema_verb() {
  using namespace of_schema;
  auto given = std::make_shared<Given>();
  const auto declare = [given](CLI::App& app) {
    add_logs(app, given->read.paths);
    add_reading(app, given->read);
    add_roles(app, given->read.roles);
    add_failure_rule(app, given->read);
    add_running(app, given->running);
  };
  return {.name = "schema", .declare = declare, .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
