// Both ask for distances to every case of a bank. Cases are taken 32 at a time: their distances (32 · 10,000 floats)
// stay in the second-level cache between being measured and being searched. The bank of the trust score lies class by
// class, so that the least distance to a class is the least of a stretch.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "errata/audit/detector_inputs.h"
#include "errata/audit/distance_detectors.h"
#include "errata/audit/parallel_rows.h"
#include "errata/index/neighbour_window.h"
#include "errata/index/point_set.h"

namespace errata::audit {
namespace {

constexpr std::size_t kTogether = 32;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The penultimate blocks of some rows, one after the other.
std::vector<float> blocks_of(const ModelOutputs& outputs, std::span<const std::size_t> rows, bool unit_length) {
  std::vector<float> values;
  values.reserve(rows.size() * penultimate_width(outputs));
  for (const std::size_t row : rows) {
    const auto block = penultimate_row(outputs, row);
    double squares = 0;
    for (const float value : block) squares += static_cast<double>(value) * static_cast<double>(value);
    const double length = unit_length && squares > 0 ? std::sqrt(squares) : 1;
    for (const float value : block) values.push_back(static_cast<float>(static_cast<double>(value) / length));
  }
  return values;
}

index::PointSet bank_of(const ModelOutputs& outputs, std::span<const std::size_t> rows, bool unit_length) {
  const auto values = blocks_of(outputs, rows, unit_length);
  return index::PointSet(MatrixView<const float>(values, rows.size(), penultimate_width(outputs)));
}

/// [cases]: risk_of(case, squared distances to the bank).
template <typename Risk>
std::vector<double> risks_by_distance(const index::PointSet& bank, const ModelOutputs& outputs, bool unit_length,
                                      ThreadPool& pool, Risk risk_of) {
  if (outputs.cases == 0) return {};
  ERRATA_CHECK(bank.size() > 0 && !outputs.blocks.empty() && penultimate_width(outputs) == bank.width());
  std::vector<double> risks(outputs.cases);
  for_row_chunks(pool, outputs.cases, kTogether, [&](std::size_t begin, std::size_t end) {
    std::vector<std::size_t> rows(end - begin);
    std::iota(rows.begin(), rows.end(), begin);
    const auto queries = blocks_of(outputs, rows, unit_length);
    std::vector<float> distances(rows.size() * bank.size());
    bank.squared_distances({queries, rows.size(), bank.width()}, distances);
    for (std::size_t i = begin; i < end; ++i) {
      risks[i] = risk_of(i, std::span<const float>(distances).subspan((i - begin) * bank.size(), bank.size()));
    }
  });
  return risks;
}

class Knn final : public Detector {
 public:
  explicit Knn(NeighbourOptions options) : options_(options) {
    ERRATA_CHECK(options.neighbour >= 1 && options.bank >= 1);
  }
  [[nodiscard]] std::string_view name() const override { return "knn"; }
  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) override {
    ERRATA_TRY(check_cases(name(), {.latents = true}, cases, pool.cancellation()));
    const auto clean = clean_rows(cases);
    std::vector<std::size_t> rows;
    for (const std::size_t i : evenly_spaced(clean.size(), options_.bank)) rows.push_back(clean[i]);
    bank_ = bank_of(cases.outputs, rows, true);
    return {};
  }
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override {
    return risks_by_distance(bank_, outputs, true, pool, [&](std::size_t, std::span<const float> distances) {
      std::vector<std::uint32_t> slots(options_.neighbour);
      const std::size_t found = index::nearest_slots(distances, slots.size(), slots);
      return std::sqrt(static_cast<double>(distances[slots[found - 1]]));
    });
  }

 private:
  NeighbourOptions options_;
  index::PointSet bank_;
};

class TrustScore final : public Detector {
 public:
  explicit TrustScore(NeighbourOptions options) : options_(options) { ERRATA_CHECK(options.bank >= 1); }
  [[nodiscard]] std::string_view name() const override { return "trust_score"; }
  [[nodiscard]] Result<void> fit(const TrainingCases& cases, ThreadPool& pool) override {
    ERRATA_TRY(check_cases(name(), {.latents = true, .predicted = true, .classes = true}, cases, pool.cancellation()));
    const auto reference = reference_cases(cases);
    auto kept = evenly_spaced(reference.rows.size(), options_.bank);
    std::ranges::stable_sort(kept, {}, [&](std::size_t i) { return reference.classes[i]; });
    std::vector<std::size_t> rows;
    ends_.assign(cases.classes, 0);
    for (const std::size_t i : kept) {
      rows.push_back(reference.rows[i]);
      ends_[reference.classes[i]] += 1;
    }
    std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
    bank_ = bank_of(cases.outputs, rows, false);
    return {};
  }
  [[nodiscard]] std::vector<double> risks(const ModelOutputs& outputs, ThreadPool& pool) const override {
    ERRATA_CHECK(outputs.predicted.size() == outputs.cases);
    return risks_by_distance(bank_, outputs, false, pool, [&](std::size_t i, std::span<const float> distances) {
      const std::uint32_t predicted = outputs.predicted[i];
      const std::size_t end = predicted < ends_.size() ? ends_[predicted] : 0;
      const std::size_t begin = predicted < ends_.size() && predicted > 0 ? ends_[predicted - 1] : 0;
      const double own = least(distances.subspan(begin, end - begin));
      const double other = std::min(least(distances.first(begin)), least(distances.subspan(end)));
      if (std::isinf(own)) return 1.0;
      if (std::isinf(other)) return 0.0;  // the bank has one class only, by the even steps
      return own + other > 0 ? std::sqrt(own) / (std::sqrt(own) + std::sqrt(other)) : 0.5;
    });
  }

 private:
  static double least(std::span<const float> distances) {
    float found = kInfinity;
    for (const float distance : distances) found = std::min(found, distance);
    return static_cast<double>(found);
  }

  NeighbourOptions options_;
  index::PointSet bank_;
  std::vector<std::size_t> ends_;  ///< [classes] where the stretch of each ends
};

}  // namespace

std::unique_ptr<Detector> make_knn(NeighbourOptions options) { return std::make_unique<Knn>(options); }
std::unique_ptr<Detector> make_trust_score(NeighbourOptions options) { return std::make_unique<TrustScore>(options); }

}  // namespace errata::audit
