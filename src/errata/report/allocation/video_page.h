#pragma once

#include <string>

#include "errata/base/error.h"
#include "errata/relevance/video_course.h"

namespace errata::report {

/// The allocations of a video as one self-contained HTML file: tokens, strategy, where contexts begin, how far the
/// picture moves and how far budgets jump over time, and some frames with what is funded of them. Its size does not
/// grow with the video. Reads without JavaScript; its charts are those of video_charts().
/// @return output error of a picture that cannot be coded
[[nodiscard]] Result<std::string> video_page(const relevance::VideoAllocation& made);

}  // namespace errata::report
