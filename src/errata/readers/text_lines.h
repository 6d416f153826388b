#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/picture.h"
#include "errata/readers/text_detector.h"
#include "errata/readers/text_reader.h"

namespace errata::readers {

/// A line of text in a picture.
struct TextLine {
  Quad quad;
  double score = 0;       ///< of the detector, in [0, 1]
  std::string text;       ///< UTF-8; empty where something like text stands that cannot be read
  double confidence = 0;  ///< of the reader, in [0, 1]
};

/// Finds and reads the lines of a picture, in reading order: rows from top to bottom, each from left to right. Lines
/// whose middles are apart by less than half the height of the smaller stand in one row; columns of a page are not told
/// apart.
/// @return as TextDetector::find and TextReader::read
[[nodiscard]] Result<std::vector<TextLine>> read_text(const image::Picture& picture, const TextDetector& detector,
                                                      const TextReader& reader, const ThreadPool& pool,
                                                      const TextDetectionOptions& options = {});

/// Puts lines in reading order.
void sort_for_reading(std::vector<TextLine>& lines);

}  // namespace errata::readers
