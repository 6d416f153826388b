#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "errata/engine_nn/improve.h"
#include "errata/report/kit/numbers.h"
#include "flags.h"
#include "improve_flags.h"
#include "output.h"
#include "ranks_flags.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_improve_pretrain {
namespace {

constexpr const char* kModelSizes = "The model";

struct Given {
  engine_nn::PretrainRequest request;
  RanksGiven ranks;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  auto& sizes = request.options.sizes;
  const auto add = [&](const char* flag, std::size_t& value, const char* words) {
    app.add_option(flag, value, words)->type_name("N")->capture_default_str()->group(kModelSizes);
  };
  add_task(app, request.task, request.options.seed);
  app.add_option("--shares", request.options.shares,
                 "of each skill among the examples (of add and sub alone .7,.3; else all alike)")
      ->type_name("X,X")
      ->delimiter(',')
      ->group(kModelAndTask);
  add("--hidden", sizes.hidden, "width");
  add("--layers", sizes.layers, "layers");
  add("--heads", sizes.heads, "heads of queries");
  add("--kv-heads", sizes.kv_heads, "heads of keys and values; divides those of queries");
  add("--intermediate", sizes.intermediate, "width of the feed-forward part");
  add("--byte-pairs", request.options.byte_pairs,
      "tokens of a byte-level BPE that is learned from the task's questions, digits apart, from 257 on; 0: every "
      "character is a token");
  add("--steps", request.options.training.steps, "of training");
  add("--batch", request.options.batch, "examples a step");
  app.add_option("--learning-rate", request.options.training.learning_rate, "at its highest")
      ->type_name("X")
      ->capture_default_str()
      ->group(kModelSizes);
  app.add_option("-o,--output", request.output,
                 "folder for config.json, model.safetensors and characters.json or tokenizer.json")
      ->type_name("DIR")
      ->capture_default_str()
      ->group(kOutput);
  add_ranks(app, given.ranks);
  add_running(app, given.running);
}

Result<int> run(Given& given, Console& console) {
  ERRATA_ASSIGN(given.request.ranks, ranks_request(given.ranks, given.running));
  if (given.request.ranks.rank > 0) return run_other_rank(given.request.ranks, given.running, console);
  ERRATA_TRY(check_folder(given.request.output));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto made, engine_nn::pretrain_model(given.request, pool, console.progress(given.running.quiet)));
  if (given.running.quiet) return 0;
  std::string text = fmt::format("{} parameters\n", report::count_text(made.parameters));
  for (std::size_t skill = 0; skill < made.skills.size(); ++skill)
    text +=
        fmt::format("{}: {} of {} development questions answered rightly\n", made.skills[skill],
                    made.development[skill].trials - made.development[skill].failures, made.development[skill].trials);
  ERRATA_TRY(console.print_words(text + places_text({{given.request.output, "the model"}})));
  return 0;
}

}  // namespace
}  // namespace of_improve_pretrain

Verb improve_pretrain_verb() {
  using namespace of_improve_pretrain;
  auto given = std::make_shared<Given>();
  return {.name = "pretrain",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
