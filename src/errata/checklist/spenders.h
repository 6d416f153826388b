#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "errata/checklist/allocators.h"

namespace errata::checklist {

/// A way to spend pixels: a share of them on the base, the rest on patches.
struct Spender {
  std::string name;
  double base_share = 1;  ///< in (0, 1]
  /// An allocation for each of some totals, which its tokens do not exceed. Empty: all is spent on the base.
  std::function<Result<std::vector<relevance::Allocation>>(const Task&, std::span<const std::size_t> totals,
                                                           ThreadPool&)>
      allocate{};
};
/// Errata's, the document's, DivPrune, CDPruner, ToDRE, random, uniform, down-sample. All but the last spend the same
/// share on the base.
[[nodiscard]] std::vector<Spender> spenders();

}  // namespace errata::checklist
