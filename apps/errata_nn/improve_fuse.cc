#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "errata/engine_nn/improve.h"
#include "errata/report/kit/numbers.h"
#include "flags.h"
#include "improve_flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_improve_fuse {
namespace {

struct Given {
  engine_nn::FuseRequest request;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  app.add_option("--model", request.model, "folder of the model that the adapter belongs to")
      ->type_name("DIR")
      ->required()
      ->group(kModelAndTask);
  app.add_option("--adapter", request.adapters, "folders of adapters in PEFT's layout, in the order of their making")
      ->type_name("DIR,DIR")
      ->delimiter(',')
      ->required()
      ->group(kModelAndTask);
  app.add_flag("--untie", request.untie,
               "give a model whose head is its embedding a head of its own first, for an adapter of lm_head; without "
               "this such an adapter is refused")
      ->group(kModelAndTask);
  app.add_option("-o,--output", request.output, "folder for the fused model")
      ->type_name("DIR")
      ->required()
      ->group(kOutput);
  add_running(app, given.running);
}

Result<int> run(Given& given, Console& console) {
  ERRATA_TRY(check_folder(given.request.output));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto made, engine_nn::fuse_model(given.request, pool, console.progress(given.running.quiet)));
  if (given.running.quiet) return 0;
  ERRATA_TRY(console.print_words(
      fmt::format("{} parameters, {} of them changed; logits at most {} from those of model and adapter\n",
                  report::count_text(made.parameters), report::count_text(made.changed),
                  report::number_text(made.most_apart, 2)) +
      places_text({{given.request.output, "the fused model"}})));
  return 0;
}

}  // namespace
}  // namespace of_improve_fuse

Verb improve_fuse_verb() {
  using namespace of_improve_fuse;
  auto given = std::make_shared<Given>();
  return {.name = "fuse",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
