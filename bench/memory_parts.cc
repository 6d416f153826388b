// What do the parts of a failure memory cost? The memory itself cannot be opened, so its parts are built beside it as
// it builds them, and run in step on the same stream: each part over a block of cases, then the next part. What a part
// costs besides the parts that it is made of is found by subtraction.

#include "memory_parts.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <map>
#include <numeric>

#include "errata/memory/embedder.h"
#include "errata/memory/failure_memory.h"
#include "errata/memory/modes.h"
#include "errata/memory/regimes.h"
#include "errata/memory/risk_model.h"
#include "errata/memory/source_risk.h"

namespace errata::bench {
namespace {

using namespace memory;

constexpr std::size_t kBlock = 256, kTimedBlocks = 60, kWarmUp = 1000;

PlantedStream stream_for(const MemorySize& size) {
  const std::size_t settling = (kWarmUp + size.window + 4 * kBlock) / kBlock * kBlock + 6000;
  return planted_stream({.features = size.features,
                         .modes = std::max<std::size_t>(8, size.modes),
                         .rows = settling + (kTimedBlocks + 1) * kBlock,
                         .quiet_rows = kWarmUp});
}

template <typename Body>
double micros_of(Body body) {
  const double start = cpu_micros();
  body();
  return (cpu_micros() - start) / kBlock;
}

/// Local rates as they would be written first: one loop over slots, doubles, std::exp, a partial sort.
class PlainRates {
 public:
  PlainRates(std::size_t width, std::size_t window, double squared_bandwidth)
      : width_(width), window_(window), squared_bandwidth_(squared_bandwidth) {}

  void learn(std::span<const float> z, std::uint32_t predicted, bool failed, std::uint32_t label) {
    if (cases_.size() == window_) {
      cases_.erase(cases_.begin());
      z_.erase(z_.begin(), z_.begin() + static_cast<std::ptrdiff_t>(width_));
    }
    cases_.push_back({.predicted = predicted, .label = label, .failed = failed});
    z_.insert(z_.end(), z.begin(), z.end());
  }

  [[nodiscard]] LocalRates rates(std::span<const float> z, std::uint32_t predicted, double prior) const {
    std::vector<std::pair<double, std::size_t>> near(cases_.size());
    std::array<double, kKernelMemories.size()> weights{}, failures{};
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      double squared = 0;
      for (std::size_t d = 0; d < width_; ++d) {
        const double apart = static_cast<double>(z[d]) - static_cast<double>(z_[i * width_ + d]);
        squared += apart * apart;
      }
      if (cases_[i].predicted != predicted) squared += 4;
      near[i] = {squared, i};
      for (std::size_t k = 0; k < weights.size(); ++k) {
        const double age = static_cast<double>(cases_.size() - 1 - i);
        const double weight = std::exp(-squared / squared_bandwidth_ - age / kKernelMemories[k]);
        weights[k] += weight;
        failures[k] += cases_[i].failed ? weight : 0;
      }
    }
    const std::size_t found = std::min<std::size_t>(30, near.size());
    std::ranges::partial_sort(near, near.begin() + static_cast<std::ptrdiff_t>(found));
    LocalRates rates;
    double failed = 0, agreeing = 0;
    for (std::size_t i = 0; i < found; ++i) {
      failed += cases_[near[i].second].failed ? 1 : 0;
      agreeing += cases_[near[i].second].label == predicted ? 1 : 0;
    }
    rates.nearest = (failed + 2 * prior) / (static_cast<double>(found) + 2);
    rates.agreement = (agreeing + 1) / (static_cast<double>(found) + 2);
    for (std::size_t k = 0; k < weights.size(); ++k) rates.kernel[k] = (failures[k] + prior) / (weights[k] + 1);
    return rates;
  }

 private:
  struct Resolved {
    std::uint32_t predicted = 0, label = 0;
    bool failed = false;
  };
  std::size_t width_, window_;
  double squared_bandwidth_;
  std::vector<float> z_;
  std::vector<Resolved> cases_;
};

/// What the parts hand on from one to the next, by case of a block.
struct Block {
  std::size_t first = 0;
  std::vector<float> x{}, z{};
  std::vector<ModeMatch> match{};
  std::vector<ModeUpdate> update{};
  std::vector<std::vector<float>> kept{}, signals{};
};

class Parts {
 public:
  explicit Parts(const MemorySize& size) : size_(size), stream_(stream_for(size)), embedder_(fitted_embedder()) {
    std::vector<float> warm, confident;
    std::vector<std::uint32_t> predicted;
    std::vector<double> scores;
    std::vector<std::uint8_t> failed;
    for (std::size_t row = 0; row < kWarmUp; ++row) {
      const CaseView seen = stream_.view(row);
      embedder_.embed(seen, x_, z_);
      warm.insert(warm.end(), z_.begin(), z_.end());
      predicted.push_back(seen.predicted);
      scores.push_back(seen.positive_score);
      failed.push_back(stream_.failed[row]);
      if (failed.back() != 0 && seen.confidence >= MemoryOptions().confident)
        confident.insert(confident.end(), z_.begin(), z_.end());
    }
    const std::size_t width = z_.size();
    modes_.emplace(*FailureModes::make({.width = width,
                                        .numbers = size.features,
                                        .max_modes = size.modes,
                                        .fit_modes = std::min<std::size_t>(8, size.modes),
                                        .half_life = MemoryOptions().half_life}));
    modes_->fit(MatrixView<const float>(confident, confident.size() / width, width), 0, 1);
    regimes_.emplace(*RegimeDetector::make({.max_modes = size.modes}));
    const SignalOptions options{.features = embedder_.features(), .width = width, .classes = 2, .window = size.window};
    const MatrixView<const float> rows(warm, kWarmUp, width);
    risk_.emplace(*RiskModel::fit(options, rows, predicted, 0.1, *experts_without({})));
    signals_.emplace(*Signals::fit(options, rows, predicted, 0.1));
    rates_.emplace(LocalRateOptions{.width = width, .window = size.window, .squared_bandwidth = kBandwidth});
    plain_.emplace(width, size.window, kBandwidth);
    window_.emplace(width, size.window);
    distances_.resize(size.window);
    for (std::size_t k = 0; k < kExperts.size(); ++k)
      experts_.emplace_back(std::vector<double>(risk_->expert_inputs(k)), OnlineLogisticOptions{.forgetting = 0.9995});
    experts_.emplace_back(std::vector<double>(kExperts.size() + 1), OnlineLogisticOptions{.forgetting = 0.9995});
    source_.emplace(*SourceRisk::fit(
        MatrixView<const double>(std::span(stream_.numbers).first(kWarmUp * size.features), kWarmUp, size.features),
        scores, failed, {}));
  }

  PartCosts run() {
    Block now, before;
    for (std::size_t first = 0; first + kBlock <= stream_.rows(); first += kBlock) {
      timed_ = first + kTimedBlocks * kBlock >= stream_.rows();
      now.first = first;
      assess(now);
      if (first > 0) learn(before);
      std::swap(now, before);
    }
    return costs();
  }

 private:
  static constexpr double kBandwidth = 0.3;

  Embedder fitted_embedder() {
    Embedder embedder = *Embedder::create(stream_.schema, {});
    for (std::size_t row = 0; row < kWarmUp; ++row) embedder.observe(stream_.view(row));
    ERRATA_CHECK(embedder.fit().has_value());
    x_.resize(embedder.features());
    z_.resize(embedder.width());
    return embedder;
  }

  template <typename Body>
  void time(std::string_view part, Body body) {
    const double micros = micros_of([&] {
      for (std::size_t i = 0; i < kBlock; ++i) body(i);
    });
    if (timed_) blocks_[part].push_back(micros);
  }
  [[nodiscard]] double cost(std::string_view part) const { return median(blocks_.at(part)); }

  std::span<float> x_of(Block& block, std::size_t i) const {
    return std::span(block.x).subspan(i * x_.size(), x_.size());
  }
  std::span<float> z_of(Block& block, std::size_t i) const {
    return std::span(block.z).subspan(i * z_.size(), z_.size());
  }
  std::span<const double> numbers_of(std::size_t row) const { return stream_.view(row).numbers; }

  void assess(Block& block) {
    block.x.resize(kBlock * x_.size());
    block.z.resize(kBlock * z_.size());
    block.match.resize(kBlock);
    block.kept.resize(kBlock);
    block.signals.resize(kBlock);
    for (std::size_t i = 0; i < kBlock; ++i) {
      block.kept[i].resize(risk_->kept());
      block.signals[i].resize(signals_->layout().size);
    }
    const auto seen = [&](std::size_t i) { return stream_.view(block.first + i); };
    time("embed", [&](std::size_t i) { embedder_.embed(seen(i), x_of(block, i), z_of(block, i)); });
    time("match", [&](std::size_t i) {
      block.match[i] = modes_->match(z_of(block, i), static_cast<std::int64_t>(block.first + i));
    });
    time("nearest", [&](std::size_t i) {
      const std::span<float> distances(distances_.data(), window_->size());
      window_->squared_distances(z_of(block, i), distances);
      benchmark::DoNotOptimize(index::nearest_slots(distances, 30, slots_));
    });
    time("rates",
         [&](std::size_t i) { benchmark::DoNotOptimize(rates_->rates(z_of(block, i), seen(i).predicted, 0.1)); });
    if (timed_)
      time("plain rates",
           [&](std::size_t i) { benchmark::DoNotOptimize(plain_->rates(z_of(block, i), seen(i).predicted, 0.1)); });
    const auto risk_case = [&](std::size_t i) {
      const CaseView from = seen(i);
      return RiskCase{.x = x_of(block, i),
                      .z = z_of(block, i),
                      .predicted = from.predicted,
                      .confidence = from.confidence,
                      .mode_danger = block.match[i].danger,
                      .mode_rate = block.match[i].rate};
    };
    time("signals", [&](std::size_t i) { signals_->compute(risk_case(i), block.signals[i]); });
    time("estimate", [&](std::size_t i) { benchmark::DoNotOptimize(risk_->estimate(risk_case(i), block.kept[i])); });
    time("source", [&](std::size_t i) {
      const auto row = block.first + i;
      benchmark::DoNotOptimize(
          source_->danger(numbers_of(row), stream_.positive_score[row], static_cast<std::int64_t>(row)));
    });
  }

  void learn(Block& block) {
    block.update.resize(kBlock);
    const auto known = static_cast<std::int64_t>(block.first + 2 * kBlock - 1);
    const auto predicted = [&](std::size_t i) { return stream_.view(block.first + i).predicted; };
    const auto outcome = [&](std::size_t i) { return stream_.outcome(block.first + i); };
    time("modes learn", [&](std::size_t i) {
      const std::size_t row = block.first + i;
      const CaseView seen = stream_.view(row);
      block.update[i] = modes_->learn({.z = z_of(block, i),
                                       .numbers = seen.numbers,
                                       .confidence = seen.confidence,
                                       .failed = stream_.failed[row] != 0,
                                       .ticket = row,
                                       .time = seen.time},
                                      known);
    });
    time("regimes learn", [&](std::size_t i) {
      if (block.update[i].retired != kNoMode) static_cast<void>(regimes_->forget(block.update[i].retired, known));
      benchmark::DoNotOptimize(regimes_->learn(block.update[i].mode, stream_.failed[block.first + i] != 0,
                                               static_cast<std::int64_t>(block.first + i), known));
    });
    time("window learn", [&](std::size_t i) {
      const Outcome is = outcome(i);
      rates_->learn(z_of(block, i), predicted(i), is.failed, is.label);
    });
    for (std::size_t i = 0; i < kBlock; ++i) {
      const Outcome is = outcome(i);
      window_->push(z_of(block, i));
      plain_->learn(z_of(block, i), predicted(i), is.failed, is.label);
    }
    time("signals learn", [&](std::size_t i) {
      const Outcome is = outcome(i);
      signals_->learn(z_of(block, i), predicted(i), is.failed, is.label);
    });
    time("experts learn", [&](std::size_t i) {
      for (OnlineLogistic& expert : experts_)
        expert.learn(std::span(block.signals[i]).first(expert.size()), outcome(i).failed, 0.8);
    });
    time("risk learn", [&](std::size_t i) {
      const Outcome is = outcome(i);
      risk_->learn(block.kept[i], z_of(block, i), predicted(i), is.failed, is.label, kBlock);
    });
    time("source learn", [&](std::size_t i) {
      const std::size_t row = block.first + i;
      source_->learn(numbers_of(row), stream_.positive_score[row], stream_.failed[row] != 0, known);
    });
  }

  [[nodiscard]] PartCosts costs() const {
    PartCosts made{.rates = cost("rates"), .plain_rates = cost("plain rates")};
    made.decide = {{"embed", cost("embed")},
                   {"failure modes: match", cost("match")},
                   {"distances and 30 nearest", cost("nearest")},
                   {"other local rates", cost("rates") - cost("nearest")},
                   {"other signals", cost("signals") - cost("rates")},
                   {"experts, stack, mixture", cost("estimate") - cost("signals")},
                   {"the source's danger", cost("source")}};
    made.learn = {{"experts and stack", cost("experts learn")},
                  {"mixture and leaders", cost("risk learn") - cost("experts learn") - cost("signals learn")},
                  {"signals and window", cost("signals learn")},
                  {"failure modes", cost("modes learn")},
                  {"regimes", cost("regimes learn")},
                  {"the source's activity", cost("source learn")}};
    return made;
  }

  MemorySize size_;
  PlantedStream stream_;
  std::vector<float> x_, z_;
  Embedder embedder_;
  std::optional<FailureModes> modes_;
  std::optional<RegimeDetector> regimes_;
  std::optional<RiskModel> risk_;
  std::optional<Signals> signals_;
  std::optional<LocalRateWindow> rates_;
  std::optional<PlainRates> plain_;
  std::optional<index::NeighbourWindow> window_;
  std::vector<OnlineLogistic> experts_;  ///< the stack last
  std::optional<SourceRisk> source_;
  std::vector<float> distances_;
  std::array<std::uint32_t, 30> slots_{};
  bool timed_ = false;
  std::map<std::string_view, std::vector<double>> blocks_;
};

}  // namespace

double cpu_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

MemoryCost cost_of_memory(const MemorySize& size) {
  const PlantedStream stream = stream_for(size);
  auto memory =
      *FailureMemory::create(stream.schema, {.warm_up = kWarmUp, .window = size.window, .max_modes = size.modes});
  std::vector<double> decide, learn;
  for (std::size_t first = 0; first + kBlock <= stream.rows(); first += kBlock) {
    const double decided = micros_of([&] {
      for (std::size_t i = 0; i < kBlock; ++i) {
        const auto made = memory.assess(stream.view(first + i));
        ERRATA_CHECK(made.has_value() && made->ticket == first + i);
      }
    });
    if (first == 0) continue;
    const double learned = micros_of([&] {
      for (std::size_t i = 0; i < kBlock; ++i) {
        const std::size_t row = first - kBlock + i;
        ERRATA_CHECK(memory.learn(row, stream.outcome(row), static_cast<std::int64_t>(first + kBlock)).has_value());
      }
    });
    if (first + kTimedBlocks * kBlock < stream.rows()) continue;
    decide.push_back(decided);
    learn.push_back(learned);
  }
  return {.decide = median(decide),
          .learn = median(learn),
          .width = std::min(size.features, EmbedderOptions().max_axes) + 1,  // the last one: the model's log-odds
          .modes = memory.modes().size()};
}

PartCosts cost_of_parts(const MemorySize& size) { return Parts(size).run(); }

}  // namespace errata::bench
