#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "errata/audit/detector_inputs.h"
#include "errata/base/rng.h"

namespace errata::audit::testing_support {

/// A made-up classifier: hidden units are the ReLU of a class direction plus noise, logits are affine in them (those of
/// the nearest mean). Half of the cases are clean; the others have three times the noise and a common offset, and fail
/// more often.
class MadeUpModel {
 public:
  static constexpr std::size_t kClasses = 4, kConv = 3, kHidden = 10;

  MadeUpModel(std::size_t cases, std::uint64_t seed) : cases_(cases) {
    Rng world(1), rng(seed);
    std::vector<double> direction(kClasses * kHidden);
    for (double& value : direction) value = world.normal();
    for (std::size_t i = 0; i < cases; ++i) {
      const std::size_t label = rng.below(kClasses);
      const bool clean = rng.bernoulli(.5);
      std::vector<double> hidden(kHidden);
      for (std::size_t c = 0; c < kConv; ++c) latents_.push_back(static_cast<float>(rng.normal()));
      for (std::size_t c = 0; c < kHidden; ++c) {
        const double noise = (clean ? .5 : 1.5) * rng.normal() + (clean ? 0 : .4);
        hidden[c] = std::max(0.0, direction[label * kHidden + c] + noise);
        latents_.push_back(static_cast<float>(hidden[c]));
      }
      add_logits(direction, hidden);
      const auto logits = std::span(logits_).last(kClasses);
      predicted_.push_back(static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin()));
      labels_.push_back(static_cast<std::uint32_t>(label));
      failed_.push_back(predicted_.back() != labels_.back());
      clean_.push_back(clean);
    }
  }

  [[nodiscard]] ModelOutputs outputs() const {
    return {.cases = cases_,
            .latents = {latents_, cases_, kConv + kHidden},
            .blocks = blocks_,
            .penultimate = 1,
            .logits = {logits_, cases_, kClasses},
            .predicted = predicted_};
  }
  [[nodiscard]] TrainingCases cases() const {
    return {.outputs = outputs(), .labels = labels_, .failed = failed_, .clean = clean_, .classes = kClasses};
  }
  [[nodiscard]] std::vector<float>& logits() { return logits_; }
  [[nodiscard]] std::vector<float>& latents() { return latents_; }
  [[nodiscard]] std::vector<std::uint8_t>& failed() { return failed_; }
  [[nodiscard]] std::vector<std::uint8_t>& clean() { return clean_; }
  [[nodiscard]] std::vector<std::uint32_t>& labels() { return labels_; }
  [[nodiscard]] std::vector<std::uint32_t>& predicted() { return predicted_; }

 private:
  void add_logits(const std::vector<double>& direction, const std::vector<double>& hidden) {
    for (std::size_t k = 0; k < kClasses; ++k) {
      double logit = 0;
      for (std::size_t c = 0; c < kHidden; ++c) {
        const double mean = std::max(0.0, direction[k * kHidden + c]);
        logit += mean * (hidden[c] - mean / 2);
      }
      logits_.push_back(static_cast<float>(logit));
    }
  }

  std::size_t cases_;
  std::vector<LatentBlock> blocks_{{.name = "conv", .first = 0, .width = kConv},
                                   {.name = "hidden", .first = kConv, .width = kHidden}};
  std::vector<float> latents_, logits_;
  std::vector<std::uint32_t> predicted_, labels_;
  std::vector<std::uint8_t> failed_, clean_;
};

}  // namespace errata::audit::testing_support
