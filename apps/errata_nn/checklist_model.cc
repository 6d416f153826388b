#include "checklist_model.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "errata/engine_nn/robustness_cases.h"
#include "errata/image/corruption.h"
#include "errata/report/robustness/json.h"
#include "errata/report/robustness/page.h"
#include "errata/report/robustness/terminal.h"
#include "errata/robustness/robustness.h"
#include "errata/table/write_log.h"
#include "output.h"

namespace errata::cli {
namespace {

constexpr const char* kClassifier = "Any classifier";
constexpr const char* kGates = "Gates of a classifier";

void declare_what(CLI::App& app, ClassifierFlags& flags) {
  auto* model = app.add_option("--model", flags.model.subject.model,
                               "check this classifier of pictures: ONNX, Errata's own, or TorchScript, whose code runs")
                    ->type_name("FILE")
                    ->group(kClassifier);
  auto* log = app.add_option("--log", flags.log.read.paths, "check the predictions of a log; several files are one log")
                  ->type_name("LOG")
                  ->allow_extra_args(false)
                  ->group(kClassifier);
  log->excludes(model);
  for (const char* of_allocators : {"--modes", "--seeds", "--first-seed", "--reading", "--pictures", "--allocator"})
    for (auto* classifier : {model, log}) classifier->excludes(app.get_option(of_allocators));
  app.add_option("--earlier", flags.earlier, "model, or log of the same cases, that retention is measured against")
      ->type_name("FILE")
      ->group(kClassifier);
  app.add_option("--checks", flags.checks,
                 "corruption, calibration, rejection, stability, slices, retention; those named must be measured [all "
                 "that can be]")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kClassifier);
  app.add_option("--seed", flags.model.options.seed, "of what is drawn for a classifier")
      ->type_name("N")
      ->capture_default_str()
      ->group(kRunning);
}

void declare_pictures(CLI::App& app, ClassifierFlags& flags) {
  declare_image_subject(app, flags.subject, flags.model.subject);
  auto& probe = flags.model.probe;
  app.add_option("--foreign", flags.model.foreign,
                 "pictures of something else, beside those drawn here: as --data takes them")
      ->type_name("DATA")
      ->group(kImages);
  app.add_option("--corruptions", flags.corruptions, "of the sweep [those of ImageNet-C that there are]")
      ->type_name("NAMES")
      ->group(kImages);
  app.add_option("--sample", probe.sample, "images that are corrupted")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--sequences", probe.sequences, "images that are perturbed little by little")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--frames", probe.frames, "of a sequence")->type_name("N")->capture_default_str()->group(kImages);
  app.add_option("--foreign-sample", probe.foreign, "pictures of each foreign set")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
}

void declare_log(CLI::App& app, ClassifierFlags& flags) {
  app.add_option("--severity", flags.log.shift.severity,
                 "column of how severe a shift is, numbers or sorted words; 0, none, clean or missing: not at all")
      ->type_name("COLUMN")
      ->group(kRoles);
  app.add_option("--by", flags.log.shift.corruption, "column of the kind of shift, e.g. its corruption")
      ->type_name("COLUMN")
      ->group(kRoles);
  add_reading(app, flags.log.read);
  add_roles(app, flags.log.read.roles);
  add_failure_rule(app, flags.log.read);
}

void declare_gates(CLI::App& app, ClassifierFlags& flags) {
  for (const robustness::QuantityInfo& info : robustness::quantities())
    if (info.limit != nullptr)
      app.add_option(fmt::format("--{}", info.gate), flags.model.options.gates.*info.limit, std::string(info.words))
          ->type_name("P")
          ->capture_default_str()
          ->group(kGates);
}

Result<void> take(ClassifierFlags& flags, const Running& running) {
  auto& options = flags.model.options;
  for (const std::string& name : flags.checks) {
    ERRATA_ASSIGN(const robustness::Check check, robustness::check_named(name));
    options.checks.push_back(check);
  }
  flags.log.options = options;
  flags.log.earlier = flags.model.earlier = flags.earlier;
  flags.log.read.threads = running.threads;
  if (!flags.log.read.paths.empty()) return {};
  flags.model.probe.seed = options.seed;
  if (!flags.corruptions.empty()) {
    ERRATA_ASSIGN(flags.model.probe.corruptions, image::corruptions_named(flags.corruptions));
  }
  return take_image_subject(flags.subject, running, options.seed, flags.model.subject);
}

Result<engine_nn::ClassifierChecklist> check(const ClassifierFlags& flags, ThreadPool& pool, const Progress& progress) {
  if (flags.log.read.paths.empty()) return engine_nn::check_model(flags.model, pool, progress);
  return engine_nn::check_log(flags.log, pool, progress);
}

}  // namespace

void declare_classifier(CLI::App& app, ClassifierFlags& flags) {
  declare_what(app, flags);
  declare_pictures(app, flags);
  declare_log(app, flags);
  declare_gates(app, flags);
}

Result<int> run_classifier(ClassifierFlags& flags, const ClassifierOutput& output, const Running& running,
                           Console& console) {
  ERRATA_TRY(take(flags, running));
  std::vector<std::string> inputs = flags.log.read.paths;
  for (const std::string& place : {flags.model.subject.model, flags.earlier})
    if (!place.empty()) inputs.push_back(place);
  OutputFiles files(inputs);
  for (const std::string& place : {output.report, output.json}) ERRATA_TRY(files.open(place));
  if (!output.cases.empty()) {
    if (!flags.log.read.paths.empty())
      return invalid_argument("--cases: the cases of a log stand in the log; this is for --model");
    ERRATA_TRY(table::check_log_place(output.cases));
  }
  ThreadPool pool = console.pool(running.threads);
  ERRATA_ASSIGN(const engine_nn::ClassifierChecklist checked, check(flags, pool, console.progress(running.quiet)));
  const robustness::Robustness& made = checked.made;
  if (!output.report.empty()) ERRATA_TRY(files.write(output.report, report::robustness_page(made)));
  if (!output.json.empty()) ERRATA_TRY(files.write(output.json, report::robustness_json(made)));
  if (!output.cases.empty())
    ERRATA_TRY(engine_nn::write_robustness_cases(checked.evidence, output.cases, &console.stop()));
  ERRATA_TRY(files.commit());
  if (output.json == "-") {
    ERRATA_TRY(console.print(report::robustness_json(made)));
  } else if (!running.quiet) {
    ERRATA_TRY(console.print(report::robustness_terminal(made, {.colour = console.colour(running.colour)})));
  }
  return made.passed() ? 0 : 1;
}

}  // namespace errata::cli
