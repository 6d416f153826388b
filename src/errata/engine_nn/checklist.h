#pragma once

#include <filesystem>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/checklist/checklist.h"

namespace errata::engine_nn {

struct ChecklistRequest {
  checklist::ChecklistOptions options{};
  std::filesystem::path cache{};  ///< as AllocateRequest::cache
};

/// Opens the encoder of scenes, or trains it, and runs the checklist. Where no reader of text is installed, nothing is
/// read.
[[nodiscard]] Result<checklist::Checklist> run_checklist(const ChecklistRequest& request, ThreadPool& pool,
                                                         const Progress& progress = {});

}  // namespace errata::engine_nn
