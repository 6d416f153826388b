#include "errata/engine/compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "errata/report/analysis/comparison.h"
#include "errata/report/kit/plots.h"
#include "flags.h"
#include "memory_limit.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_compare {
namespace {

constexpr const char* kCases = "Which cases are the same";

struct Given {
  std::string first, second;
  engine::AnalyzeRequest request;
  slice::PairingOptions pairing;
  std::string saved, report, json, plots;
  bool fail_on_worse = false;
  Running running;
  std::uint64_t memory_limit = 0;  ///< bytes; 0: none
};

void declare(CLI::App& app, Given& given) {
  app.add_option("A", given.first, "the log before, a file or glob")->required()->type_name("");
  app.add_option("B", given.second, "the log after, or of the other model")->required()->type_name("");
  add_reading(app, given.request.read);
  add_roles(app, given.request.read.roles);
  add_failure_rule(app, given.request.read);
  add_analysis(app, given.request.analysis);
  const auto set_mode = [&given](slice::PairingMode mode) { return [&given, mode] { given.pairing.mode = mode; }; };
  auto* paired =
      app.add_flag_callback("--paired", set_mode(slice::PairingMode::paired),
                            "both logs hold the same cases: joined by --id or a usual id column, else row by row");
  auto* unpaired = app.add_flag_callback("--unpaired", set_mode(slice::PairingMode::unpaired),
                                         "the logs hold different cases, whatever ids or rows look like");
  paired->group(kCases)->excludes(unpaired);
  unpaired->group(kCases);
  const auto add_place = [&](const char* flag, std::string& place, const char* type, const char* words) {
    app.add_option(flag, place, words)->type_name(type)->group(kOutput);
  };
  add_place("-o,--output", given.report, "FILE", "the comparison, one HTML file that works offline");
  add_json(app, given.json);
  add_place("--plots", given.plots, "DIR", "each chart as SVG and PNG");
  add_place("--slices", given.saved, "FILE", "compare saved slices instead of the hotspots of the two logs");
  app.add_flag("--fail-on-worse", given.fail_on_worse,
               "exit with 1 when the second log fails more, or a slice is new or worse, at the level of --fdr")
      ->group(kOutput);
  add_running(app, given.running);
  add_memory_limit(app, given.memory_limit);
  add_colour(app, given.running);
}

Result<void> write_outputs(const Given& given, const slice::Comparison& comparison, OutputFiles& files,
                           Console& console) {
  if (!given.report.empty()) ERRATA_TRY(files.write(given.report, report::comparison_page(comparison)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::comparison_json(comparison)));
  if (!given.plots.empty())
    ERRATA_TRY(report::write_plots(report::comparison_charts(comparison), given.plots, &console.stop()));
  return files.commit();
}

std::string written(const Given& given) {
  return places_text({{given.report, "the report"}, {given.json, "the same as JSON"}, {given.plots, "the charts"}});
}

Result<int> run(Given& given, Console& console) {
  ERRATA_TRY(stay_within(given.memory_limit));
  OutputFiles files(std::vector{given.first, given.second});
  for (const auto& place : {given.report, given.json}) ERRATA_TRY(files.open(place));
  ERRATA_TRY(check_folder(given.plots));
  given.request.read.threads = given.running.threads;
  engine::CompareRequest request{.first = given.request, .second = given.request, .pairing = given.pairing};
  request.first.read.paths = {given.first};
  request.second.read.paths = {given.second};
  if (!given.saved.empty()) {
    ERRATA_ASSIGN(request.saved, engine::read_saved_slices(given.saved));
  }
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto comparison, engine::compare(request, pool, console.progress(given.running.quiet)));
  ERRATA_TRY(write_outputs(given, comparison, files, console));
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::comparison_json(comparison)));
  } else if (!given.running.quiet) {
    ERRATA_TRY(console.print(report::comparison_terminal(comparison, {.colour = console.colour(given.running.colour)}) +
                             written(given)));
  }
  return given.fail_on_worse && comparison.is_worse() ? 1 : 0;
}

}  // namespace
}  // namespace of_compare

Verb compare_verb() {
  using namespace of_compare;
  auto given = std::make_shared<Given>();
  return {.name = "compare",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
