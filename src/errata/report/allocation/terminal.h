#pragma once

#include <string>

#include "errata/relevance/allocator.h"
#include "errata/relevance/video_allocator.h"
#include "errata/report/kit/terminal_text.h"

namespace errata::report {

/// An allocation as text for a terminal: what got how much, how that was decided, and a map of the tokens.
[[nodiscard]] std::string allocation_terminal(const relevance::ImageAllocation& made,
                                              const TerminalOptions& options = {});

/// A video's allocations likewise.
[[nodiscard]] std::string video_terminal(const relevance::VideoSummary& made, const TerminalOptions& options = {});

}  // namespace errata::report
