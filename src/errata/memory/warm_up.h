#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/case.h"

namespace errata::memory {

/// The first cases of a stream and what became of them, in the order of arrival, until there are enough to embed.
class WarmUp {
 public:
  struct HeldCase {
    std::int64_t time = 0;
    std::uint32_t predicted = kNoClass;
    double confidence = kUnknown, positive_score = kUnknown, auditor_risk = kUnknown;
    std::vector<double> numbers{};
    std::vector<std::string> categories{};
    std::vector<std::uint8_t> missing{};  ///< [categories]
    std::vector<float> embedding{};
    std::optional<Outcome> outcome{};
  };
  /// A case was seen, or its outcome came.
  struct Event {
    std::uint64_t held = 0;  ///< index into cases()
    bool outcome = false;
    std::int64_t time = 0;
  };

  std::uint64_t hold(const CaseView& seen);
  /// @return invalid_argument for a case that is not held or has its outcome
  [[nodiscard]] Result<void> learn(std::uint64_t held, const Outcome& outcome, std::int64_t time);
  [[nodiscard]] const std::vector<HeldCase>& cases() const { return cases_; }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  /// A view of a held case. @param texts  scratch that the view points into
  [[nodiscard]] CaseView view(std::uint64_t held, std::vector<std::string_view>& texts) const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<WarmUp> load(ByteReader& in);

 private:
  [[nodiscard]] bool consistent() const;

  std::vector<HeldCase> cases_;
  std::vector<Event> events_;
};

}  // namespace errata::memory
