#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "audit_flags.h"
#include "errata/engine_nn/audit_fit.h"
#include "errata/report/audit/json.h"
#include "errata/report/audit/page.h"
#include "errata/report/audit/terminal.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_audit_fit {
namespace {

struct Given {
  engine_nn::AuditFitRequest request;
  AuditorFlags auditor;
  Running running;
  std::string report, json;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  add_logs(app, request.read.paths, kOrArrays);
  declare_audit_columns(app, request.columns);
  app.add_option("--split", request.columns.split, "column of the words train, calibration and test")
      ->type_name("COLUMN")
      ->group(kModelColumns);
  app.add_option("--by", request.columns.group, "column of the kind of input, e.g. its corruption; measured one by one")
      ->type_name("COLUMN")
      ->group(kModelColumns);
  add_reading(app, request.read);
  add_roles(app, request.read.roles);
  add_failure_rule(app, request.read);
  app.add_option("--test-share", request.test_share, "of the cases, without --split; the latest where there are times")
      ->type_name("P")
      ->capture_default_str()
      ->group(kAuditor);
  app.add_option("--calibration-share", request.calibration_share, "of the cases, without --split")
      ->type_name("P")
      ->capture_default_str()
      ->group(kAuditor);
  app.add_flag("--leave-one-out", request.leave_one_out, "with --by: also an auditor a kind that has not seen it")
      ->group(kAuditor);
  declare_auditor(app, given.auditor, request.fit);
  app.add_option("-o,--output", request.auditor, "the auditor, for `errata audit score` and for Python")
      ->type_name("FILE.pt")
      ->group(kOutput);
  app.add_option("--report", given.report, "the report, one HTML file that works offline")
      ->type_name("FILE.html")
      ->group(kOutput);
  add_json(app, given.json);
  add_running(app, given.running);
  add_colour(app, given.running);
}

Result<void> show(const Given& given, const audit::Audit& audit, Console& console) {
  if (given.json == "-") return console.print(report::audit_json(audit));
  if (given.running.quiet) return {};
  return console.print(report::audit_terminal(audit, {.colour = console.colour(given.running.colour)}));
}

Result<int> run(Given& given, Console& console) {
  auto& request = given.request;
  ERRATA_TRY(take_auditor(given.auditor, given.running, request.fit));
  OutputFiles files(request.read.paths);
  for (const auto& place : {given.report, given.json}) ERRATA_TRY(files.open(place));
  request.read.threads = given.running.threads;
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const audit::Audit audit, engine_nn::fit_audit(request, pool, console.progress(given.running.quiet)));
  if (!given.report.empty()) ERRATA_TRY(files.write(given.report, report::audit_page(audit)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::audit_json(audit)));
  ERRATA_TRY(files.commit());
  ERRATA_TRY(show(given, audit, console));
  ERRATA_TRY(was_written(audit, request.auditor));
  return 0;
}

}  // namespace
}  // namespace of_audit_fit

Verb audit_fit_verb() {
  using namespace of_audit_fit;
  auto given = std::make_shared<Given>();
  return {.name = "fit",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
