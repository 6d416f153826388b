#pragma once

#include <cstddef>
#include <cstdint>

#include "errata/audit/cases.h"
#include "errata/base/rng.h"

namespace errata::audit::testing_support {

/// Cases of two classes with a planted rule: block "signal" [2] is what the truth is decided by (class 1 where its sum
/// is above 0), block "noise" [3] says nothing, and the model predicts class 1 where the first of the signal alone is
/// above 0. So the failures can be told from the signal without fault, and from nothing else. Logits are ±1 of the
/// prediction.
inline AuditCases planted_cases(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  AuditCases cases{.count = count,
                   .blocks = {{.name = "noise", .first = 0, .width = 3}, {.name = "signal", .first = 3, .width = 2}},
                   .penultimate = 1,
                   .classes = {"0", "1"}};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < 3; ++c) cases.latents.push_back(static_cast<float>(rng.normal()));
    const double a = rng.normal(), b = rng.normal();
    cases.latents.push_back(static_cast<float>(a));
    cases.latents.push_back(static_cast<float>(b));
    const std::uint32_t predicted = a > 0 ? 1 : 0, label = a + b > 0 ? 1 : 0;
    cases.predicted.push_back(predicted);
    cases.labels.push_back(label);
    cases.failed.push_back(predicted == label ? 0 : 1);
    cases.logits.push_back(predicted == 0 ? 1.F : -1.F);
    cases.logits.push_back(predicted == 1 ? 1.F : -1.F);
  }
  return cases;
}

}  // namespace errata::audit::testing_support
