#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "errata/base/progress.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"
#include "errata/language/model.h"
#include "errata/language/perplexity.h"
#include "errata/language/ranks.h"
#include "errata/language/tokenizer.h"

namespace errata::improve {

/// What a loop works on; all outlive the call.
struct LoopParts {
  const Task& task;
  const language::Tokenizer& tokenizer;
  FailureStore& store;
  std::filesystem::path folder;               ///< for the adapters: round-1, round-2, …
  language::Texts texts{};                    ///< whose perplexity must not rise; often none
  language::Texts rehearsed{};                ///< others like them, that tuning reads so that it does not
  std::span<const language::Model> voters{};  ///< of Teacher::vote: other models of the same tokenizer
  language::Ranks* ranks = nullptr;           ///< that tune together, of which this is rank 0; null: it tunes alone
};

/// Answer, detect, correct, store, tune, evaluate, repeat (docs/methods/improve.md). Each round asks fresh questions of
/// the pool, remembers what was wrong or doubtful with the teacher's correction, tunes a fresh LoRA
/// adapter on the remembered failures, variants of them and what was right, and merges it where the development
/// questions allow. A store that holds rounds, or the answers of one that was not finished, is gone on with: the result
/// is that of a run that was never interrupted.
/// @param model  the model to improve; the improved one when this returns
/// @param only   this step of the round that is next, and no more
/// @return invalid_argument as check(); data error of files in the folder; output error of what cannot be written;
///     conflict where `only` is not the step that comes next
/// @throws Cancelled by `progress`
[[nodiscard]] Result<Improvement> improve(const LoopParts& parts, language::Model& model, const LoopOptions& options,
                                          const Progress& progress = {}, std::optional<Step> only = {});

}  // namespace errata::improve
