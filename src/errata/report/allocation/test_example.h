#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "errata/relevance/allocator.h"
#include "errata/relevance/video_allocator.h"
#include "errata/relevance/video_course.h"

namespace errata::report {

/// Text of a file name or query that tries to steer a terminal, and is no UTF-8.
inline const std::string kHostileText = "a\x1b[31mb\nc\xff\"<script>";

/// Three of 4 x 5 patches are funded, one guard fired.
inline relevance::ImageAllocation example_allocation() {
  using relevance::Guard;
  relevance::ImageAllocation made{.image = "street.jpg", .query = "what does the sign say", .encoder = "readers"};
  made.options.limits.total = 1000;
  made.picture = {.height = 60, .width = 80, .channels = 3, .bytes = {}};
  for (std::size_t i = 0; i < std::size_t{60} * 80 * 3; ++i)
    made.picture.bytes.push_back(static_cast<std::uint8_t>(i / 60));
  auto& allocated = made.allocated;
  allocated.allocation = {.grid = {.height = 60, .width = 80}, .positions = {7, 6, 19}, .budgets = {400, 200, 64}};
  auto& channels = made.channels;
  channels.grid = allocated.allocation.grid;
  for (auto* channel :
       {&channels.edges, &channels.contrast_normalised_edges, &channels.high_pass, &channels.edge_nearness,
        &channels.colour, &channels.eccentricity, &channels.saliency, &channels.text_likeness, &channels.motion})
    for (std::size_t patch = 0; patch < 20; ++patch) channel->push_back(static_cast<float>(patch) / 20);
  channels.motion.assign(20, 0);
  allocated.scores.propositional.assign(20, .25F);
  allocated.scores.perspectival.assign(20, .5F);
  allocated.scores.participatory.assign(20, -1.5F);
  allocated.scores.balanced.assign(20, .125F);
  allocated.scores.weights = {.propositional = .25, .perspectival = 0, .participatory = .75};
  allocated.scores.agreement = -.5;
  allocated.selection = {
      .strategy = relevance::Strategy::grid_diverse,
      .guards = {{.guard = Guard::no_structure, .value = .25, .limit = .46, .doubt = .05},
                 {.guard = Guard::unlike_training, .value = .1, .limit = .5, .doubt = .1, .fires_above = true}},
      .sure = .985};
  allocated.query = {.words = 5, .telling = 1, .value = .5};
  allocated.structure = .25;
  allocated.in_padding = 5;
  made.warnings = {"the query has 3000 bytes; the first 2000 are used"};
  return made;
}

/// A query that nothing relates to the image, and everything is padding: no position at all.
inline relevance::ImageAllocation empty_allocation() {
  relevance::ImageAllocation made = example_allocation();
  made.query.clear();
  made.encoder.clear();
  made.warnings.clear();
  made.allocated.allocation.positions.clear();
  made.allocated.allocation.budgets.clear();
  made.allocated.scores.participatory.clear();
  made.allocated.in_padding = 20;
  return made;
}

/// The example with two fixations more, the last of which looks where the first has looked.
inline relevance::ImageAllocation fixated_allocation() {
  relevance::ImageAllocation made = example_allocation();
  const auto& grid = made.allocated.allocation.grid;
  made.allocated.scores.balanced[0] = .5F;
  made.later = {{.grid = grid, .positions = {0, 1}, .budgets = {300, 64}},
                {.grid = grid, .positions = {7}, .budgets = {401}}};
  made.revisits = true;
  return made;
}

/// Frames of a tenth of a second, each with the positions of the example; a second context begins after two seconds.
inline relevance::VideoAllocation example_video(std::size_t frames = 30) {
  relevance::VideoAllocation made{.summary = {.video = "film.mp4", .query = "the people", .encoder = "readers"}};
  const relevance::ImageAllocation image = example_allocation();
  made.summary.options = image.options;
  for (std::size_t i = 0; i < frames; ++i) {
    relevance::FrameAllocation frame{.number = i, .seconds = static_cast<double>(i) / 10, .allocated = image.allocated};
    frame.allocated.selection.strategy = relevance::Strategy::focused;
    frame.begins_context = i % 20 == 0 && i <= 20;
    relevance::add_frame(frame, made.summary);
    made.course.add(frame, image.picture);
  }
  made.summary.warnings = {"2 frames are broken and passed over"};
  return made;
}

/// The video with hostile names.
inline relevance::VideoAllocation hostile_video() {
  relevance::VideoAllocation made = example_video();
  made.summary.video = made.summary.query = made.summary.encoder = kHostileText;
  made.summary.warnings = {kHostileText};
  return made;
}

/// The example with hostile names.
inline relevance::ImageAllocation hostile_allocation() {
  relevance::ImageAllocation made = example_allocation();
  made.image = made.query = kHostileText;
  made.warnings = {kHostileText};
  return made;
}

}  // namespace errata::report
