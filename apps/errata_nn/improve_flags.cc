#include "improve_flags.h"

#include <CLI/CLI.hpp>

namespace errata::cli {

void add_task(CLI::App& app, std::size_t& digits, std::uint64_t& seed) {
  app.add_option("--digits", digits, "of the longest operand of the task `arithmetic`, at most 6")
      ->type_name("N")
      ->capture_default_str()
      ->group(kModelAndTask);
  app.add_option("--seed", seed, "of everything that is drawn")
      ->type_name("N")
      ->capture_default_str()
      ->group(kModelAndTask);
}

}  // namespace errata::cli
