#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "audit_flags.h"
#include "errata/engine_nn/audit_fit.h"
#include "errata/report/kit/numbers.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_audit_score {
namespace {

struct Given {
  engine_nn::AuditScoreRequest request;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  add_logs(app, request.read.paths, kOrArrays);
  app.add_option("--auditor", request.auditor, "an auditor that `errata audit fit` or `train` wrote")
      ->type_name("FILE.pt")
      ->required()
      ->group(kModelColumns);
  declare_audit_columns(app, request.columns);
  add_reading(app, request.read);
  add_roles(app, request.read.roles);
  add_failure_rule(app, request.read);
  app.add_option("-o,--output", request.output,
                 "the log with the risk beside it: .parquet, .csv[.gz], .jsonl; the risk: .npz, .npy")
      ->type_name("FILE")
      ->required()
      ->group(kOutput);
  app.add_option("--as", request.name, "name of the risk's column")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(kOutput);
  add_running(app, given.running);
}

std::string text_of(const engine_nn::AuditScored& scored, const engine_nn::AuditScoreRequest& request) {
  std::string text = fmt::format("{} cases scored, mean risk {:.4f}\n", scored.cases, scored.mean_risk);
  if (scored.unlike > 0)
    text += fmt::format("{} of them are unlike the clean cases, whatever their risk\n", scored.unlike);
  const std::string known = scored.judged == scored.cases ? "all" : fmt::format("{}", scored.judged);
  if (scored.judged == 0)
    text += "No outcome is known yet\n";
  else if (scored.auroc)
    text += fmt::format("AUROC for failures, over {} cases whose outcome is known: {:.4f}\n", known, *scored.auroc);
  else
    text += fmt::format("Outcomes of {} cases are known: too few failures or successes to measure by\n", known);
  for (const auto& [point, realised, alike] : scored.points) {
    const auto accepts = [](const audit::RealisedRisk& of) {
      return report::percent_text(of.coverage) +
             (of.accepted.trials == 0 ? "" : fmt::format(", of which {} failed", report::percent_text(of.risk)));
    };
    text += fmt::format("{} at {}: accepts {}", audit::name_of(point.rule), point.target, accepts(realised));
    if (scored.unlike > 0) text += fmt::format("; without the unlike {}", accepts(alike));
    text += "\n";
  }
  if (scored.points.empty())
    for (const auto& [point, accepted, alike] : scored.accepted)
      text += fmt::format("{} at {}: accepts {}{}\n", audit::name_of(point.rule), point.target,
                          report::percent_text(accepted),
                          scored.unlike > 0 ? "; without the unlike " + report::percent_text(alike) : "");
  const std::string names =
      scored.looks_for_unlike ? fmt::format("s {0} and {0}_unlike", request.name) : fmt::format(" {}", request.name);
  const bool alone = request.output.ends_with(".npy");
  const bool archive = request.output.ends_with(".npz");
  return text + fmt::format("{}: {}\n", request.output,
                            alone     ? "the risks"
                            : archive ? "the risks, as array" + names
                                      : "the log with column" + names);
}

Result<int> run(Given& given, Console& console) {
  auto& request = given.request;
  OutputFiles files(request.read.paths);
  ERRATA_TRY(files.open(request.output));
  request.read.threads = given.running.threads;
  nn::set_threads(given.running.threads);
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto scored, engine_nn::score_audit(request, pool, console.progress(given.running.quiet)));
  for (const auto& warning : scored.warnings)
    if (!given.running.quiet) console.remark("note: " + warning);
  if (!given.running.quiet) ERRATA_TRY(console.print_words(text_of(scored, request)));
  return 0;
}

}  // namespace
}  // namespace of_audit_score

Verb audit_score_verb() {
  using namespace of_audit_score;
  auto given = std::make_shared<Given>();
  return {.name = "score",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
