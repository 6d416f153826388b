#pragma once

#include <string>

#include "errata/base/error.h"

namespace errata::report {

/// Is Chromium there?
[[nodiscard]] bool has_chromium();
/// The page as Chromium has it after its script ran, 1280 pixels wide.
[[nodiscard]] Result<std::string> browsed(const std::string& page);

/// Skips the test without Chromium.
#define ERRATA_NEEDS_CHROMIUM() \
  if (!::errata::report::has_chromium()) GTEST_SKIP() << "chromium is not installed"

}  // namespace errata::report
