#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console.h"
#include "verb.h"

namespace errata::cli {

/// A verb that another program of this folder runs: `errata audit` is run by `errata-nn`, which alone loads libtorch.
struct VerbElsewhere {
  std::string_view name;
  std::string_view words;
};

/// What one executable offers.
struct Program {
  std::string_view group{};  ///< "audit": its verbs are called as `errata audit VERB`; empty for `errata VERB`
  std::string_view words;    ///< what it does, for the overview
  std::span<const Verb> verbs;
  std::span<const VerbElsewhere> elsewhere{};  ///< listed in the overview
  std::span<const std::string_view> tables{};  ///< of errata.toml that other programs read and check
  [[nodiscard]] std::string prefix() const { return group.empty() ? "" : std::string(group) + " "; }
};

/// Parses the arguments behind the group, runs a verb, and tells what went wrong. @return the exit status
[[nodiscard]] int run(const Program& program, std::vector<std::string> arguments, Console& console);
/// Runs `body`, and tells when memory ran out.
[[nodiscard]] int run_guarded(Console& console, const std::function<int()>& body);

}  // namespace errata::cli
