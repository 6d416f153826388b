#include "errata/simulate/simulate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "errata/report/kit/numbers.h"
#include "flags.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_simulate {
namespace {

constexpr const char* kDrawn = "What is drawn";

struct Given {
  simulate::SimulateOptions options;
  std::string place;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  std::string kinds;
  for (const auto& kind : simulate::kinds()) kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", kind.name);
  app.add_option("KIND", given.options.kind, "what to draw: " + kinds)->required()->type_name("");
  app.add_option("-o,--output", given.place, "the log: .parquet, .csv, .csv.gz or .jsonl; its truth goes beside it")
      ->required()
      ->type_name("FILE")
      ->group(kOutput);
  app.add_option("--rows", given.options.rows, "cases; 0 means as many as the kind has by default")
      ->type_name("N")
      ->capture_default_str()
      ->group(kDrawn);
  app.add_option("--seed", given.options.seed, "the same seed draws the same log")
      ->type_name("N")
      ->capture_default_str()
      ->group(kDrawn);
  app.add_option("--features", given.options.features, "features of the kinds wide and codes")
      ->type_name("N")
      ->group(kDrawn);
  app.add_flag("-q,--quiet", given.running.quiet, "nothing but errors")->group(kRunning);
}

Result<int> run(const Given& given, Console& console) {
  ERRATA_ASSIGN(const auto drawn, simulate::write_simulated(given.options, given.place, &console.stop()));
  if (given.running.quiet) return 0;
  ERRATA_TRY(console.print_words(fmt::format(
      "{}: {} cases, {} of them failures ({})\n{}: what was planted\n", given.place,
      report::count_text(drawn.truth.rows), report::count_text(drawn.truth.failures),
      report::percent_text(static_cast<double>(drawn.truth.failures) / static_cast<double>(drawn.truth.rows)),
      simulate::truth_path(given.place))));
  return 0;
}

}  // namespace
}  // namespace of_simulate

Verb simulate_verb() {
  using namespace of_simulate;
  auto given = std::make_shared<Given>();
  return {.name = "simulate",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
