#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/nn/onnx_file.h"

namespace errata::nn {

/// A tensor that a caller gives: row-major, not copied.
struct OnnxInput {
  std::string name;
  OnnxType type = OnnxType::float32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// A tensor that a model gave: row-major.
struct OnnxTensor {
  OnnxType type = OnnxType::none;
  std::vector<std::int64_t> shape;
  std::shared_ptr<void> data;  ///< owns what ONNX Runtime allocated
};

/// A model that ONNX Runtime has made ready. It runs on the thread that calls run() and on no other, so the same inputs
/// give the same bits whatever the number of threads; several threads may call run() at once, each with its own inputs.
class OnnxSession {
 public:
  /// Makes a model ready to compute some tensors. Custom operators are never loaded: nothing of a model is code.
  /// @param outputs  names of outputs of the graph or of nodes in it, each once
  /// @return unavailable where ONNX Runtime is not installed (how it comes is named); data error naming the file and
  ///     what ONNX Runtime says
  [[nodiscard]] static Result<OnnxSession> open(const OnnxFile& file, std::vector<std::string> outputs);

  OnnxSession(OnnxSession&&) noexcept;
  OnnxSession& operator=(OnnxSession&&) noexcept;
  ~OnnxSession();

  /// The tensors asked for, in their order.
  /// @return data error: an input that does not fit, words of ONNX Runtime, an output that is no tensor of numbers
  [[nodiscard]] Result<std::vector<OnnxTensor>> run(std::span<const OnnxInput> inputs) const;

 private:
  struct State;
  explicit OnnxSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// "ONNX Runtime 1.28.2". @return unavailable where it is not installed
[[nodiscard]] Result<std::string> describe_onnx_runtime();

/// What ONNX Runtime said, on one line, without the places in its sources.
[[nodiscard]] std::string short_onnx_words(std::string_view what);

}  // namespace errata::nn
