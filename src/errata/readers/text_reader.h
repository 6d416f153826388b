#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/picture.h"
#include "errata/readers/network.h"
#include "errata/readers/quad.h"

namespace errata::readers {

/// What stands in a line.
struct ReadText {
  std::string text;       ///< UTF-8; empty where nothing was read
  double confidence = 0;  ///< mean probability of its characters, in [0, 1]; 0 where there are none
};

/// Reads lines of text, Latin and Chinese: PP-OCRv4's recogniser. A line is straightened to a strip 48 pixels high; the
/// model gives probabilities of characters for each 8 pixels of it.
/// Reference: Y. Du et al., "SVTR: scene text recognition with a single visual model", IJCAI 2022.
class TextReader {
 public:
  /// Opens the model that comes with Errata, or another of the same interface with the file of its characters, one a
  /// line; a blank before them and a space after them are the model's own.
  /// @return unavailable where the model or ONNX Runtime is not installed; data error naming a file that is no such
  /// model
  [[nodiscard]] static Result<TextReader> open();
  [[nodiscard]] static Result<TextReader> open(const std::filesystem::path& model,
                                               const std::filesystem::path& characters);

  /// Each line for itself: what is read of one does not depend on the others, nor on the number of threads.
  /// @param picture  1 or 3 channels, at least one pixel  @param lines  in its pixels
  /// @return a text a line; @throws Cancelled as the pool does
  /// Cost: 5 to 100 ms of CPU a line, by its length.
  [[nodiscard]] Result<std::vector<ReadText>> read(const image::Picture& picture, std::span<const Quad> lines,
                                                   const ThreadPool& pool) const;

 private:
  TextReader(Network network, std::vector<std::string> characters)
      : network_(std::move(network)), characters_(std::move(characters)) {}
  [[nodiscard]] Result<ReadText> read_strip(const image::Picture& strip) const;
  Network network_;
  std::vector<std::string> characters_;  ///< of each class of the model; of the first, the blank, none
};

/// The text of probabilities of classes along a line: the likeliest class of each step, equal ones in a row once,
/// blanks (class 0) left out.
/// @param probabilities  [steps, characters]  @param characters  what each class stands for
/// Reference: A. Graves et al., "Connectionist temporal classification", ICML 2006.
[[nodiscard]] ReadText text_of_steps(std::span<const float> probabilities, std::span<const std::string> characters);

/// What a quadrilateral encloses as a picture of its own, turned upright a quarter to the right where it is at least
/// 1.5 times as high as wide; at most 3840 pixels long at a height of 48.
[[nodiscard]] image::Picture straightened(const image::Picture& picture, const Quad& quad);

}  // namespace errata::readers
