#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace errata::memory {

inline constexpr std::uint32_t kNoClass = std::numeric_limits<std::uint32_t>::max();
inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// What the cases of a stream look like; the same for every case, and part of every snapshot.
struct Schema {
  std::vector<std::string> numbers{};     ///< names of numeric features, in the order of CaseView::numbers
  std::vector<std::string> categories{};  ///< names of categorical features, in the order of CaseView::categories
  std::vector<std::string> classes{};     ///< names of the classes; empty when predictions are no classes
  std::size_t embedding = 0;              ///< width of the model's own embedding, 0 when cases have none

  friend bool operator==(const Schema&, const Schema&) = default;
};

/// What is known of a case when it is predicted. The memory copies what it keeps.
struct CaseView {
  std::int64_t time = 0;                           ///< steps, or microseconds since 1970 UTC; never decreasing
  std::span<const double> numbers{};               ///< [schema.numbers] NaN = missing
  std::span<const std::string_view> categories{};  ///< [schema.categories] data() == nullptr = missing
  std::span<const float> embedding{};              ///< [schema.embedding] finite
  std::uint32_t predicted = kNoClass;              ///< index into schema.classes
  double confidence = kUnknown;                    ///< [0, 1] or NaN: the model's confidence in its prediction
  double positive_score = kUnknown;                ///< [0, 1] or NaN: binary, P(second class)
  double auditor_risk = kUnknown;                  ///< [0, 1] or NaN: a detector's P(failure), where there is one
};

/// What became of a case.
struct Outcome {
  bool failed = false;
  std::uint32_t label = kNoClass;  ///< index into schema.classes, where it is known
};

}  // namespace errata::memory
