#pragma once

#include <string>

#include "errata/audit/audit.h"
#include "errata/report/kit/chart.h"

namespace errata::report {

/// Where the charts of one set stand, and what their names end in.
struct SetNames {
  std::string section, file;
};

// One function a picture; each needs the part of the audit that it shows.
[[nodiscard]] Chart detector_chart(const audit::Audit& audit);
[[nodiscard]] Chart roc_chart(const audit::SetResult& set, const SetNames& names);
[[nodiscard]] Chart audit_risk_coverage_chart(const audit::SetResult& set, const SetNames& names);
[[nodiscard]] Chart audit_reliability_chart(const audit::SetResult& set, const SetNames& names);
[[nodiscard]] Chart confidence_chart(const audit::SetResult& set);
[[nodiscard]] Chart risk_chart(const audit::SetResult& set);
[[nodiscard]] Chart latent_chart(const audit::SetResult& set);
[[nodiscard]] Chart left_out_chart(const audit::Audit& audit);
[[nodiscard]] Chart evidence_chart(const audit::Audit& audit);
[[nodiscard]] Chart channel_chart(const audit::Audit& audit);

}  // namespace errata::report
