#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/image/images.h"
#include "errata/robustness/evidence.h"

namespace errata::robustness {

/// Pictures of `subjects`, clean and under two corruptions at three levels: all are right when clean, with confidence
/// .9. Of the first corruption the first `lost` of every ten fail at the middle level, of the second none does.
inline Sweep example_sweep(std::size_t subjects, std::size_t lost) {
  Sweep sweep{.corruptions = {"fog", "jpeg"}, .levels = {"1", "2", "3"}, .subjects = subjects, .cases = {}};
  for (std::uint32_t subject = 0; subject < subjects; ++subject) {
    sweep.cases.push_back({.subject = subject, .confidence = .9F});
    for (std::uint32_t corruption = 0; corruption < 2; ++corruption)
      for (std::uint32_t level = 1; level <= 3; ++level)
        // By pairs of neighbours, so that both halves lose alike.
        sweep.cases.push_back({.subject = subject,
                               .corruption = corruption,
                               .level = level,
                               .failed = corruption == 0 && level == 2 && subject / 2 % 10 < lost,
                               .confidence = .9F});
  }
  return sweep;
}

/// Evidence in which nothing was measured.
inline Evidence no_evidence() {
  Evidence evidence;
  evidence.missing = {Unmeasured::no_severity, Unmeasured::no_severity, Unmeasured::no_pictures,
                      Unmeasured::no_streams,  Unmeasured::no_features, Unmeasured::no_earlier};
  return evidence;
}

/// Grey pictures of 8 × 8 pixels, dark ones of class "dark" and light ones of class "light" in turn, each a little
/// darker or lighter than the one before.
inline image::ImageSet dark_and_light(std::size_t count) {
  image::ImageSet set{.name = "dark and light",
                      .count = count,
                      .channels = 1,
                      .height = 8,
                      .width = 8,
                      .pixels = {},
                      .labels = {},
                      .classes = {"dark", "light"}};
  for (std::size_t i = 0; i < count; ++i) {
    const float shade = 0.2F * static_cast<float>(i) / static_cast<float>(count);
    set.labels.push_back(static_cast<std::uint32_t>(i % 2));
    set.pixels.insert(set.pixels.end(), 64, i % 2 == 0 ? 0.1F + shade : 0.9F - shade);
  }
  return set;
}

}  // namespace errata::robustness
