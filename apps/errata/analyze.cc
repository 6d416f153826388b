#include "errata/engine/analyze.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "errata/report/analysis/charts.h"
#include "errata/report/analysis/json.h"
#include "errata/report/analysis/page.h"
#include "errata/report/analysis/saved_slices.h"
#include "errata/report/analysis/terminal.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/plots.h"
#include "flags.h"
#include "hotspot_limits.h"
#include "memory_limit.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_analyze {
namespace {

struct Given {
  engine::AnalyzeRequest request;
  Running running;
  std::uint64_t memory_limit = 0;  ///< bytes; 0: none
  std::string saved, save_slices, report, json, plots, export_cases;
  std::string export_format{engine::kExportFormats.front()};
  std::optional<HotspotLimits> fail_on_hotspot;
};

void declare(CLI::App& app, Given& given) {
  add_logs(app, given.request.read.paths);
  add_reading(app, given.request.read);
  add_roles(app, given.request.read.roles);
  add_failure_rule(app, given.request.read);
  add_groups(app, given.request.read.roles, given.request.analysis.groups);
  add_analysis(app, given.request.analysis);
  const auto add_place = [&](const char* flag, std::string& place, const char* type, const char* words) {
    app.add_option(flag, place, words)->type_name(type)->group(kOutput);
  };
  add_place("-o,--output", given.report, "FILE", "the report, one HTML file that works offline");
  add_json(app, given.json);
  add_place("--plots", given.plots, "DIR", "each chart as SVG and PNG");
  add_place("--save-slices", given.save_slices, "FILE", "the hotspots, to be measured on another log");
  add_place("--slices", given.saved, "FILE", "measure saved slices on this log as well");
  add_place("--export-cases", given.export_cases, "DIR", "the cases of each hotspot, a file each");
  app.add_option("--export-format", given.export_format, "of these files: parquet, csv, csv.gz or jsonl")
      ->type_name("WORD")
      ->check(CLI::IsMember(std::vector<std::string>(engine::kExportFormats.begin(), engine::kExportFormats.end())))
      ->capture_default_str()
      ->group(kOutput);
  const auto take_limits = [&given](const std::string& text) {
    auto limits = parse_hotspot_limits(text);
    if (!limits) throw CLI::ValidationError("--fail-on-hotspot", limits.error().message);
    given.fail_on_hotspot = *limits;
  };
  app.add_option_function<std::string>("--fail-on-hotspot", take_limits,
                                       "exit with 1 when a hotspot is confirmed, or one that reaches every limit: "
                                       "rate=R,lift=L,share=S (of all failures), excess=E (beyond what its "
                                       "confidence expects)")
      ->type_name("[LIMITS]")
      ->group(kOutput);
  add_running(app, given.running);
  add_memory_limit(app, given.memory_limit);
  add_colour(app, given.running);
}

Result<void> open_outputs(const Given& given, OutputFiles& files) {
  for (const auto& place : {given.report, given.json, given.save_slices}) ERRATA_TRY(files.open(place));
  ERRATA_TRY(check_folder(given.plots));
  return check_folder(given.export_cases);
}

Result<void> write_outputs(const Given& given, const engine::AnalyzedLog& analyzed, OutputFiles& files,
                           Console& console) {
  const auto& analysis = analyzed.analysis;
  if (!given.report.empty()) ERRATA_TRY(files.write(given.report, report::analysis_page(analysis)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::analysis_json(analysis)));
  if (!given.save_slices.empty()) ERRATA_TRY(files.write(given.save_slices, report::saved_slices_json(analysis)));
  if (!given.plots.empty())
    ERRATA_TRY(report::write_plots(report::analysis_charts(analysis), given.plots, &console.stop()));
  if (!given.export_cases.empty())
    ERRATA_TRY(engine::export_hotspots(analyzed, given.export_cases, given.export_format, Progress(&console.stop())));
  return files.commit();
}

std::string written(const Given& given) {
  return places_text({{given.report, "the report"},
                      {given.json, "the same as JSON"},
                      {given.plots, "the charts"},
                      {given.save_slices, "the hotspots"},
                      {given.export_cases, "the cases of the hotspots"}});
}

Result<int> run(Given& given, Console& console) {
  ERRATA_TRY(stay_within(given.memory_limit));
  OutputFiles files(given.request.read.paths);
  ERRATA_TRY(open_outputs(given, files));
  if (!given.saved.empty()) {
    ERRATA_ASSIGN(given.request.saved, engine::read_saved_slices(given.saved));
  }
  given.request.read.threads = given.running.threads;
  given.request.ids_of_examples = !given.report.empty() || !given.json.empty();
  ThreadPool pool = console.pool(given.running.threads);
  const Progress progress = console.progress(given.running.quiet);
  ERRATA_ASSIGN(const auto analyzed, engine::analyze(given.request, pool, progress));
  const auto& analysis = analyzed.analysis;
  if (given.fail_on_hotspot) ERRATA_TRY(check_hotspot_limits(analysis, *given.fail_on_hotspot));
  tell(progress, "writing the report", 1);
  ERRATA_TRY(write_outputs(given, analyzed, files, console));
  const int status = given.fail_on_hotspot && has_hotspot_at(analysis, *given.fail_on_hotspot) ? 1 : 0;
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::analysis_json(analysis)));
    return status;
  }
  if (given.running.quiet) return status;
  const report::TerminalOptions terminal{.colour = console.colour(given.running.colour)};
  ERRATA_TRY(console.print(report::analysis_terminal(analysis, terminal) + written(given)));
  return status;
}

}  // namespace
}  // namespace of_analyze

Verb analyze_verb() {
  using namespace of_analyze;
  auto given = std::make_shared<Given>();
  return {.name = "analyze",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
