#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errata/language/adapter.h"
#include "errata/language/model.h"
#include "errata/language/rotation.h"
#include "errata/language/row_loops.h"
#include "errata/language/training.h"

namespace errata::language {

/// Loss and slopes of examples by the forward and the backward pass of a model written out: what Network computes and
/// libtorch derives, without padding, and with memory that is kept from call to call. One call at a time; products with
/// large maps use the module's threads.
class LearningPass {
 public:
  /// @param model, adapter  outlive this; adapter: what learns, or null for the model
  LearningPass(const Model& model, const Adapter* adapter);

  /// @param batch   examples that the model can read
  /// @param slopes  [plan.size of what learns] of the summed loss, are written
  /// @return the loss, summed over the answers' tokens
  /// @throws what libtorch throws
  double learn(std::span<const Example> batch, std::span<float> slopes);

 private:
  /// A linear map, its bias and its adapter.
  struct Map {
    std::size_t inputs = 0, outputs = 0;
    const float *w = nullptr, *bias = nullptr, *a = nullptr, *b = nullptr;  ///< null: none
    std::size_t w_slopes = 0, bias_slopes = 0, a_slopes = 0, b_slopes = 0;  ///< where in the plan
  };
  struct Scale {
    const float* w = nullptr;  ///< null: none
    std::size_t slopes = 0;
  };
  enum MapOf : std::uint8_t { of_query, of_key, of_value, of_output, of_gate, of_up, of_down };
  static constexpr std::size_t kMaps = of_down + 1;
  struct Layer {
    std::array<Map, kMaps> maps;
    Scale input_norm, middle_norm, query_norm, key_norm;
    // What the way back needs.
    std::vector<float> x, x_inverse, x_normal;                  ///< what came in
    std::vector<float> q_plain, k_plain, q_inverse, k_inverse;  ///< before norms of heads, where there are
    std::vector<float> q, k, v, p, seen;                        ///< turned; weights of attention; what it gave
    std::vector<float> y, y_inverse, y_normal;                  ///< between attention and feed-forward part
    std::vector<float> gate, up, inner;
    std::array<std::vector<float>, kMaps> low;  ///< A x of the adapters
  };

  [[nodiscard]] bool model_learns() const { return adapter_ == nullptr; }
  [[nodiscard]] Map map_of(std::size_t part, std::size_t bias_part) const;
  [[nodiscard]] Scale scale_of(std::size_t part) const;
  void find_parts();
  void expect(std::span<const Example> batch);
  void read(std::span<const Example> batch);
  void read_layers();
  void apply(const Map& map, const std::vector<float>& x, std::size_t rows, std::vector<float>& low, float* y,
             bool added) const;
  void apply_back(const Map& map, const float* dy, const std::vector<float>& x, std::size_t rows,
                  const std::vector<float>& low, float* dx, bool added, std::span<float> slopes);
  void normalise(const Scale& norm, const std::vector<float>& x, std::size_t rows, std::size_t width,
                 std::vector<float>& y, std::vector<float>& inverse) const;
  void normalise_back(const Scale& norm, const float* dy, const std::vector<float>& x,
                      const std::vector<float>& inverse, std::size_t rows, std::size_t width, float* dx,
                      std::span<float> slopes) const;
  void turn_all(std::vector<float>& x, std::size_t heads, float sign) const;
  [[nodiscard]] row_loops::Heads heads_of(std::size_t sequence) const;
  void forward(Layer& layer, std::vector<float>& next);
  void tell();
  double lose(std::span<float> slopes);
  void head_back(const Scale& norm, const std::vector<float>& plain, const std::vector<float>& inverse,
                 std::size_t heads, std::vector<float>& slopes_of_heads, std::span<float> slopes);
  void backward(Layer& layer, std::span<float> slopes);

  const Model& model_;
  const Adapter* adapter_;
  std::vector<Layer> layers_;
  Scale last_norm_;
  Map head_;
  Rotation rotation_;
  // Of the batch: its tokens but the last of each example, sequence behind sequence.
  std::vector<std::size_t> begins_;              ///< [sequences + 1]
  std::vector<std::size_t> tokens_, positions_;  ///< [rows]
  std::vector<std::size_t> told_at_, told_;      ///< rows that tell a token of an answer, and that token
  std::vector<std::uint8_t> as_model_;           ///< [told] 1 where it is to be expected as the model alone does
  std::size_t weights_ = 0;                      ///< of attention, of all sequences
  std::vector<std::size_t> weights_begin_;       ///< [sequences]
  bool alone_ = false;                           ///< the model reads without its adapter
  std::vector<float> expected_;                  ///< [told as the model has it, vocabulary] probabilities
  // Memory.
  std::vector<float> last_, picked_, picked_inverse_, picked_normal_, head_low_, logits_, space_, low_slopes_;
  std::vector<float> dx_, dnormal_, dq_, dk_, dv_, dseen_, dgate_, dup_, dinner_, dplain_;
};

}  // namespace errata::language
