#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console.h"
#include "verbs.h"

namespace errata::cli {

/// What one call of an executable offers: the verbs of one group.
struct Program {
  std::string_view group{};  ///< "audit": its verbs are called as `errata audit VERB`; empty for `errata VERB`
  std::string_view words;    ///< what it does, for the overview
  std::span<const Verb> verbs;
  [[nodiscard]] std::string prefix() const { return group.empty() ? "" : std::string(group) + " "; }
};

/// Parses the arguments behind the group, runs a verb, and tells what went wrong. @return the exit status
[[nodiscard]] int run(const Program& program, std::vector<std::string> arguments, Console& console);
/// The whole life of an executable: signals, console, `body`, and what is told when it ends by an exception.
[[nodiscard]] int run_guarded(const std::function<int(Console&)>& body);

}  // namespace errata::cli
