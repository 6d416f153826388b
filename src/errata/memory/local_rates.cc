// Three kernel rates over a window are three sums over every slot. The distance part of a weight is the same for all
// three and is computed once a slot; the age part depends on the slot's age alone, so it is read from a table that runs
// backwards along the ring. What is left is multiply-and-add over two contiguous pieces of the ring.

#include "errata/memory/local_rates.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "errata/memory/vectorized.h"

namespace errata::memory {
namespace {

constexpr double kNeighbourPrior = 2;
constexpr double kKernelPrior = 1;
constexpr std::size_t kSumLanes = 16;

/// distance += class_distance where the predicted class differs
ERRATA_VECTORIZED void add_class_distance(const std::uint32_t* predicted, std::uint32_t own, float class_distance,
                                          std::size_t size, float* distances) {
  for (std::size_t i = 0; i < size; ++i) distances[i] += predicted[i] == own ? 0.0F : class_distance;
}

/// e^−x for x >= 0 to about 3e-6 relative, no smaller than e^−80: 2^k times a polynomial, so that the loop is vector
/// code.
ERRATA_VECTORIZED void exp_minus(const float* distances, float scale, std::size_t size, float* result) {
  for (std::size_t i = 0; i < size; ++i) {
    const float x = std::min(distances[i] * scale, 80.0F);
    const float y = x * -1.44269504F;
    const float whole = static_cast<float>(static_cast<std::int32_t>(y - 0.5F));  // towards zero: y − ½ <= 0
    const float r = (y - whole) * 0.69314718F;                                    // |r| <= ½ log 2
    const float e = 1 + r * (1 + r * (0.5F + r * (1.0F / 6 + r * (1.0F / 24 + r * (1.0F / 120)))));
    const auto bits = static_cast<std::uint32_t>((static_cast<std::int32_t>(whole) + 127) << 23);
    result[i] = e * std::bit_cast<float>(bits);
  }
}

struct WeightedSum {
  float weight = 0, failures = 0;
};

/// Σ kernel · fading and Σ kernel · fading · failed; `fading` is read backwards from its end.
ERRATA_VECTORIZED WeightedSum faded_sum(const float* kernel, const float* failed, const float* fading_end,
                                        std::size_t size) {
  float weights[kSumLanes] = {};
  float failures[kSumLanes] = {};
  std::size_t i = 0;
  for (; i + kSumLanes <= size; i += kSumLanes)
    for (std::size_t lane = 0; lane < kSumLanes; ++lane) {
      const float w = kernel[i + lane] * *(fading_end - 1 - static_cast<std::ptrdiff_t>(i + lane));
      weights[lane] += w;
      failures[lane] += w * failed[i + lane];
    }
  WeightedSum sum;
  for (std::size_t lane = 0; lane < kSumLanes; ++lane) {
    sum.weight += weights[lane];
    sum.failures += failures[lane];
  }
  for (; i < size; ++i) {
    const float w = kernel[i] * *(fading_end - 1 - static_cast<std::ptrdiff_t>(i));
    sum.weight += w;
    sum.failures += w * failed[i];
  }
  return sum;
}

}  // namespace

LocalRateWindow::LocalRateWindow(const LocalRateOptions& options)
    : options_(options),
      window_(options.width, options.window),
      predicted_(options.window),
      label_(options.window),
      failed_(options.window),
      distances_(options.window),
      kernel_(options.window),
      slots_(options.neighbours) {
  ERRATA_CHECK(options.neighbours >= 1 && options.squared_bandwidth > 0);
  for (std::size_t k = 0; k < fading_.size(); ++k) {
    fading_[k].resize(options.window);
    for (std::size_t age = 0; age < options.window; ++age)
      fading_[k][age] = static_cast<float>(std::exp(-static_cast<double>(age) / kKernelMemories[k]));
  }
}

LocalRates LocalRateWindow::rates(std::span<const float> z, std::uint32_t predicted, double prior) {
  const std::size_t size = window_.size();
  const std::span<float> distances(distances_.data(), size);
  window_.squared_distances(z, distances);
  add_class_distance(predicted_.data(), predicted, static_cast<float>(options_.class_distance), size, distances.data());

  LocalRates rates;
  const std::size_t found = index::nearest_slots(distances, options_.neighbours, slots_);
  double failures = 0;
  double agreeing = 0;
  for (std::size_t i = 0; i < found; ++i) {
    failures += static_cast<double>(failed_[slots_[i]]);
    agreeing += label_[slots_[i]] == predicted ? 1 : 0;
  }
  rates.nearest = (failures + kNeighbourPrior * prior) / (static_cast<double>(found) + kNeighbourPrior);
  rates.agreement = (agreeing + kNeighbourPrior / 2) / (static_cast<double>(found) + kNeighbourPrior);

  exp_minus(distances.data(), static_cast<float>(1 / options_.squared_bandwidth), size, kernel_.data());
  // Slots before next_ hold the newest cases, the newest last; slots from next_ on (a full ring only) the older ones.
  const std::size_t newer = size == window_.capacity() ? next_ : size;
  for (std::size_t k = 0; k < fading_.size(); ++k) {
    const float* fading = fading_[k].data();
    const WeightedSum recent = faded_sum(kernel_.data(), failed_.data(), fading + newer, newer);
    const WeightedSum old = faded_sum(kernel_.data() + newer, failed_.data() + newer, fading + size, size - newer);
    rates.kernel[k] = (static_cast<double>(recent.failures + old.failures) + kKernelPrior * prior) /
                      (static_cast<double>(recent.weight + old.weight) + kKernelPrior);
  }
  return rates;
}

void LocalRateWindow::learn(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label) {
  const std::size_t slot = window_.push(z);
  predicted_[slot] = predicted;
  label_[slot] = label;
  failed_[slot] = failed ? 1.0F : 0.0F;
  next_ = slot + 1 == window_.capacity() ? 0 : slot + 1;
}

void LocalRateWindow::save(ByteWriter& out) const {
  out.write<std::uint64_t>(options_.neighbours);
  out.write(options_.class_distance);
  out.write(options_.squared_bandwidth);
  out.write<std::uint64_t>(next_);
  window_.save(out);
  out.write(predicted_);
  out.write(label_);
  out.write(failed_);
}

Result<LocalRateWindow> LocalRateWindow::load(ByteReader& in) {
  LocalRateOptions options;
  options.neighbours = static_cast<std::size_t>(in.read<std::uint64_t>());
  options.class_distance = in.read<double>();
  options.squared_bandwidth = in.read<double>();
  const auto next = static_cast<std::size_t>(in.read<std::uint64_t>());
  ERRATA_ASSIGN(auto window, index::NeighbourWindow::load(in));
  options.width = window.width();
  options.window = window.capacity();
  const bool ranges = options.neighbours >= 1 && options.neighbours <= (1U << 20) && options.squared_bandwidth > 0;
  if (!ranges || next >= options.window) return data_error("the window of resolved cases is damaged");
  LocalRateWindow loaded(options);
  loaded.window_ = std::move(window);
  loaded.next_ = next;
  in.read_into(loaded.predicted_);
  in.read_into(loaded.label_);
  in.read_into(loaded.failed_);
  const auto whole = [&](const auto& values) { return values.size() == options.window; };
  if (!whole(loaded.predicted_) || !whole(loaded.label_) || !whole(loaded.failed_))
    return data_error("the window of resolved cases is damaged");
  return loaded;
}

}  // namespace errata::memory
