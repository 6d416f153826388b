#pragma once

#include <filesystem>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/checklist/checklist.h"
#include "errata/engine_nn/outside_allocator.h"
#include "errata/engine_nn/real_material.h"

namespace errata::engine_nn {

struct ChecklistRequest {
  checklist::ChecklistOptions options{};
  std::filesystem::path cache{};  ///< as AllocateRequest::cache
  RealRequest real{};             ///< told beside the scenes
  OutsideRequest outside{};       ///< judged in place of Errata's allocator; without a command: Errata's is judged
};

/// Opens the encoder of scenes, or trains it, and runs the checklist. Where no reader of text is installed, nothing is
/// read. An allocator of the user's is started first, then real pictures are found.
[[nodiscard]] Result<checklist::Checklist> run_checklist(const ChecklistRequest& request, ThreadPool& pool,
                                                         const Progress& progress = {});

}  // namespace errata::engine_nn
