// Scores lie in sorted blocks of at most about 2√capacity, themselves in order. A score is found by a binary search
// over the blocks' largest scores and one inside a block; an insertion moves half a block, which is a memmove of a few
// hundred bytes; how many scores lie in the blocks before is a sum over at most √capacity small integers. A block that
// grows over the limit is cut in two, an empty one goes. No answer depends on where the cuts lie, so a snapshot need
// not hold them.
#include "errata/selective/score_window.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "errata/base/limits.h"
#include "errata/stats/sort_numbers.h"

namespace errata::selective {
namespace {

constexpr double kGoldenRatio = 0.61803398874989484820;

double known(double score) { return std::isnan(score) ? kInfinity : score; }

std::size_t index_of(const std::vector<double>& sorted, double score) {
  return static_cast<std::size_t>(std::ranges::lower_bound(sorted, score) - sorted.begin());
}

std::size_t index_after(const std::vector<double>& sorted, double score) {
  return static_cast<std::size_t>(std::ranges::upper_bound(sorted, score) - sorted.begin());
}

std::ptrdiff_t offset(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

}  // namespace

ScoreWindow::ScoreWindow(std::size_t capacity)
    : capacity_(capacity),
      largest_block_(
          std::max<std::size_t>(64, 2 * static_cast<std::size_t>(std::sqrt(static_cast<double>(capacity))))) {
  ERRATA_CHECK(capacity >= 1);
}

void ScoreWindow::push(double score) {
  score = known(score);
  insert(score);
  ++seen_;
  if (recent_.size() < capacity_) {
    recent_.push_back(score);
    return;
  }
  erase(std::exchange(recent_[oldest_], score));
  oldest_ = oldest_ + 1 == capacity_ ? 0 : oldest_ + 1;
}

void ScoreWindow::insert(double score) {
  if (blocks_.empty()) {
    blocks_.push_back({score});
    last_.push_back(score);
    sizes_.push_back(1);
    return;
  }
  const std::size_t b = std::min(index_of(last_, score), blocks_.size() - 1);
  auto& block = blocks_[b];
  block.insert(block.begin() + offset(index_of(block, score)), score);
  if (block.size() > largest_block_) {
    std::vector<double> upper(block.begin() + offset(block.size() / 2), block.end());
    block.resize(block.size() / 2);
    last_.insert(last_.begin() + offset(b + 1), upper.back());
    sizes_.insert(sizes_.begin() + offset(b + 1), static_cast<std::uint32_t>(upper.size()));
    blocks_.insert(blocks_.begin() + offset(b + 1), std::move(upper));  // `block` is no longer valid
  }
  last_[b] = blocks_[b].back();
  sizes_[b] = static_cast<std::uint32_t>(blocks_[b].size());
}

void ScoreWindow::erase(double score) {
  const std::size_t b = index_of(last_, score);
  ERRATA_CHECK(b < blocks_.size());
  auto& block = blocks_[b];
  const std::size_t at = index_of(block, score);
  ERRATA_CHECK(at < block.size() && block[at] == score);
  block.erase(block.begin() + offset(at));
  if (block.empty()) {
    blocks_.erase(blocks_.begin() + offset(b));
    last_.erase(last_.begin() + offset(b));
    sizes_.erase(sizes_.begin() + offset(b));
    return;
  }
  last_[b] = block.back();
  --sizes_[b];
}

std::size_t ScoreWindow::below_block(std::size_t block) const {
  return std::accumulate(sizes_.begin(), sizes_.begin() + offset(block), std::size_t{0});
}

double ScoreWindow::rank(double score) const {
  score = known(score);
  std::size_t below = 0, up_to = 0;
  if (const std::size_t b = index_of(last_, score); b < blocks_.size()) {
    below = below_block(b) + index_of(blocks_[b], score);
    std::size_t e = b;  // ties may reach into the next blocks
    while (e < blocks_.size() && last_[e] == score) ++e;
    up_to = below_block(e) + (e < blocks_.size() ? index_after(blocks_[e], score) : 0);
  } else {
    below = up_to = size();
  }
  const double turns = static_cast<double>(seen_ % (std::uint64_t{1} << 32)) * kGoldenRatio;
  const double u = turns - std::floor(turns);
  return (static_cast<double>(below) + u * static_cast<double>(up_to - below + 1)) / static_cast<double>(size() + 1);
}

double ScoreWindow::share_up_to(double score) const {
  if (size() == 0) return 0;
  const std::size_t b = index_after(last_, known(score));
  const std::size_t up_to = below_block(b) + (b < blocks_.size() ? index_after(blocks_[b], known(score)) : 0);
  return static_cast<double>(up_to) / static_cast<double>(size());
}

double ScoreWindow::score_at(double rank) const {
  auto left = static_cast<std::size_t>(std::clamp(rank, 0.0, 1.0) * static_cast<double>(size()));
  if (left == 0) return -kInfinity;
  std::size_t b = 0;
  while (left > sizes_[b]) left -= sizes_[b++];
  return blocks_[b][left - 1];
}

void ScoreWindow::save(ByteWriter& out) const {
  out.write<std::uint64_t>(capacity_);
  out.write(seen_);
  out.write<std::uint64_t>(oldest_);
  out.write(recent_);
}

Result<ScoreWindow> ScoreWindow::load(ByteReader& in) {
  const auto capacity = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto seen = in.read<std::uint64_t>();
  const auto oldest = static_cast<std::size_t>(in.read<std::uint64_t>());
  std::vector<double> recent;
  in.read_into(recent);
  if (in.truncated()) return data_error("the window of scores ends too early");
  const bool fits = capacity >= 1 && recent.size() == std::min<std::uint64_t>(capacity, seen) && oldest < capacity &&
                    (oldest == 0 || recent.size() == capacity);
  if (!fits || std::ranges::any_of(recent, [](double score) { return std::isnan(score); })) {
    return data_error("the window of scores does not fit its own sizes");
  }
  ScoreWindow window(capacity);
  window.seen_ = seen;
  window.oldest_ = oldest;
  window.recent_ = recent;
  stats::sort_numbers(recent);
  for (std::size_t begin = 0; begin < recent.size();) {
    const std::size_t end = std::min(begin + window.largest_block_ / 2, recent.size());
    window.blocks_.emplace_back(recent.begin() + offset(begin), recent.begin() + offset(end));
    window.last_.push_back(recent[end - 1]);
    window.sizes_.push_back(static_cast<std::uint32_t>(end - begin));
    begin = end;
  }
  return window;
}

}  // namespace errata::selective
