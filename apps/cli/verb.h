#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "console.h"
#include "errata/base/error.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// One verb of `errata`: what it says of itself, the flags it takes, and what it does with them.
struct Verb {
  std::string_view name;
  std::string_view words;
  std::function<void(CLI::App&)> declare;    ///< binds the flags to the values that `run` reads
  std::function<Result<int>(Console&)> run;  ///< returns the exit status
};

[[nodiscard]] Verb analyze_verb();
[[nodiscard]] Verb schema_verb();
[[nodiscard]] Verb slices_verb();
[[nodiscard]] Verb compare_verb();
[[nodiscard]] Verb simulate_verb();
[[nodiscard]] Verb replay_verb();

[[nodiscard]] Verb audit_train_verb();
[[nodiscard]] Verb audit_fit_verb();
[[nodiscard]] Verb audit_score_verb();
[[nodiscard]] Verb audit_capture_verb();
[[nodiscard]] Verb audit_snapshot_verb();

}  // namespace errata::cli
