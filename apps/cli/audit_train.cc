#include "errata/engine/audit_train.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "audit_flags.h"
#include "errata/report/audit.h"
#include "flags.h"
#include "output.h"
#include "verb.h"

namespace errata::cli {
namespace {

struct Given {
  engine::AuditTrainRequest request;
  AuditorFlags auditor;
  Running running;
  std::string json;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  app.add_option("--data", request.data, "mnist, fashion-mnist, digits (drawn here), a folder or an .npz file")
      ->type_name("DATA")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--data-folder", request.images.data, "holds mnist/ and fashion-mnist/; else $ERRATA_DATA")
      ->type_name("DIR")
      ->group(kImages);
  app.add_option("--images", request.images.digits, "images to draw for digits, a sixth of them for tests")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--held-out", request.held_out, "training images kept from both networks, for calibration")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--samples", request.samples, "corrupted images that the auditor learns from")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--primary-epochs", request.primary_epochs, "of the first network")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_flag("--primary-augmented", request.primary_augmented,
               "a control: train the first network on the corruptions as well")
      ->group(kImages);
  app.add_flag("--source", request.source, "the source's protocol: its four corruptions, 38,400 samples, its auditor")
      ->group(kImages);
  app.add_flag("--all-corruptions", request.all_corruptions, "learn from every corruption; no mix stays unseen")
      ->group(kImages);
  app.add_flag("--leave-one-out", request.leave_one_out, "also an auditor a corruption that has not seen it")
      ->group(kImages);
  declare_auditor(app, given.auditor, request.fit);
  app.add_option("-o,--output", request.output, "folder for the networks, figures and pictures")
      ->type_name("DIR")
      ->capture_default_str()
      ->group(kOutput);
  add_json(app, given.json);
  add_running(app, given.running);
  add_colour(app, given.running);
}

Result<int> run(Given& given, Console& console) {
  auto& request = given.request;
  ERRATA_TRY(take_auditor(given.auditor, given.running, request.fit));
  if (request.source) request.fit.auditor = audit::source_auditor(request.fit.seed);
  request.fit.auditor.seed = request.fit.seed;
  request.images.seed = request.fit.seed;
  if (const char* data = std::getenv("ERRATA_DATA"); request.images.data.empty() && data != nullptr)
    request.images.data = data;
  OutputFiles files({});
  ERRATA_TRY(files.open(given.json));
  ThreadPool pool(given.running.threads);
  ERRATA_ASSIGN(const audit::Audit audit, engine::train_audit(request, pool, console.progress(given.running.quiet)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::audit_json(audit)));
  ERRATA_TRY(files.commit());
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::audit_json(audit)));
    return 0;
  }
  if (given.running.quiet) return 0;
  ERRATA_TRY(console.print(report::audit_terminal(audit, {.colour = console.colour(given.running.colour)})));
  return 0;
}

}  // namespace

Verb audit_train_verb() {
  auto given = std::make_shared<Given>();
  return {.name = "train",
          .words = "Trains the built-in pair: an image classifier, and an auditor of what it computes.",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
