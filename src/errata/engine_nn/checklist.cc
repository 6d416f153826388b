#include "errata/engine_nn/checklist.h"

#include "errata/base/cancellation.h"
#include "errata/engine_nn/scene_cache.h"

namespace errata::engine_nn {

Result<checklist::Checklist> run_checklist(const ChecklistRequest& request, ThreadPool& pool,
                                           const Progress& progress) {
  return until_cancelled([&]() -> Result<checklist::Checklist> {
    ERRATA_ASSIGN(const auto encoder, open_scene_encoder(request.cache, progress));
    return checklist::run(request.options, *encoder, pool, progress);
  });
}

}  // namespace errata::engine_nn
