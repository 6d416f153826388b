// `errata`: the verbs that need no network, and the way to the program that has the others.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "program.h"

namespace errata::cli {
namespace {

constexpr std::array kElsewhere{
    VerbElsewhere{.name = "audit", .words = "A second network reads a model's latents and tells when it is wrong."}};
constexpr std::array<std::string_view, 1> kTables{"audit"};

/// Becomes errata-nn, which lies beside this program. Comes back only when that cannot be.
int become_errata_nn(char** argv, Console& console) {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) program = argv[0];
  program.replace_filename("errata-nn");
  execv(program.c_str(), argv);
  console.remark(fmt::format("errata: {} cannot be run; it is built and installed beside errata", program.string()));
  return exit_status(ErrorCode::output);
}

int run_errata(int argc, char** argv, Console& console) {
  const std::array verbs{analyze_verb(), replay_verb(), slices_verb(), compare_verb(), schema_verb(), simulate_verb()};
  if (argc > 1)
    for (const auto& verb : kElsewhere)
      if (argv[1] == verb.name) return become_errata_nn(argv, console);
  return run({.words = "errata finds where, when and under what conditions a model fails.",
              .verbs = verbs,
              .elsewhere = kElsewhere,
              .tables = kTables},
             {argv + 1, argv + argc}, console);
}

}  // namespace
}  // namespace errata::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is seen as a failed write, not as death
  const char* no_colour = std::getenv("NO_COLOR");
  errata::cli::Console console(no_colour != nullptr && *no_colour != '\0');
  return run_guarded(console, [&] { return errata::cli::run_errata(argc, argv, console); });
}
