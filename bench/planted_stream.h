#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "errata/memory/case.h"

namespace errata::bench {

struct PlantedStreamOptions {
  std::size_t features = 16;      ///< numbers, >= 1
  std::size_t modes = 64;         ///< places where the model fails, >= 8; as many where it does not
  std::size_t rows = 30'000;      ///< cases
  std::size_t quiet_rows = 1000;  ///< the first cases, all near the first eight places of either kind
  std::uint64_t seed = 1;
};

/// A binary model that fails in many places of feature space, so that a memory has as many failure modes as it may.
/// Cases lie in clusters of standard deviation ¼ around centres of standard deviation 1. In half of the clusters 40% of
/// the cases fail whatever the model says, in the others 5%.
struct PlantedStream {
  memory::Schema schema{};
  std::vector<double> numbers{};         ///< [rows, features]
  std::vector<double> positive_score{};  ///< [rows] P(second class)
  std::vector<std::uint8_t> failed{};    ///< [rows]

  [[nodiscard]] std::size_t rows() const { return failed.size(); }
  [[nodiscard]] memory::CaseView view(std::size_t row) const;
  [[nodiscard]] memory::Outcome outcome(std::size_t row) const;
};

[[nodiscard]] PlantedStream planted_stream(const PlantedStreamOptions& options);

}  // namespace errata::bench
