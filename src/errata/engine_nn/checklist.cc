#include "errata/engine_nn/checklist.h"

#include <optional>
#include <utility>

#include "errata/base/cancellation.h"
#include "errata/engine_nn/scene_cache.h"
#include "errata/readers/text_reader.h"

namespace errata::engine_nn {

Result<checklist::Checklist> run_checklist(const ChecklistRequest& request, ThreadPool& pool,
                                           const Progress& progress) {
  return until_cancelled([&]() -> Result<checklist::Checklist> {
    std::optional<checklist::Outsider> outsider;
    if (!request.outside.command.empty()) {
      ERRATA_ASSIGN(outsider, open_outsider(request.outside, progress.cancellation()));
    }
    ERRATA_ASSIGN(const std::optional<checklist::RealMaterial> real, find_real_material(request.real, progress));
    const auto open = [&](relevance::SceneEncoderOptions options) {
      return open_scene_encoder(request.cache, std::move(options), progress);
    };
    const auto reader = readers::TextReader::open();
    if (!reader && reader.error().code != ErrorCode::unavailable) return std::unexpected(reader.error());
    return checklist::run(request.options, open, pool, progress, reader ? &*reader : nullptr,
                          outsider ? &*outsider : nullptr, real ? &*real : nullptr);
  });
}

}  // namespace errata::engine_nn
