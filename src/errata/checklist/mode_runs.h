#pragma once

#include <functional>

#include "errata/checklist/checklist.h"
#include "errata/scene/scene.h"

namespace errata::checklist {

/// What the modes run on.
struct Ground {
  const ChecklistOptions& options;
  const relevance::SceneEncoder& encoder;
  ThreadPool& pool;
  const Progress& progress;
  const OpenEncoder& open_encoder;

  /// Calls body(index, seed) for each seed of the mode, on all threads.
  /// @return the first error by index
  [[nodiscard]] Result<void> for_each_seed(const std::function<Result<void>(std::size_t, std::uint64_t)>& body) const;
};

// One function a mode. Contenders: Errata's allocator, then the document's.
[[nodiscard]] Result<std::vector<Contender>> run_camouflaged_text(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_semantic_void(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_video_jitter(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_vague_query(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_overallocation(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_out_of_distribution(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_learned_bias(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_fixation_loops(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_forgetting(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_position_bias(const Ground& ground);
[[nodiscard]] Result<std::vector<Contender>> run_padding(const Ground& ground);

/// The first question of a scene about a thing of a kind (and a colour, unless empty); null where there is none.
[[nodiscard]] const scene::Question* question_about(const scene::Scene& scene, std::string_view kind,
                                                    std::string_view colour = "");

}  // namespace errata::checklist
