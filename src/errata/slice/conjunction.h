#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "errata/slice/bitset.h"
#include "errata/table/coding.h"

namespace errata::slice {

/// A predicate on one column as runs of codes, block of rows by block as bits.
/// @tparam Column  has in_range(kernels, begin, end, first, last, out), as NarrowColumn
template <typename Column>
class CodeTest {
 public:
  /// @param column  outlives the test
  CodeTest(const Column& column, table::Code first, table::Code last, std::span<const table::Code> also)
      : column_(&column), runs_{{first, last}} {
    for (const table::Code code : also) {
      if (code == runs_.back().second + 1) {
        runs_.back().second = code;
      } else {
        runs_.emplace_back(code, code);
      }
    }
  }
  /// Sets bit i of out where row begin + i passes, for rows before end. @param scratch  as large as out
  void passed(std::size_t begin, std::size_t end, std::span<std::uint64_t> out,
              std::span<std::uint64_t> scratch) const {
    const BitsetKernels& kernels = bitset_kernels();
    column_->in_range(kernels, begin, end, runs_[0].first, runs_[0].second, out.data());
    for (const auto& [first, last] : std::span(runs_).subspan(1)) {
      column_->in_range(kernels, begin, end, first, last, scratch.data());
      for (std::size_t word = 0; word < out.size(); ++word) out[word] |= scratch[word];
    }
  }

 private:
  const Column* column_;
  std::vector<std::pair<table::Code, table::Code>> runs_;  ///< first, last; ascending
};

/// The first rows that pass every test, ascending: all of them, or at least `enough`.
/// @param rows  that there are  Cost: a few cycles a row and test by vector instructions, and one a row that passes.
template <typename Column>
std::vector<std::uint32_t> rows_that_pass(std::span<const CodeTest<Column>> tests, std::size_t rows,
                                          std::size_t enough) {
  constexpr std::size_t kBlock = 8192;
  const BitsetKernels& kernels = bitset_kernels();
  std::array<std::uint64_t, words_for(kBlock)> inside{};
  std::array<std::uint64_t, words_for(kBlock)> passed{};
  std::array<std::uint64_t, words_for(kBlock)> scratch{};
  std::array<std::uint32_t, kBlock + BitsetKernels::kRoom> positions{};
  std::vector<std::uint32_t> found;
  for (std::size_t begin = 0; begin < rows && found.size() < enough; begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, rows);
    const std::size_t words = words_for(end - begin);
    if (tests.empty()) {
      inside.fill(~std::uint64_t{0});
      if ((end - begin) % 64 != 0) inside[words - 1] >>= 64 - (end - begin) % 64;
    } else {
      tests[0].passed(begin, end, std::span(inside).first(words), scratch);
    }
    for (std::size_t test = 1; test < tests.size(); ++test) {
      tests[test].passed(begin, end, std::span(passed).first(words), scratch);
      kernels.intersect(inside.data(), passed.data(), words, inside.data());
    }
    const std::size_t more =
        kernels.positions(inside.data(), words, static_cast<std::uint32_t>(begin), positions.data());
    found.insert(found.end(), positions.begin(), positions.begin() + static_cast<std::ptrdiff_t>(more));
  }
  return found;
}

}  // namespace errata::slice
