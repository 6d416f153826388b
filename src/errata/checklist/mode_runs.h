#pragma once

#include "errata/checklist/allocators.h"
#include "errata/checklist/ground.h"
#include "errata/scene/scene.h"

namespace errata::checklist {

// One function a mode. Contenders: those that Ground::compared() gives, in its order, then others.
[[nodiscard]] Result<ModeResult> run_camouflaged_text(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_semantic_void(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_video_jitter(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_vague_query(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_overallocation(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_out_of_distribution(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_learned_bias(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_fixation_loops(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_forgetting(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_position_bias(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_padding(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_round_trip(const Ground& ground);
[[nodiscard]] Result<ModeResult> run_cost(const Ground& ground);

/// A picture of which nothing is known. @param picture  3 channels
[[nodiscard]] scene::Scene without_truth(image::Picture picture);

// Modes on real pictures and videos; no cases where there are none for it.
[[nodiscard]] Result<OnReal> run_semantic_void_on_real(const Ground& ground);
[[nodiscard]] Result<OnReal> run_video_jitter_on_real(const Ground& ground);
[[nodiscard]] Result<OnReal> run_out_of_distribution_on_real(const Ground& ground);
[[nodiscard]] Result<OnReal> run_position_bias_on_real(const Ground& ground);
[[nodiscard]] Result<OnReal> run_padding_on_real(const Ground& ground);

/// Words read at equal budgets, in scenes with writing; no mode. With the encoder of scenes, and with narrow cosines.
[[nodiscard]] Result<std::vector<Reading>> run_reading(const Ground& ground, const readers::TextReader& reader);

/// Cosines as contrastive encoders of images and text have them: close together, since what is compared is a whole text
/// and a part of a picture. The asked writing .28, other writing .25, all else .20, with a deviation of .02.
/// @param truth  of the question, [patches]
[[nodiscard]] std::vector<float> narrow_cosines(const scene::Scene& drawn, const std::vector<std::uint8_t>& truth,
                                                std::uint64_t seed);

/// What those that are compared make of a task, for the album. @param at  the case
[[nodiscard]] Result<void> add_compared(std::size_t at, const Task& task, const Ground& ground, Album& album);

/// The first question of a scene about a thing of a kind (and a colour, unless empty); null where there is none.
[[nodiscard]] const scene::Question* question_about(const scene::Scene& scene, std::string_view kind,
                                                    std::string_view colour = "");

}  // namespace errata::checklist
