// Sums by the code of a feature, block by block, so that what a case adds is worked out once for all features.
//
// Where every case weighs 1, most of what it adds is 1 to one of a few counts: of its class, of right predictions, of
// its calibration bin and of what happened there. All of these follow from how many cases of a slice have which of
// their combinations, which is one addition; only the losses and the mean score of a bin are sums of fractions.
#include "errata/slice/class_sums.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace errata::slice {
namespace {

constexpr std::size_t kBlock = 512;                               // cases: they and the sums stay in the nearest cache
constexpr std::size_t kScoreBins = stats::kCalibrationBins + 1;   // the last one for cases without a usable score
constexpr std::size_t kMostCombinations = std::size_t{1} << 15U;  // of a feature

using Sums = std::vector<std::vector<ClassSums>>;

Sums empty_sums(const ClassTerms& terms, std::span<const table::CodedFeature> features) {
  Sums sums;
  for (const table::CodedFeature& feature : features)
    sums.emplace_back(feature.bins.size(), ClassSums(terms, keeps_classes(terms, feature)));
  return sums;
}

/// Calls use(cases) with the cases that count, some at a time.
template <typename Use>
void block_by_block(const ClassTerms& terms, const Use& use) {
  const std::size_t rows = terms.weight.size();
  std::vector<ClassCase> block;
  terms.weight.visit([&](const auto& weights) {
    for (std::size_t first = 0; first < rows; first += kBlock) {
      block.clear();
      for (std::size_t row = first; row < std::min(first + kBlock, rows); ++row) {
        const double weight = weights[row];
        if (weight > 0) block.push_back(terms.of(static_cast<std::uint32_t>(row), weight));
      }
      use(std::span<const ClassCase>(block));
    }
  });
}

/// What a case of weight 1 is one of.
struct Combination {
  std::size_t bin, happened, label, found;
};

/// The combinations of a log, numbered.
class Combinations {
 public:
  explicit Combinations(std::size_t classes) : classes_(classes) {}
  [[nodiscard]] std::size_t size() const { return kScoreBins * 4 * classes_; }
  [[nodiscard]] std::size_t number_of(const ClassCase& c) const {
    const std::size_t bin = c.is_scored ? stats::calibration_bin(c.probability) : kScoreBins - 1;
    return ((bin * 2 + std::size_t{c.happened}) * classes_ + c.label) * 2 + std::size_t{c.found > 0};
  }
  [[nodiscard]] Combination at(std::size_t number) const {
    const std::size_t side = number / 2 / classes_;
    return {.bin = side / 2, .happened = side % 2, .label = number / 2 % classes_, .found = number % 2};
  }

 private:
  std::size_t classes_;
};

/// What a case adds to the fractions of its slice.
struct Fractions {
  double brier = 0, log_loss = 0;
};

/// The slices of one feature, counted.
struct CountedSlices {
  std::vector<std::uint32_t> counts;  ///< [codes, combinations]
  std::vector<Fractions> fractions;   ///< [codes]
  std::vector<double> scores;         ///< [codes, kScoreBins]
};

/// A block of cases as what they add.
struct CountedBlock {
  std::array<std::uint32_t, kBlock> row{};
  std::array<std::uint16_t, kBlock> combination{};
  std::array<std::uint16_t, kBlock> bin{};
  std::array<double, kBlock> probability{};
  std::array<Fractions, kBlock> fractions{};

  void take(std::span<const ClassCase> cases, const Combinations& combinations) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const ClassCase& c = cases[i];
      row[i] = c.row;
      combination[i] = static_cast<std::uint16_t>(combinations.number_of(c));
      bin[i] = static_cast<std::uint16_t>(combinations.at(combination[i]).bin);
      probability[i] = c.probability;
      fractions[i] = {.brier = c.brier, .log_loss = c.log_loss};
    }
  }
};

void fill(const CountedSlices& counted, const Combinations& combinations, std::span<ClassSums> sums) {
  for (std::size_t code = 0; code < sums.size(); ++code) {
    ClassSums& slice = sums[code];
    const auto counts = std::span(counted.counts).subspan(code * combinations.size(), combinations.size());
    for (std::size_t number = 0; number < counts.size(); ++number) {
      const std::uint64_t n = counts[number];
      if (n == 0) continue;
      const Combination all = combinations.at(number);
      slice.add_cases(all.label, n, all.found * n);
      if (all.bin + 1 < kScoreBins) slice.calibration().add_cases(all.bin, n, all.happened * n, 0);
    }
    for (std::size_t bin = 0; bin + 1 < kScoreBins; ++bin)
      slice.calibration().add_cases(bin, 0, 0, counted.scores[code * kScoreBins + bin]);
    slice.add_terms(counted.fractions[code].brier, counted.fractions[code].log_loss);
  }
}

Sums count_classes(const ClassTerms& terms, std::span<const table::CodedFeature> features) {
  const Combinations combinations(terms.classes);
  std::vector<CountedSlices> counted;
  for (const table::CodedFeature& feature : features) {
    const std::size_t codes = feature.bins.size();
    counted.push_back({.counts = std::vector<std::uint32_t>(codes * combinations.size()),
                       .fractions = std::vector<Fractions>(codes),
                       .scores = std::vector<double>(codes * kScoreBins)});
  }
  CountedBlock block;
  block_by_block(terms, [&](std::span<const ClassCase> cases) {
    block.take(cases, combinations);
    for (std::size_t f = 0; f < features.size(); ++f) {
      std::uint32_t* const counts = counted[f].counts.data();
      Fractions* const fractions = counted[f].fractions.data();
      double* const scores = counted[f].scores.data();
      features[f].codes.visit([&](const auto& view) {
        const auto codes = view.stored();
        for (std::size_t i = 0; i < cases.size(); ++i) {
          const std::size_t code = codes[block.row[i]];
          ++counts[code * combinations.size() + block.combination[i]];
          fractions[code].brier += block.fractions[i].brier;
          fractions[code].log_loss += block.fractions[i].log_loss;
          scores[code * kScoreBins + block.bin[i]] += block.probability[i];
        }
      });
    }
  });
  Sums sums = empty_sums(terms, features);
  for (std::size_t f = 0; f < features.size(); ++f) fill(counted[f], combinations, sums[f]);
  return sums;
}

}  // namespace

bool keeps_classes(const ClassTerms& terms, const table::CodedFeature& feature) {
  return feature.bins.size() * terms.classes <= kMaxCells;
}

std::vector<std::vector<ClassSums>> sum_classes(const ClassTerms& terms,
                                                std::span<const table::CodedFeature> features) {
  const auto are_few = [&](const table::CodedFeature& feature) {
    return feature.bins.size() * Combinations(terms.classes).size() <= kMostCombinations;
  };
  if (!terms.are_weighed && std::ranges::all_of(features, are_few)) return count_classes(terms, features);
  Sums sums = empty_sums(terms, features);
  block_by_block(terms, [&](std::span<const ClassCase> cases) {
    for (std::size_t f = 0; f < features.size(); ++f) {
      std::vector<ClassSums>& of_feature = sums[f];
      features[f].codes.visit([&](const auto& codes) {
        for (const ClassCase& c : cases) of_feature[codes[c.row]].add(c);
      });
    }
  });
  return sums;
}

}  // namespace errata::slice
