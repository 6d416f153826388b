#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "config.h"
#include "improve_run.h"
#include "program.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_improve_step {
namespace {

struct Given {
  std::string run;
  ImproveGiven output;  ///< whose flags of the run stay unused
};

/// The flags of the run, as its file holds them.
Result<int> take_step(improve::Step step, Given& given, Console& console) {
  ERRATA_ASSIGN(const auto ranks, ranks_request(given.output.ranks, given.output.running));
  if (ranks.rank > 0) return run_other_rank(ranks, given.output.running, console);
  const bool is_folder = std::filesystem::is_directory(given.run);
  const std::string place = is_folder ? improve_run_file(given.run) : given.run;
  if (place.empty())
    return invalid_argument(given.run +
                            ": holds no run; `errata improve answer RUN.toml` or `errata improve run` begins one");
  CLI::App root;
  CLI::App* const app = root.add_subcommand("run");
  ImproveGiven of_run = given.output;
  declare_improve(*app, of_run);
  check_whole_numbers(*app);
  improve_pretrain_verb().declare(*root.add_subcommand("pretrain"));
  ERRATA_TRY(apply_config(place, {.group = "improve", .words = {}, .verbs = {}}, root, *app));
  if (is_folder) of_run.request.output = given.run;
  of_run.request.only = step;
  return run_improve(*app, of_run, console);
}

}  // namespace
}  // namespace of_improve_step

Verb improve_step_verb(improve::Step step) {
  using namespace of_improve_step;
  auto given = std::make_shared<Given>();
  return {.name = improve::name_of(step),
          .declare =
              [step, given](CLI::App& app) {
                app.add_option("RUN", given->run, "folder of a run, or a RUN.toml that begins one")->required();
                if (step == improve::Step::tune) add_ranks(app, given->output.ranks);
                declare_improve_output(app, given->output);
              },
          .run = [step, given](Console& console) { return take_step(step, *given, console); }};
}

}  // namespace errata::cli
