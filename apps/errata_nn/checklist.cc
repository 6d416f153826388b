#include "errata/engine_nn/checklist.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <optional>

#include "cache_folder.h"
#include "checklist_model.h"
#include "errata/engine_nn/checklist_cases.h"
#include "errata/report/checklist/json.h"
#include "errata/report/checklist/page.h"
#include "errata/report/checklist/terminal.h"
#include "errata/table/write_log.h"
#include "flags.h"
#include "output.h"
#include "outside_flags.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_checklist {
namespace {

struct Given {
  engine_nn::ChecklistRequest request;
  OutsideFlags outside;
  ClassifierFlags classifier;
  std::vector<std::string> modes;
  std::optional<std::size_t> reading;
  std::string pictures;
  Running running;
  std::string report, cases, json;
};

void declare(CLI::App& app, Given& given) {
  auto& options = given.request.options;
  app.add_option("--modes", given.modes, "numbers of modes, e.g. 1,4,5 [all]")
      ->type_name("N,N...")
      ->delimiter(',')
      ->group(kRunning);
  app.add_option("--seeds", options.seeds, "scenes a mode")->type_name("N")->capture_default_str()->group(kRunning);
  app.add_option("--first-seed", options.first_seed, "of the scenes")
      ->type_name("N")
      ->capture_default_str()
      ->group(kRunning);
  app.add_option("--reading", given.reading,
                 "scenes in which words are read at equal budgets, 0: none [12, with --modes 0]")
      ->type_name("N")
      ->group(kRunning);
  app.add_option("--pictures", given.pictures,
                 "real photos and videos, in it or in its images/ and videos/, told beside the scenes [$ERRATA_DATA]")
      ->type_name("DIR")
      ->group(kRunning);
  add_cache(app, given.request.cache, kRunning);
  add_outside(app, given.outside);
  declare_classifier(app, given.classifier);
  app.add_option("--report", given.report, "the report, one HTML file that works offline")
      ->type_name("FILE.html")
      ->group(kOutput);
  app.add_option("--cases", given.cases,
                 "every case as a prediction log for `errata analyze`: .parquet, .csv, .csv.gz or .jsonl")
      ->type_name("FILE")
      ->group(kOutput);
  add_json(app, given.json);
  add_running(app, given.running);
  add_colour(app, given.running);
}

Result<int> run(Given& given, Console& console) {
  if (given.classifier.are_given())
    return run_classifier(given.classifier, {.report = given.report, .cases = given.cases, .json = given.json},
                          given.running, console);
  auto& request = given.request;
  for (const std::string& word : given.modes) {
    const std::optional<std::uint64_t> number = whole_number(word, 99);
    if (!number) return invalid_argument("--modes: '" + word + "' is no number of a mode");
    request.options.modes.push_back(static_cast<int>(*number));
  }
  request.options.examples = !given.report.empty();
  request.real.folder = given.pictures;
  if (const char* data = std::getenv("ERRATA_DATA"); given.pictures.empty() && data != nullptr)
    request.real = {.folder = data, .may_lack = true};
  if (!given.modes.empty()) request.options.reading_scenes = 0;
  if (given.reading) request.options.reading_scenes = *given.reading;
  ERRATA_ASSIGN(request.outside, outside_of(given.outside));
  if (given.reading.value_or(0) > 0 && !request.outside.command.empty())
    return invalid_argument("--reading is about allocators of Errata; it cannot be had with --allocator");
  OutputFiles files(std::vector<std::string>{});
  for (const auto& place : {given.report, given.json}) ERRATA_TRY(files.open(place));
  if (!given.cases.empty()) ERRATA_TRY(table::check_log_place(given.cases));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const checklist::Checklist made,
                engine_nn::run_checklist(request, pool, console.progress(given.running.quiet)));
  if (!given.report.empty()) {
    ERRATA_ASSIGN(const std::string page, report::checklist_page(made));
    ERRATA_TRY(files.write(given.report, page));
  }
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::checklist_json(made)));
  if (!given.cases.empty()) ERRATA_TRY(engine_nn::write_checklist_cases(made, given.cases, &console.stop()));
  ERRATA_TRY(files.commit());
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::checklist_json(made)));
  } else if (!given.running.quiet) {
    ERRATA_TRY(console.print(report::checklist_terminal(made, {.colour = console.colour(given.running.colour)})));
  }
  return made.passed() ? 0 : 1;
}

}  // namespace
}  // namespace of_checklist

Verb checklist_verb() {
  using namespace of_checklist;
  auto given = std::make_shared<Given>();
  given->request.cache = cache_folder();
  return {.name = "checklist",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
