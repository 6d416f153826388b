#include "errata/slice/row_counter.h"

#include <algorithm>

namespace errata::slice {

void RowCounter::count(std::span<Conjunction> candidates) const {
  if (candidates.empty()) return;
  std::vector<std::uint32_t> index(predicates_.size(), kNoPredicate);  // of a predicate among those in use
  std::vector<std::uint32_t> used;
  for (const Conjunction& candidate : candidates) {
    for (std::size_t i = 0; i < candidate.size(); ++i) index[candidate.predicates[i]] = 0;
  }
  for (std::uint32_t predicate = 0; predicate < index.size(); ++predicate) {
    if (index[predicate] == kNoPredicate) continue;
    index[predicate] = static_cast<std::uint32_t>(used.size());
    used.push_back(predicate);
  }

  std::vector<Scratch> scratch(pool_.size());
  pool_.parallel_for((rows_ + kBlockRows - 1) / kBlockRows, [&](std::size_t block, std::size_t worker) {
    Scratch& mine = scratch[worker];
    if (mine.counts.empty()) {
      mine = {.masks = std::vector<std::uint64_t>(used.size() * kBlockWords),
              .pair = std::vector<std::uint64_t>(kBlockWords),
              .counts = std::vector<std::uint32_t>(candidates.size())};
    }
    count_block(block, used, index, candidates, mine);
  });
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].n = 0;
    for (const Scratch& one : scratch) candidates[i].n += one.counts.empty() ? 0 : one.counts[i];
  }
}

void RowCounter::count_block(std::size_t block, std::span<const std::uint32_t> used,
                             std::span<const std::uint32_t> index, std::span<const Conjunction> candidates,
                             Scratch& scratch) const {
  const BitsetKernels& kernels = bitset_kernels();
  const std::size_t begin = block * kBlockRows;
  const std::size_t end = std::min(begin + kBlockRows, rows_);
  const std::size_t words = words_for(end - begin);
  for (std::size_t i = 0; i < used.size(); ++i) {
    const CodedPredicate predicate = predicates_[used[i]];
    columns_[predicate.feature].in_range(kernels, begin, end, predicate.first, predicate.last,
                                         &scratch.masks[i * kBlockWords]);
  }
  const auto mask = [&](std::uint32_t predicate) { return &scratch.masks[index[predicate] * kBlockWords]; };

  std::array<std::uint32_t, 2> pair{kNoPredicate, kNoPredicate};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto& [a, b, c] = candidates[i].predicates;
    if (c == kNoPredicate) {
      scratch.counts[i] += static_cast<std::uint32_t>(kernels.count_and(mask(a), mask(b), words));
      continue;
    }
    if (pair[0] != a || pair[1] != b) {
      kernels.intersect(mask(a), mask(b), words, scratch.pair.data());
      pair = {a, b};
    }
    scratch.counts[i] += static_cast<std::uint32_t>(kernels.count_and(scratch.pair.data(), mask(c), words));
  }
}

}  // namespace errata::slice
