#include "errata/base/rng.h"

#include <bit>
#include <cmath>

#include "errata/base/error.h"

namespace errata {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) : seed_(seed) {
  std::uint64_t state = seed;
  for (auto& word : state_) word = splitmix64(state);
}

std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::uint64_t Rng::below(std::uint64_t bound) {
  ERRATA_CHECK(bound >= 1);
  const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound: values under it would be favoured
  std::uint64_t value = next();
  while (value < rejected) value = next();
  return value % bound;
}

double Rng::normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  double x = 0, y = 0, r2 = 0;
  do {
    x = 2 * uniform() - 1;
    y = 2 * uniform() - 1;
    r2 = x * x + y * y;
  } while (r2 >= 1 || r2 == 0);
  const double scale = std::sqrt(-2 * std::log(r2) / r2);
  spare_normal_ = y * scale;
  has_spare_normal_ = true;
  return x * scale;
}

std::size_t Rng::categorical(std::span<const double> weights) {
  double total = 0;
  for (const double weight : weights) total += weight;
  ERRATA_CHECK(total > 0);
  double left = uniform() * total;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    chosen = i;
    if (left < weights[i]) break;
    left -= weights[i];
  }
  return chosen;  // after rounding `left` may outlast the sum; then it is the last index that has a weight
}

Rng Rng::fork(std::uint64_t stream) const {
  std::uint64_t state = seed_ ^ (stream * 0xd1342543de82ef95U + 0x632be59bd9b4e019U);
  return Rng(splitmix64(state));
}

}  // namespace errata
