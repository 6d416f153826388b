#include "errata/index/neighbour_window.h"

#include <algorithm>
#include <numeric>

namespace errata::index {
namespace {

constexpr std::size_t kLanes = 16;  ///< floats of the widest vector that the loop below may become

}  // namespace

NeighbourWindow::NeighbourWindow(std::size_t width, std::size_t capacity)
    : width_(width), capacity_(capacity), stride_((capacity + kLanes - 1) / kLanes * kLanes), values_(width * stride_) {
  ERRATA_CHECK(width >= 1 && capacity >= 1);
}

std::size_t NeighbourWindow::push(std::span<const float> point) {
  ERRATA_CHECK(point.size() == width_);
  const std::size_t slot = next_;
  for (std::size_t d = 0; d < width_; ++d) values_[d * stride_ + slot] = point[d];
  next_ = next_ + 1 == capacity_ ? 0 : next_ + 1;
  size_ = std::min(size_ + 1, capacity_);
  return slot;
}

void NeighbourWindow::squared_distances(std::span<const float> query, std::span<float> distances) const {
  ERRATA_CHECK(query.size() == width_ && distances.size() == size_);
  std::ranges::fill(distances, 0.0F);
  for (std::size_t d = 0; d < width_; ++d) {
    const float* column = values_.data() + d * stride_;
    const float q = query[d];
    for (std::size_t slot = 0; slot < size_; ++slot) {
      const float difference = column[slot] - q;
      distances[slot] += difference * difference;
    }
  }
}

std::size_t nearest_slots(std::span<const float> distances, std::size_t count, std::span<std::uint32_t> slots) {
  const std::size_t found = std::min(count, distances.size());
  std::vector<std::uint32_t> order(distances.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(found), [&](auto a, auto b) {
    return distances[a] != distances[b] ? distances[a] < distances[b] : a < b;
  });
  std::copy_n(order.begin(), found, slots.begin());
  return found;
}

void NeighbourWindow::save(ByteWriter& out) const {
  out.write<std::uint64_t>(width_);
  out.write<std::uint64_t>(capacity_);
  out.write<std::uint64_t>(size_);
  out.write<std::uint64_t>(next_);
  out.write(values_);
}

Result<NeighbourWindow> NeighbourWindow::load(ByteReader& in) {
  const auto width = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto capacity = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto size = static_cast<std::size_t>(in.read<std::uint64_t>());
  const auto next = static_cast<std::size_t>(in.read<std::uint64_t>());
  std::vector<float> values;
  in.read_into(values);
  if (in.truncated()) return data_error("the window of neighbours ends too early");
  if (width == 0 || capacity == 0 || capacity > values.size() || values.size() / width < capacity || size > capacity ||
      next >= capacity)
    return data_error("the window of neighbours does not fit its own sizes");
  NeighbourWindow window(width, capacity);
  if (window.values_.size() != values.size()) return data_error("the window of neighbours does not fit its own sizes");
  window.size_ = size;
  window.next_ = next;
  window.values_ = std::move(values);
  return window;
}

}  // namespace errata::index
