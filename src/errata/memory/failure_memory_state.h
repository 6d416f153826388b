#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/memory/embedder.h"
#include "errata/memory/failure_memory.h"
#include "errata/memory/pending_cases.h"
#include "errata/memory/risk_model.h"
#include "errata/memory/source_risk.h"
#include "errata/memory/warm_up.h"

namespace errata::memory {

inline constexpr std::array<std::string_view, 7> kScoreNames{"errata",     "confidence", "confidence_ema", "logistic",
                                                             "neighbours", "source",     "auditor"};
inline constexpr std::size_t kMostEvents = 10'000;  ///< regime events held until they are taken

/// What there is once the embedding is fitted.
struct FittedParts {
  FailureModes modes;
  RegimeDetector regimes;
  RiskModel risk;
  SourceRisk source;
};

/// Behind FailureMemory: its parts, and how a case and an outcome pass through them.
struct FailureMemory::State {
  Schema schema;
  MemoryOptions options;
  Embedder embedder;
  WarmUp held;
  PendingCases pending;
  std::optional<FittedParts> fitted{};
  std::deque<RegimeEvent> events{};
  std::vector<PlayedCase> played{};
  bool timed = false;
  std::int64_t last_case = 0;
  std::int64_t last_outcome = std::numeric_limits<std::int64_t>::min();  ///< none yet
  std::vector<float> x{}, z{};
  std::array<double, kScoreNames.size()> scores{};
  Noted noted{};  ///< scratch

  [[nodiscard]] Result<void> fits(const CaseView& seen) const;
  [[nodiscard]] Result<void> fits(std::uint64_t ticket, const Outcome& outcome) const;
  [[nodiscard]] std::int64_t now() const { return std::max(last_case, last_outcome); }
  [[nodiscard]] Assessment assess_held(const CaseView& seen);
  [[nodiscard]] Result<void> arrive(const CaseView& seen);
  [[nodiscard]] Result<PendingCases::Row*> arrive(std::uint64_t ticket, const Outcome& outcome, std::int64_t time);
  [[nodiscard]] Sensed sense(const CaseView& seen, bool with_source);
  [[nodiscard]] Assessment weigh(const Sensed& sensed);
  void note(std::uint64_t ticket, PendingCases::Row& row, const Outcome& outcome, std::int64_t time, bool with_source,
            Noted& into);
  void learn_embedded(std::uint64_t ticket, PendingCases::Row& row, const Outcome& outcome, std::int64_t time,
                      bool with_source);
  [[nodiscard]] Result<void> fit(const Cancellation* cancellation = nullptr);
  [[nodiscard]] Result<FittedParts> fitted_to_held(const Cancellation* cancellation);
  void play_held(const Cancellation* cancellation);
  [[nodiscard]] bool consistent() const;
};

}  // namespace errata::memory
