#include "errata/engine/slices.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "errata/report/analysis/json.h"
#include "flags.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_slices {
namespace {

struct Given {
  engine::SlicesRequest request;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  add_logs(app, given.request.read.paths);
  add_reading(app, given.request.read);
  add_roles(app, given.request.read.roles);
  add_failure_rule(app, given.request.read);
  add_search(app, given.request.search, given.request.coding);
  add_running(app, given.running);
}

Result<int> run(Given& given, Console& console) {
  given.request.read.threads = given.running.threads;
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto found, engine::find_slices(given.request, pool, console.progress(given.running.quiet)));
  for (const auto& warning : found.warnings)
    if (!given.running.quiet) console.remark("note: " + warning);
  ERRATA_TRY(console.print(report::slices_json(found.result, found.where, found.losses) + "\n"));
  return 0;
}

}  // namespace
}  // namespace of_slices

Verb slices_verb() {
  using namespace of_slices;
  auto given = std::make_shared<Given>();
  return {.name = "slices",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
