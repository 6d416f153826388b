#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "errata/base/rng.h"

/// Streams through each class with ERRATA_VECTORIZED loops, compiled twice: once as the library is, once without.
namespace errata::memory::test {

/// Snapshots of the same classes, made by sources that were compiled for any machine.
std::string plain_logistic_run();
std::string plain_rates_run();
std::string plain_signals_run();

template <typename Logistic, typename Options>
std::string logistic_run() {
  std::string bytes;
  for (const std::size_t size : {1U, 3U, 4U, 11U, 40U}) {
    Logistic model(std::vector<double>(size, 0.1), Options{.prior_variance = 0.3, .forgetting = 0.999});
    Rng rng(size);
    std::vector<float> f(size);
    ByteWriter out;
    for (int i = 0; i < 300; ++i) {
      for (float& value : f) value = rng.bernoulli(0.1) ? 0.0F : static_cast<float>(2 * rng.normal());
      out.write(model.predict(f));
      model.learn(f, rng.bernoulli(0.3), 0.7);
    }
    model.save(out);
    bytes += out.bytes();
  }
  return bytes;
}

template <typename Window, typename Options>
std::string rates_run() {
  std::string bytes;
  for (const std::size_t capacity : {1U, 7U, 8U, 9U, 100U}) {
    Window window(Options{.width = 3, .window = capacity, .neighbours = 5});
    Rng rng(capacity);
    std::vector<float> z(3);
    ByteWriter out;
    for (int i = 0; i < 250; ++i) {
      for (float& value : z) value = static_cast<float>((i % 50 == 0 ? 100 : 1) * rng.normal());
      const auto predicted = static_cast<std::uint32_t>(rng.below(3));
      const auto rates = window.rates(z, predicted, 0.3);
      out.write(rates.nearest);
      for (const double rate : rates.kernel) out.write(rate);
      window.learn(z, predicted, rng.bernoulli(0.4), predicted);
    }
    bytes += out.bytes();
  }
  return bytes;
}

template <typename SignalsOf, typename Options, typename Case>
std::string signals_run() {
  Rng rng(3);
  std::vector<float> warm(600), x(5), z(3);
  for (float& value : warm) value = static_cast<float>(rng.normal());
  auto signals = *SignalsOf::fit(Options{.features = 5, .width = 3, .classes = 2, .window = 40},
                                 MatrixView<const float>(warm, 200, 3), std::vector<std::uint32_t>(200), 0.2);
  std::vector<float> computed(signals.layout().size);
  ByteWriter out;
  for (int i = 0; i < 100; ++i) {
    for (float& value : x) value = static_cast<float>(rng.normal());
    for (float& value : z) value = static_cast<float>(rng.normal());
    signals.compute(Case{.x = x, .z = z, .predicted = 1, .confidence = rng.uniform()}, computed);
    out.write(computed);
    signals.learn(z, 1, rng.bernoulli(0.4), 1);
  }
  return out.bytes();
}

}  // namespace errata::memory::test
