#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/improve/detection.h"
#include "errata/improve/improvement.h"
#include "errata/improve/loop.h"

namespace errata::improve {

/// Puts the same questions to every model of a run and tells what the collapse alarm sees of it (alarm.h).
class Watchman {
 public:
  /// @param parts, options, start  outlive it; start is the model before any round
  /// @param questions     empty: nothing is watched
  /// @param votes         seed of the sampled answers
  /// @param auditor       seed of the auditor of the first round
  Watchman(const LoopParts& parts, const LoopOptions& options, const language::Model& start,
           std::vector<Question> questions, std::uint64_t votes, std::uint64_t auditor,
           const Cancellation* cancellation)
      : parts_(parts),
        options_(options),
        start_(start),
        questions_(std::move(questions)),
        votes_(votes),
        auditor_seed_(auditor),
        cancellation_(cancellation) {}

  [[nodiscard]] std::size_t questions() const { return questions_.size(); }

  /// The auditor of the first round reads the answers as the model of the start would have: neither is trained by what
  /// came later. The store must hold the answers of the first round.
  [[nodiscard]] Result<Watch> look(const language::Model& model);

 private:
  const LoopParts& parts_;
  const LoopOptions& options_;
  const language::Model& start_;
  std::vector<Question> questions_;
  std::uint64_t votes_, auditor_seed_;
  const Cancellation* cancellation_;
  std::optional<AnswerAuditor> auditor_;  ///< made when it is first needed
};

}  // namespace errata::improve
