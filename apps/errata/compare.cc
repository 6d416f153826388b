#include "errata/engine/compare.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "errata/report/analysis/comparison.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace {

struct Given {
  std::string first, second;
  engine::AnalyzeRequest request;
  std::string saved, json;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  app.add_option("A", given.first, "the log before, a file or glob")->required()->type_name("");
  app.add_option("B", given.second, "the log after, or of the other model")->required()->type_name("");
  add_reading(app, given.request.read);
  add_roles(app, given.request.read.roles);
  add_failure_rule(app, given.request.read);
  add_analysis(app, given.request.analysis);
  app.add_option("--slices", given.saved, "compare saved slices instead of the hotspots of the two logs")
      ->type_name("FILE")
      ->group(kOutput);
  add_json(app, given.json);
  add_running(app, given.running);
  add_colour(app, given.running);
}

Result<int> run(Given& given, Console& console) {
  OutputFiles files(std::vector{given.first, given.second});
  ERRATA_TRY(files.open(given.json));
  given.request.read.threads = given.running.threads;
  engine::CompareRequest request{.first = given.request, .second = given.request};
  request.first.read.paths = {given.first};
  request.second.read.paths = {given.second};
  if (!given.saved.empty()) {
    ERRATA_ASSIGN(request.saved, engine::read_saved_slices(given.saved));
  }
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto comparison, engine::compare(request, pool, console.progress(given.running.quiet)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::comparison_json(comparison)));
  ERRATA_TRY(files.commit());
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::comparison_json(comparison)));
  } else if (!given.running.quiet) {
    ERRATA_TRY(
        console.print(report::comparison_terminal(comparison, {.colour = console.colour(given.running.colour)})));
  }
  return 0;
}

}  // namespace

Verb compare_verb() {
  auto given = std::make_shared<Given>();
  return {.name = "compare",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
