#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/language/adapter.h"
#include "errata/language/model.h"
#include "errata/language/rotation.h"

namespace at {
class Tensor;
}

namespace errata::language {

/// Keys and values of the tokens that were read, a layer each: [rows, room, kv_heads · head_size], room ≥ tokens.
struct KeyValueCache {
  std::vector<at::Tensor> keys, values;
  std::int64_t tokens = 0;            ///< read so far
  std::vector<std::int64_t> padding;  ///< tokens at the beginning of each row that the others do not see; empty: none

  /// Goes on with these rows alone, in this order.
  void keep(std::span<const std::int64_t> rows);
};

/// A model, perhaps with an adapter, as tensors. Its functions throw what libtorch throws. Cheap to make: on the CPU
/// the tensors lie in the vectors of model and adapter, which must outlive it. What learns is in learning_pass.h.
class Network {
 public:
  Network(const Model& model, const Adapter* adapter);

  /// What the layers make of tokens, behind the last norm.
  /// @param tokens  [rows, tokens] int64, all of a row's tokens but those in the cache
  /// @param cache   grows by these tokens; null to read without one
  /// @param layers  what each layer left, [layers] of [rows, tokens, hidden]; null where nobody asks
  /// @return [rows, tokens, hidden]
  [[nodiscard]] at::Tensor hidden(const at::Tensor& tokens, KeyValueCache* cache = nullptr,
                                  std::vector<at::Tensor>* layers = nullptr) const;
  /// [..., hidden] -> [..., vocabulary]
  [[nodiscard]] at::Tensor logits(const at::Tensor& hidden) const;

 private:
  [[nodiscard]] at::Tensor linear(std::size_t part, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor norm(std::size_t part, const at::Tensor& x) const;
  struct Reading;
  [[nodiscard]] bool has(Role role) const;
  [[nodiscard]] std::size_t place(std::size_t layer, Role role) const;
  [[nodiscard]] at::Tensor mapped(std::size_t layer, Role role, const at::Tensor& x) const;
  /// Queries or keys, turned; [rows, read, heads · head_size]
  [[nodiscard]] at::Tensor heads_of(std::size_t layer, Role role, Role own_norm, const at::Tensor& x,
                                    const Reading& reading) const;
  [[nodiscard]] at::Tensor attention(std::size_t layer, const at::Tensor& x, const Reading& reading,
                                     KeyValueCache* cache) const;
  [[nodiscard]] at::Tensor feed_forward(std::size_t layer, const at::Tensor& x) const;
  [[nodiscard]] Reading reading(const at::Tensor& tokens, const KeyValueCache* cache) const;

  ModelConfig config_;
  double scale_ = 0;                            ///< of the adapter
  std::vector<at::Tensor> weights_;             ///< [parts of the plan]
  std::vector<at::Tensor> a_, b_;               ///< [parts of the plan], undefined where no adapter changes the map
  std::array<std::size_t, kRoles> in_layer_{};  ///< place of a role's part behind the first of its layer
  std::size_t of_layer_ = 0;                    ///< parts of a layer
  Rotation rotation_;                           ///< without positions
};

}  // namespace errata::language
