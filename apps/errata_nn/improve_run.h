#pragma once

#include <string>

#include "console.h"
#include "errata/base/error.h"
#include "errata/engine_nn/improve.h"
#include "flags.h"
#include "ranks_flags.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// What `errata improve run` is told.
struct ImproveGiven {
  engine_nn::ImproveRequest request{};
  RanksGiven ranks{};
  Running running{};
  bool demo = false, control = false;
  std::string teacher = "reference", detect = "verifier", gate = "development", rehearse_as = "model";
  std::string report{}, json{}, plots{};
};

/// Flags of the run itself, which `run.toml` in its folder keeps, and of what it writes beside its folder.
void declare_improve(CLI::App& app, ImproveGiven& given);
/// --report, --json, --plots, and how it runs.
void declare_improve_output(CLI::App& app, ImproveGiven& given);

/// Does what was asked for and tells it. @param app  with the flags of declare_improve(), as they were set
[[nodiscard]] Result<int> run_improve(const CLI::App& app, ImproveGiven& given, Console& console);

/// The place of the flags of the run in a folder; empty where it holds no run.
[[nodiscard]] std::string improve_run_file(const std::string& folder);

}  // namespace errata::cli
