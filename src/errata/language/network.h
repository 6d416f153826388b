#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "errata/language/adapter.h"
#include "errata/language/model.h"

namespace at {
class Tensor;
}

namespace errata::language {

/// Keys and values of the tokens that were read, a layer each: [rows, kv_heads, tokens, head_size].
struct KeyValueCache {
  std::vector<at::Tensor> keys, values;
};

/// A model, perhaps with an adapter, as tensors. Its functions throw what libtorch throws. Cheap to make: on the CPU
/// the tensors lie in the vectors of model and adapter, which must outlive it; those that learn are copies.
class Network {
 public:
  enum class Learns : std::uint8_t { nothing, model, adapter };

  Network(const Model& model, const Adapter* adapter, Learns learns);

  /// What the layers make of tokens, behind the last norm.
  /// @param tokens  [rows, tokens] int64, all of a row's tokens but those in the cache
  /// @param cache   grows by these tokens; null to read without one
  /// @param layers  what each layer left, [layers] of [rows, tokens, hidden]; null where nobody asks
  /// @return [rows, tokens, hidden]
  [[nodiscard]] at::Tensor hidden(const at::Tensor& tokens, KeyValueCache* cache = nullptr,
                                  std::vector<at::Tensor>* layers = nullptr) const;
  /// [..., hidden] -> [..., vocabulary]
  [[nodiscard]] at::Tensor logits(const at::Tensor& hidden) const;

  /// The tensors that learn, in the order of their plan.
  [[nodiscard]] std::vector<at::Tensor> learned() const;

 private:
  [[nodiscard]] at::Tensor linear(std::size_t part, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor norm(std::size_t part, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor attention(std::size_t layer, const at::Tensor& x, KeyValueCache* cache) const;
  [[nodiscard]] at::Tensor feed_forward(std::size_t layer, const at::Tensor& x) const;

  ModelConfig config_;
  Learns learns_;
  double scale_ = 0;                         ///< of the adapter
  std::vector<at::Tensor> weights_;          ///< [parts of the plan]
  std::vector<at::Tensor> a_, b_;            ///< [parts of the plan], undefined where no adapter changes the map
  std::vector<at::Tensor> cosines_, sines_;  ///< one each: [positions, head_size]
};

}  // namespace errata::language
