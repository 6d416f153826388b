#include "errata/language/rotation.h"

#include <cmath>

#include "errata/language/row_loops.h"

namespace errata::language {

Rotation::Rotation(const ModelConfig& config) : frequencies_(config.head_size() / 2) {
  for (std::size_t i = 0; i < frequencies_.size(); ++i) {
    const double plain =
        std::pow(config.rope_theta, -static_cast<double>(i) / static_cast<double>(frequencies_.size()));
    frequencies_[i] = stretched_frequency(plain, config.rope_scaling);
  }
}

void Rotation::add(std::size_t position) {
  for (const double frequency : frequencies_) {
    const double angle = static_cast<double>(position) * frequency;
    cosines_.push_back(static_cast<float>(std::cos(angle)));
    sines_.push_back(static_cast<float>(std::sin(angle)));
  }
}

void Rotation::turn(float* x, std::size_t heads, std::size_t at, float sign) const {
  const std::size_t half = frequencies_.size();
  row_loops::turn(x, heads, half, &cosines_[at * half], &sines_[at * half], sign);
}

}  // namespace errata::language
