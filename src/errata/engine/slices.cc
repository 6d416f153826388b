#include "errata/engine/slices.h"

#include "errata/base/cancellation.h"
#include "errata/engine/analyze.h"

namespace errata::engine {

Result<FoundSlices> find_slices(const SlicesRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<FoundSlices> {
    ERRATA_ASSIGN(auto log, open_log(request.read, progress));
    tell(progress, "coding features");
    ERRATA_ASSIGN(const auto coded, table::code_features(log, request.coding, pool));
    tell(progress, "searching slices");
    FoundSlices found{.losses = !log.loss.empty(), .warnings = std::move(log.warnings)};
    ERRATA_ASSIGN(found.result,
                  slice::find_slices({.table = coded, .failed = log.failed, .loss = log.loss}, request.search, pool));
    for (const auto& slice : found.result.slices) {
      auto& where = found.where.emplace_back();
      for (const auto& [feature, first, last, also] : slice.where)
        where.push_back(table::predicate_of(coded.features[feature], first, last, also));
    }
    return found;
  });
}

}  // namespace errata::engine
