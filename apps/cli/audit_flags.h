#pragma once

#include <string>

#include "errata/audit/fit.h"
#include "errata/base/error.h"
#include "flags.h"

namespace errata::cli {

inline constexpr const char* kImages = "Images";
inline constexpr const char* kAuditor = "Auditor";

/// Words of the flags that say how an auditor is trained.
struct AuditorFlags {
  std::string target = "label";
  std::string device = "cpu";
  bool no_baselines = false;
};

/// --target, --epochs, --heads, --hidden, --risk, --delta, --no-baselines, --device, --seed.
void declare_auditor(CLI::App& app, AuditorFlags& flags, audit::FitOptions& fit);
/// Checks the words and puts what they mean into the options; sets the threads of the networks.
[[nodiscard]] Result<void> take_auditor(const AuditorFlags& flags, const Running& running, audit::FitOptions& fit);

}  // namespace errata::cli
