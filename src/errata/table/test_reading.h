#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "errata/table/read_log.h"

namespace errata::table {

/// The log; an empty one, and the test fails, when it is refused.
inline PredictionLog must_read(const ReadOptions& options) {
  auto log = read_log(options);
  if (log) return *std::move(log);
  ADD_FAILURE() << log.error().message;
  return {};
}

/// Why a log is refused; "it was read" when it is not.
inline std::string refusal(const ReadOptions& options) {
  const auto log = read_log(options);
  return log ? "it was read" : log.error().message;
}

}  // namespace errata::table
