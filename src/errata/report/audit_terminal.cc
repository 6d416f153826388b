// The audit as text for a terminal.
#include <fmt/format.h>

#include "errata/report/audit.h"

namespace errata::report {

std::string audit_terminal(const audit::Audit& audit, const TerminalOptions& /*options*/) {
  std::string text;
  for (const auto& set : audit.sets) {
    text += fmt::format("{}: {} cases, {} failures\n", set.name, set.cases, set.failures);
    for (const auto& detector : set.detectors)
      text += fmt::format("  {:24} AUROC {:.4f}\n", detector.name, detector.metrics[audit::Figure::auroc].value);
  }
  for (const auto& left : audit.left_out)
    text +=
        fmt::format("  without {:18} AUROC {:.3f}, softmax {:.3f}\n", left.group, left.auditor_auroc, left.msp_auroc);
  return text;
}

}  // namespace errata::report
