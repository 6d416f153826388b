#pragma once

#include <string>

#include "errata/image/picture.h"

namespace errata::readers {

/// Dark words on a light page. @param place  of the lower left corner of the first letter
struct DrawnWords {
  std::string words;
  int x = 0, y = 0;
  double height = 24;  ///< of capital letters, in pixels
};

[[nodiscard]] image::Picture light_page(int height, int width);
void draw_words(image::Picture& page, const DrawnWords& words);

/// A grey wall with the head of a person, drawn of ellipses; eyes and mouth stand about the middle.
[[nodiscard]] image::Picture draw_face(int side, int x, int y, double scale);

/// The picture a quarter turn to the right.
[[nodiscard]] image::Picture turned_right(const image::Picture& picture);

}  // namespace errata::readers
