// Straight counting, written as well as straight counting can be: codes are bytes, a cell holds cases in its low and
// failures in its high half so that a row is one addition, and the innermost loop runs over rows with the codes of the
// first two features already combined.

#include "dense_cubes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "errata/slice/top_slices.h"

namespace errata::bench {
namespace {

using slice::CodedPredicate;
using slice::Slice;

class DenseCubes {
 public:
  DenseCubes(const slice::SearchInput& input, const slice::SearchOptions& options)
      : input_(input), options_(options), rows_(input.table.rows), step_(rows_), base_(rows_) {
    for (const auto& feature : input.table.features) {
      auto& column = columns_.emplace_back(rows_);
      std::ranges::transform(feature.codes, column.begin(), [](auto code) { return static_cast<std::uint16_t>(code); });
    }
    for (std::size_t row = 0; row < rows_; ++row) {
      step_[row] = 1 + (static_cast<std::uint64_t>(input.failed[row]) << 32);
      failures_ += input.failed[row];
    }
    whole_ = {.rows = rows_, .loss = static_cast<double>(failures_)};
    min_support_ = options.min_support.of(rows_);
  }

  std::vector<Slice> run() {
    const auto features = static_cast<std::uint32_t>(columns_.size());
    for (std::uint32_t a = 0; a < features; ++a) {
      count({a});
      for (std::uint32_t b = a + 1; b < features && options_.max_predicates >= 2; ++b) {
        count({a, b});
        if (options_.max_predicates < 3) continue;
        const auto width = static_cast<std::uint32_t>(bins(b));
        for (std::size_t row = 0; row < rows_; ++row) base_[row] = columns_[a][row] * width + columns_[b][row];
        for (std::uint32_t c = b + 1; c < features; ++c) count({a, b, c});
      }
    }
    return take();
  }

 private:
  [[nodiscard]] std::size_t bins(std::uint32_t feature) const { return input_.table.features[feature].bins.size(); }

  void count(const std::vector<std::uint32_t>& features) {
    std::size_t cells = 1;
    for (const auto feature : features) cells *= bins(feature);
    cube_.assign(cells, 0);
    const std::uint16_t* last = columns_[features.back()].data();
    const std::uint64_t* step = step_.data();
    if (features.size() == 1) {
      for (std::size_t row = 0; row < rows_; ++row) cube_[last[row]] += step[row];
    } else if (features.size() == 2) {
      const std::uint16_t* first = columns_[features[0]].data();
      const std::size_t width = bins(features[1]);
      for (std::size_t row = 0; row < rows_; ++row) cube_[first[row] * width + last[row]] += step[row];
    } else {
      const std::uint32_t* base = base_.data();
      const std::size_t width = bins(features[2]);
      for (std::size_t row = 0; row < rows_; ++row) cube_[base[row] * width + last[row]] += step[row];
    }
    for (std::size_t cell = 0; cell < cells; ++cell) {
      if (cube_[cell] != 0) offer(features, cell, cube_[cell]);
    }
  }

  void offer(const std::vector<std::uint32_t>& features, std::size_t cell, std::uint64_t counts) {
    const std::uint64_t n = counts & 0xFFFFFFFF, failures = counts >> 32;
    if (n < min_support_) return;
    const double score = slice_score(options_.rank, options_.alpha, whole_, n, static_cast<double>(failures));
    if (!(score > 0) || score < threshold_) return;
    Slice slice{.where = std::vector<CodedPredicate>(features.size()),
                .n = n,
                .failures = failures,
                .loss = static_cast<double>(failures),
                .score = score};
    for (std::size_t i = features.size(); i-- > 0;) {
      const auto code = static_cast<table::Code>(cell % bins(features[i]));
      slice.where[i] = {.feature = features[i], .first = code, .last = code};
      cell /= bins(features[i]);
    }
    found_.push_back(std::move(slice));
    if (found_.size() >= 4096) keep_best();
  }

  void keep_best() {
    std::ranges::sort(found_, [](const Slice& x, const Slice& y) {
      if (x.score != y.score) return x.score > y.score;
      if (x.where.size() != y.where.size()) return x.where.size() < y.where.size();
      if (x.n != y.n) return x.n > y.n;
      return x.where < y.where;
    });
    if (found_.size() <= options_.top) return;
    threshold_ = found_[options_.top - 1].score;
    std::erase_if(found_, [this](const Slice& slice) { return slice.score < threshold_; });
  }

  std::vector<Slice> take() {
    keep_best();
    return std::move(found_);
  }

  const slice::SearchInput& input_;
  const slice::SearchOptions& options_;
  std::size_t rows_;
  std::uint64_t failures_ = 0;
  slice::Whole whole_;
  std::uint64_t min_support_ = 0;
  double threshold_ = 0;
  std::vector<std::vector<std::uint16_t>> columns_;
  std::vector<std::uint64_t> step_;
  std::vector<std::uint32_t> base_;
  std::vector<std::uint64_t> cube_;
  std::vector<Slice> found_;
};

}  // namespace

std::vector<Slice> count_dense_cubes(const slice::SearchInput& input, const slice::SearchOptions& options) {
  return DenseCubes(input, options).run();
}

}  // namespace errata::bench
