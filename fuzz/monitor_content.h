#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "errata/base/rng.h"
#include "errata/monitor/monitor.h"
#include "errata/monitor/snapshot.h"

namespace errata::fuzz {

/// What the cases of the monitors look like.
inline memory::Schema schema() {
  return {.numbers = {"age", "income"}, .categories = {"region"}, .classes = {"no", "yes"}, .embedding = 2};
}

/// Decides and learns drawn cases. Risks must be probabilities.
inline void see_cases(monitor::Monitor& monitor, int cases, std::int64_t begin) {
  Rng rng(3);
  for (int i = 0; i < cases; ++i) {
    const double numbers[] = {rng.normal(), i % 7 == 0 ? std::nan("") : rng.normal()};
    const std::string_view categories[] = {i % 3 == 0 ? "north" : "south"};
    const float embedding[] = {static_cast<float>(rng.normal()), static_cast<float>(rng.normal())};
    const std::string id = std::to_string(begin + i);
    const auto decision = monitor.decide(id, {.time = begin + i,
                                              .numbers = numbers,
                                              .categories = categories,
                                              .embedding = embedding,
                                              .predicted = static_cast<std::uint32_t>(i % 2),
                                              .confidence = rng.uniform()});
    if (!decision) continue;
    ERRATA_CHECK(decision->risk >= 0 && decision->risk <= 1);
    if (i % 8 != 0) (void)monitor.learn(id, {.failed = rng.bernoulli(0.4), .label = 1}, begin + i);
  }
}

/// The content of the snapshot of a monitor that has seen so many cases; from 12 on it is fitted.
inline std::string monitor_content(int cases) {
  auto monitor =
      monitor::Monitor::create(schema(), {.memory = {.warm_up = 12, .window = 100, .max_modes = 4, .max_pending = 4},
                                          .policy = {.coverage = 0.8, .window = 20}});
  ERRATA_CHECK(monitor.has_value());
  see_cases(*monitor, cases, 0);
  const std::string bytes = monitor->snapshot();
  const memory::Schema own = schema();
  return std::string(monitor::unseal(bytes, monitor::SnapshotKind::monitor, &own, "fuzz").value());
}

}  // namespace errata::fuzz
