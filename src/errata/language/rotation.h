#pragma once

#include <cstddef>
#include <vector>

#include "errata/language/model.h"

namespace errata::language {

/// Rotary embeddings: the angles of positions, and the turning of heads by them. Component i of a head turns with
/// component i + head_size / 2 (Llama's "half-split" layout). Source: J. Su et al., RoFormer, 2021.
class Rotation {
 public:
  explicit Rotation(const ModelConfig& config);

  /// Positions that it knows, in the order in which they were added.
  [[nodiscard]] std::size_t count() const { return cosines_.size() / frequencies_.size(); }
  void add(std::size_t position);

  /// Turns the heads of a token in place, by the angles of the position that was added as number `at`.
  /// @param x     [heads, head_size]
  /// @param sign  1, or −1 to turn back
  void turn(float* x, std::size_t heads, std::size_t at, float sign = 1) const;

 private:
  std::vector<double> frequencies_;     ///< [head_size / 2], radians a position
  std::vector<float> cosines_, sines_;  ///< [count, head_size / 2]
};

}  // namespace errata::language
