#include "errata/engine_nn/audit_train.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "audit_flags.h"
#include "errata/base/atomic_file.h"
#include "errata/report/audit/charts.h"
#include "errata/report/audit/json.h"
#include "errata/report/audit/page.h"
#include "errata/report/audit/terminal.h"
#include "errata/report/kit/plots.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_audit_train {
namespace {

constexpr const char* kReport = "report.html";
constexpr const char* kMetrics = "metrics.json";
constexpr const char* kAuditorFile = "auditor.pt";

struct Given {
  engine_nn::AuditTrainRequest request;
  AuditorFlags auditor;
  Running running;
  image::MixWords mix{.mix = "train"};
  std::string json, plots, left_out, primary;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  auto& pair = request.pair;
  declare_image_data(app, request.data, request.images);
  app.add_option("--foreign", request.foreign, "images of other things to measure on, as --data: letters, cifar10, ...")
      ->type_name("DATA")
      ->group(kImages);
  app.add_option("--held-out", pair.held_out,
                 "training images kept from both networks, for calibration [5000, at most a tenth]")
      ->type_name("N")
      ->group(kImages);
  app.add_option("--samples", pair.samples, "corrupted images that the auditor learns from")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--primary", given.primary,
                 "the first network: plain, or residual for pictures in colour [by the images' channels]")
      ->type_name("WORD")
      ->group(kImages);
  app.add_option("--primary-epochs", pair.primary_epochs, "of the first network [3; 24 of the residual one]")
      ->type_name("N")
      ->group(kImages);
  app.add_flag("--primary-augmented", pair.primary_augmented,
               "a control: train the first network on the corruptions as well")
      ->group(kImages);
  declare_mix(app, given.mix);
  app.add_flag("--source", pair.source, "the source's protocol: its four corruptions, 38,400 samples, its auditor")
      ->excludes("--mix")
      ->group(kImages);
  app.add_flag("--out-of-fold", pair.out_of_fold,
               "a control: the auditor learns from images that the first network did not")
      ->group(kImages);
  app.add_flag("--leave-one-out{all}", given.left_out,
               "also an auditor a corruption that has not seen it, of all or of those named")
      ->type_name("NAMES")
      ->group(kImages);
  declare_auditor(app, given.auditor, pair.fit);
  app.add_option("-o,--output", request.output, "folder for the networks, the report and its figures")
      ->type_name("DIR")
      ->capture_default_str()
      ->group(kOutput);
  add_json(app, given.json);
  app.add_option("--plots", given.plots, "each chart as SVG and PNG")->type_name("DIR")->group(kOutput);
  add_running(app, given.running);
  add_colour(app, given.running);
}

/// What stands in the folder beside the networks.
std::string place_in(const Given& given, const char* name) {
  return (std::filesystem::path(given.request.output) / name).string();
}

/// @param made  the folder where it is new: it goes again when nothing comes to lie in it
Result<void> open_outputs(const Given& given, OutputFiles& files, UnfinishedFile& made) {
  ERRATA_TRY(check_folder(given.request.output));
  std::error_code problem;
  if (std::filesystem::create_directories(given.request.output, problem)) made = UnfinishedFile(given.request.output);
  if (problem) return output_error(fmt::format("{}: {}", given.request.output, problem.message()));
  for (const auto& place : {place_in(given, kReport), place_in(given, kMetrics), given.json})
    ERRATA_TRY(files.open(place));
  return check_folder(given.plots);
}

Result<void> write_outputs(const Given& given, engine_nn::AuditTrained& trained, OutputFiles& files,
                           const Console& console) {
  const audit::Audit& audit = trained.audit;
  const std::string json = report::audit_json(audit);
  ERRATA_TRY(files.write(place_in(given, kReport), report::audit_page(audit)));
  ERRATA_TRY(files.write(place_in(given, kMetrics), json));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, json));
  if (!given.plots.empty()) ERRATA_TRY(report::write_plots(report::audit_charts(audit), given.plots, &console.stop()));
  throw_if_requested(&console.stop());
  return trained.commit([&] { return files.commit(); });
}

std::string written(const Given& given, const audit::Audit& audit) {
  return places_text({{place_in(given, kReport), "the report"},
                      {place_in(given, kMetrics), "the same as JSON"},
                      {given.json, "the same as JSON"},
                      {given.plots, "the charts"},
                      {audit.no_auditor.empty() ? place_in(given, kAuditorFile) : "", "the auditor"},
                      {place_in(given, "primary.pt"), "the network that it audits"},
                      {place_in(given, "latents.npz"), "what that network computed for the first set"}});
}

Result<void> show(const Given& given, const audit::Audit& audit, Console& console) {
  if (given.json == "-") return console.print(report::audit_json(audit));
  if (given.running.quiet) return {};
  const report::TerminalOptions terminal{.colour = console.colour(given.running.colour)};
  return console.print(report::audit_terminal(audit, terminal) + written(given, audit));
}

/// What the flags mean together.
Result<void> take(Given& given) {
  auto& pair = given.request.pair;
  ERRATA_TRY(take_auditor(given.auditor, given.running, pair.fit));
  pair.fit.other_question = false;  // what holds on corruptions that were not seen is not known from those that were
  take_image_data(pair.fit.seed, given.request.images);
  if (!given.primary.empty()) {
    if (given.primary != "plain" && given.primary != "residual")
      return invalid_argument(fmt::format("--primary '{}' is not one of plain, residual", given.primary));
    pair.network = given.primary == "plain" ? nn::ClassifierNetwork::plain : nn::ClassifierNetwork::residual;
  }
  if (pair.source) {
    given.mix.mix = "source";
    pair.fit.auditor = audit::source_auditor(pair.fit.seed);
    pair.fit.longer = false;
  }
  ERRATA_ASSIGN(pair.mix, image::mix_of(given.mix));
  if (given.left_out == "all") {
    pair.left_out = image::every_corruption();
  } else if (!given.left_out.empty()) {
    auto named = image::corruptions_named(given.left_out);
    if (!named) return invalid_argument(fmt::format("--leave-one-out={}: {}", given.left_out, named.error().message));
    pair.left_out = *std::move(named);
  }
  return {};
}

Result<int> run(Given& given, Console& console) {
  ERRATA_TRY(take(given));
  UnfinishedFile made;
  OutputFiles files({});
  ERRATA_TRY(open_outputs(given, files, made));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(auto trained, engine_nn::train_audit(given.request, pool, console.progress(given.running.quiet)));
  ERRATA_TRY(write_outputs(given, trained, files, console));
  ERRATA_TRY(show(given, trained.audit, console));
  ERRATA_TRY(was_written(trained.audit, place_in(given, kAuditorFile)));
  return 0;
}

}  // namespace
}  // namespace of_audit_train

Verb audit_train_verb() {
  using namespace of_audit_train;
  auto given = std::make_shared<Given>();
  return {.name = "train",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
