// `errata`: the verbs that need no network, and the way to the program that has the others.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "program.h"
#include "verbs_here.h"

namespace errata::cli {
namespace {

/// Becomes errata-nn, which lies beside this program. Comes back only when that cannot be.
int become_errata_nn(char** argv, Console& console) {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) program = argv[0];
  program.replace_filename("errata-nn");
  execv(program.c_str(), argv);
  console.remark(
      fmt::format("errata: `errata {}` is in a program of its own, {}, which is not there.\n"
                  "`make build` in the checkout builds both (libtorch and OpenCV come with it).",
                  argv[1], program.string()));
  return kind_of(ErrorCode::unavailable).exit_status;
}

int run_errata(int argc, char** argv, Console& console) {
  const std::array verbs{analyze_verb(), replay_verb(), slices_verb(), compare_verb(), schema_verb(), simulate_verb()};
  if (argc > 1 && program_of(argv[1]) == Executable::errata_nn) return become_errata_nn(argv, console);
  return run({.words = "errata finds where, when and under what conditions a model fails.", .verbs = verbs},
             {argv + 1, argv + argc}, console);
}

}  // namespace
}  // namespace errata::cli

int main(int argc, char** argv) {
  return errata::cli::run_guarded(
      [&](errata::cli::Console& console) { return errata::cli::run_errata(argc, argv, console); });
}
