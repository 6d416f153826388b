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
  bool by_query = false;  ///< what the query asks for makes a difference
  /// An allocation for each of some totals, which its tokens do not exceed. Empty: all is spent on the base.
  std::function<Result<std::vector<relevance::Allocation>>(const Task&, std::span<const std::size_t> totals,
                                                           ThreadPool&)>
      allocate{};
};
/// Errata's, the document's, DivPrune, CDPruner, ToDRE, random, uniform, down-sample. All but the last spend a
/// sixteenth on the base. Errata spreads the rest by water-filling in proportion to the relevance itself, from 4 × 4
/// cells a patch on, since a word is read only where all of it can be; the document's keeps its own budgets from 8 × 8
/// cells on. The others keep as many patches as there are 8 × 8 cells for: on training seeds that reads more of their
/// words than keeping a quarter as many as they are.
[[nodiscard]] std::vector<Spender> spenders();

}  // namespace errata::checklist
