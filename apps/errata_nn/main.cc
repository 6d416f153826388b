// `errata-nn`: the verbs that need networks. `errata` runs it in its own place, so that users see one command and the
// other verbs start without loading libtorch.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "improve_run.h"
#include "outside_flags.h"
#include "program.h"
#include "verbs_here.h"

namespace errata::cli {
namespace {

int run_audit(std::vector<std::string> arguments, const GroupEntry& group, Console& console) {
  const std::array verbs{audit_fit_verb(), audit_score_verb(), audit_train_verb(), audit_capture_verb(),
                         audit_picture_verb()};
  if (!arguments.empty() && arguments[0] == "snapshot") arguments[0] = "picture";  // the verb's first name
  return run({.group = group.name, .words = group.about, .verbs = verbs}, std::move(arguments), console);
}

/// `errata improve RUN.toml`, `errata improve DIR` of a run and `errata improve --demo` are the verb `run`, which is
/// what the group is for.
int run_improve(std::vector<std::string> arguments, const GroupEntry& group, Console& console) {
  using improve::Step;
  const std::array verbs{improve_run_verb(),
                         improve_step_verb(Step::answer),
                         improve_step_verb(Step::detect),
                         improve_step_verb(Step::correct),
                         improve_step_verb(Step::store),
                         improve_step_verb(Step::tune),
                         improve_step_verb(Step::evaluate),
                         improve_pretrain_verb(),
                         improve_fuse_verb()};
  const bool is_verb = !arguments.empty() && find_verb(group.name, arguments[0]) != nullptr;
  if (!arguments.empty() && arguments[0].ends_with(".toml")) {
    arguments.insert(arguments.begin(), {"run", "--config"});
  } else if (const auto file = is_verb || arguments.empty() ? std::string() : improve_run_file(arguments[0]);
             !file.empty()) {
    arguments.insert(arguments.begin(), {"run", "--config", file, "--output"});
  } else if (!arguments.empty() && arguments[0].starts_with("--") && arguments[0] != "--help" &&
             arguments[0] != "--version") {
    arguments.insert(arguments.begin(), "run");
  }
  return run({.group = group.name, .words = group.about, .verbs = verbs}, std::move(arguments), console);
}

int run_errata_nn(int argc, char** argv, Console& console) {
  if (argc < 2 || program_of(argv[1]) != Executable::errata_nn) {
    console.remark("errata-nn is a part of errata; call `errata audit` or `errata allocate`");
    return kind_of(ErrorCode::invalid_argument).exit_status;
  }
  if (const GroupEntry* group = find_group(argv[1]))
    return (group->name == "improve" ? run_improve : run_audit)({argv + 2, argv + argc}, *group, console);
  const std::array verbs{allocate_verb(), checklist_verb()};
  return run({.words = "the verbs of errata that need networks or pictures.", .verbs = verbs}, {argv + 1, argv + argc},
             console);
}

}  // namespace
}  // namespace errata::cli

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + std::max(argc, 1));
  if (errata::cli::is_library_server(arguments)) return errata::cli::serve_library(arguments);
  return errata::cli::run_guarded(
      [&](errata::cli::Console& console) { return errata::cli::run_errata_nn(argc, argv, console); });
}
