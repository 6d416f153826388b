#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"

namespace errata::nn {

/// Where an image encoder and a text encoder of one space lie.
struct PairFiles {
  std::filesystem::path image;   ///< an ONNX image encoder; or a TorchScript archive that holds both
  std::filesystem::path text{};  ///< an ONNX text encoder; empty with an archive
  std::string image_output{};    ///< tensor of an ONNX image encoder that is taken; empty: chosen (PairModel::open)
  bool trusted_only = false;     ///< refuse TorchScript archives, which are programs
};

/// What a pair takes, and into how many parts it parts an image.
struct PairSizes {
  std::size_t height = 224, width = 224;  ///< of its images, where the model leaves them open
  std::size_t length = 77;                ///< tokens of its texts, likewise
  std::size_t rows = 1, columns = 1;      ///< parts of an image with a vector each; 1 × 1: one an image
};

/// A text as a pair reads it.
struct PairText {
  std::vector<std::int64_t> tokens;  ///< [length]
  std::vector<float> vector{};       ///< [d]; empty where a model reads tokens and image in one
};

/// Two encoders, of images and of texts, as CLIP has them: what belongs together points the same way.
///
/// ONNX: the image encoder takes one float input [n, 3, height, width], the text encoder integers [n, length], and
/// beside them a mask of the tokens that are used, if it likes. The text's vector is its output [n, d] (`text_embeds`
/// before others). The image's is the output [n, d] (`image_embeds` before others), else [n, parts, d]: tokens of
/// patches row by row, with one more before them or without. TorchScript: a module with the methods encode_image and
/// encode_text, else one whose forward(image, text) gives two tensors: vectors of images and texts, or what CLIP's
/// gives, the scaled cosines both ways. Archives in half precision, and those that were saved on a GPU, run on the CPU
/// in float32.
/// Reference: A. Radford et al., ICML 2021.
class PairModel {
 public:
  /// Opens a pair and runs it once on blank input, so that what cannot be used is said now.
  /// @return data error naming file and tensor: no such model, other inputs, widths that differ, parts that are no
  /// grid, an archive where trusted_only; invalid_argument: a text encoder missing, or given beside an archive;
  /// unavailable: ONNX Runtime is not installed
  [[nodiscard]] static Result<PairModel> open(const PairFiles& files);
  PairModel(PairModel&&) noexcept;
  PairModel& operator=(PairModel&&) noexcept;
  ~PairModel();

  [[nodiscard]] const PairSizes& sizes() const;
  /// Whether several threads may call relate() at once, each piece on its own thread with the same bits on any number.
  [[nodiscard]] bool is_shareable() const;

  /// @param tokens  [length]  @param used  that are no padding, from the first
  /// @return data error naming the file: the model's words, as of a token that it does not have
  [[nodiscard]] Result<PairText> read(std::vector<std::int64_t> tokens, std::size_t used) const;

  /// Cosines of a text and the parts of images (those of a forward() that scales them: scaled).
  /// @param images  [n, 3, height, width], as the model takes them
  /// @return [n, rows · columns]; data error naming the file: the model's words, values that are not finite
  [[nodiscard]] Result<std::vector<float>> relate(std::span<const float> images, const PairText& text) const;

 private:
  struct State;
  explicit PairModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace errata::nn
