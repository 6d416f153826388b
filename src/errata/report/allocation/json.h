#pragma once

#include <string>

#include "errata/relevance/allocator.h"
#include "errata/relevance/video_allocator.h"
#include "errata/relevance/video_course.h"

namespace errata::report {

inline constexpr int kAllocationSchemaVersion = 1;

/// An allocation as JSON (docs/formats/allocation-json.md): keys in a fixed order, text that is not UTF-8 with U+FFFD
/// in its place.
/// @param indent  spaces a level; -1 for one line
[[nodiscard]] std::string allocation_json(const relevance::ImageAllocation& made, int indent = 2);

/// One frame of a video as a line of JSON; a file of them is JSON Lines.
[[nodiscard]] std::string frame_json(const relevance::FrameAllocation& frame);

/// A video's course as JSON: what its page holds (docs/formats/allocation-json.md).
[[nodiscard]] std::string video_json(const relevance::VideoAllocation& made, int indent = 2);

}  // namespace errata::report
