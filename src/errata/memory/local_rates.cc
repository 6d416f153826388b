// Three kernel rates over a window are three sums over every slot. The distance part of a weight is the same for all
// three and is computed once a slot; the age part depends on the slot's age alone, so it is read from a table, oldest
// first. What is left is multiply-and-add over two contiguous pieces of the ring.

#include "errata/memory/local_rates.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "errata/memory/all_finite.h"
#include "errata/memory/vectorized.h"

namespace errata::memory {
namespace {

constexpr double kNeighbourPrior = 2;
constexpr double kKernelPrior = 1;
constexpr std::size_t kBlock = 8;  ///< slots that vector loops take at once

using Floats = float __attribute__((vector_size(kBlock * sizeof(float))));
using Ints = std::int32_t __attribute__((vector_size(kBlock * sizeof(float))));

/// distance += class_distance where the predicted class differs
ERRATA_VECTORIZED void add_class_distance(const std::uint32_t* predicted, std::uint32_t own, float class_distance,
                                          std::size_t size, float* distances) {
  for (std::size_t i = 0; i < size; ++i) distances[i] += predicted[i] == own ? 0.0F : class_distance;
}

/// e^−x for x >= 0 to about 3e-6 relative, no smaller than e^−40: 2^k times a polynomial in vector arithmetic. Slots
/// beyond `size` up to a whole block are computed as well.
ERRATA_VECTORIZED void exp_minus(const float* distances, float scale, std::size_t size, float* result) {
  for (std::size_t block = 0; block < size; block += kBlock) {
    Floats x;
    std::memcpy(&x, distances + block, sizeof x);
    x *= scale;
    x = x > 40.0F ? Floats{} + 40.0F : x;
    const Floats y = x * -1.44269504F;
    const Ints whole = __builtin_convertvector(y - 0.5F, Ints);                   // towards zero, and y − ½ <= 0
    const Floats r = (y - __builtin_convertvector(whole, Floats)) * 0.69314718F;  // |r| <= ½ log 2
    const Floats fraction = 1 + r * (1 + r * (0.5F + r * (1.0F / 6 + r * (1.0F / 24 + r * (1.0F / 120)))));
    const Ints bits = (whole + 127) << 23;
    Floats power;
    std::memcpy(&power, &bits, sizeof power);
    const Floats value = fraction * power;
    std::memcpy(result + block, &value, sizeof value);
  }
}

using Sums = std::array<std::array<float, 2>, kKernelMemories.size()>;

/// Adds Σ kernel · fading and Σ kernel · fading · failed for each memory; fading[k] points to the first slot's weight.
/// All memories go along together: each sum waits for its last addition, and six that wait at once cost what one does.
ERRATA_VECTORIZED void add_faded(const float* kernel, const float* failed,
                                 const std::array<const float*, kKernelMemories.size()>& fading, std::size_t size,
                                 Sums& sums) {
  constexpr std::size_t kMemories = kKernelMemories.size();
  Floats weights[kMemories] = {};
  Floats failures[kMemories] = {};
  std::size_t i = 0;
  for (; i + kBlock <= size; i += kBlock) {
    Floats near;
    Floats outcome;
    std::memcpy(&near, kernel + i, sizeof near);
    std::memcpy(&outcome, failed + i, sizeof outcome);
#pragma GCC unroll 3  // else the sums go through memory
    for (std::size_t k = 0; k < kMemories; ++k) {
      Floats weight;
      std::memcpy(&weight, fading[k] + i, sizeof weight);
      weight *= near;
      weights[k] += weight;
      failures[k] += weight * outcome;
    }
  }
  for (std::size_t k = 0; k < kMemories; ++k) {
    for (std::size_t rest = i; rest < size; ++rest) {
      sums[k][0] += kernel[rest] * fading[k][rest];
      sums[k][1] += kernel[rest] * fading[k][rest] * failed[rest];
    }
    for (std::size_t lane = 0; lane < kBlock; ++lane) {
      sums[k][0] += weights[k][lane];
      sums[k][1] += failures[k][lane];
    }
  }
}

/// e^−x, and 0 where products with it would be too small for a normal float: those are slow and add nothing.
double faded(double x) { return x < 40 ? std::exp(-x) : 0; }

}  // namespace

LocalRateWindow::LocalRateWindow(const LocalRateOptions& options)
    : options_(options),
      window_(options.width, options.window),
      predicted_(options.window),
      label_(options.window),
      failed_(options.window),
      distances_((options.window + kBlock - 1) / kBlock * kBlock),
      kernel_(distances_.size()),
      slots_(options.neighbours) {
  ERRATA_CHECK(options.neighbours >= 1 && options.squared_bandwidth > 0);
  for (std::size_t k = 0; k < fading_.size(); ++k) {
    fading_[k].resize(options.window);
    for (std::size_t age = 0; age < options.window; ++age)
      fading_[k][options.window - 1 - age] = static_cast<float>(faded(static_cast<double>(age) / kKernelMemories[k]));
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
  Sums sums{};
  const auto add = [&](std::size_t first, std::size_t count, std::size_t youngest) {
    std::array<const float*, kKernelMemories.size()> fading{};
    for (std::size_t k = 0; k < fading.size(); ++k)
      fading[k] = fading_[k].data() + (options_.window - youngest - count);
    add_faded(kernel_.data() + first, failed_.data() + first, fading, count, sums);
  };
  add(0, newer, 0);
  add(newer, size - newer, newer);
  for (std::size_t k = 0; k < sums.size(); ++k)
    rates.kernel[k] =
        (static_cast<double>(sums[k][1]) + kKernelPrior * prior) / (static_cast<double>(sums[k][0]) + kKernelPrior);
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
  const std::array numbers{options.class_distance, options.squared_bandwidth};
  const bool ranges = options.neighbours >= 1 && options.neighbours <= (1U << 20) && options.class_distance >= 0 &&
                      options.squared_bandwidth > 0 && all_finite(numbers);
  const bool fits = next < options.window && (window.size() == options.window || next == window.size());
  if (!ranges || !fits) return data_error("the window of resolved cases is damaged");
  LocalRateWindow loaded(options);
  loaded.window_ = std::move(window);
  loaded.next_ = next;
  in.read_into(loaded.predicted_);
  in.read_into(loaded.label_);
  in.read_into(loaded.failed_);
  const auto whole = [&](const auto& values) { return values.size() == options.window; };
  if (!whole(loaded.predicted_) || !whole(loaded.label_) || !whole(loaded.failed_) ||
      !std::ranges::all_of(loaded.failed_, [](float failed) { return failed == 0 || failed == 1; }))
    return data_error("the window of resolved cases is damaged");
  // Nearest slots cannot be told among distances that are no numbers, which a point that is not finite makes.
  const std::span<float> distances(loaded.distances_.data(), loaded.size());
  loaded.window_.squared_distances(std::vector<float>(options.width), distances);
  if (!all_finite(distances)) return data_error("the window of resolved cases is damaged");
  return loaded;
}

}  // namespace errata::memory
