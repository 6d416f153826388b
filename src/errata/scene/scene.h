#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "errata/image/box.h"
#include "errata/image/picture.h"

namespace errata::scene {

/// Height and width in pixels, >= 16 each.
struct Size {
  std::size_t height = 1024, width = 1024;
  friend bool operator==(const Size&, const Size&) = default;
};

/// A line of words in a picture, and where it stands.
struct Writing {
  image::Box box;
  std::string words;           ///< as drawn; of a line cut by the edge, the whole line
  std::size_t cap_height = 0;  ///< of the letters in pixels
};

/// Something in a scene.
struct Thing {
  std::string kind;                ///< "text", "circle", "table", "wall", "face" …
  std::string colour;              ///< "red", "gray" …; empty: of none in particular
  image::Box box;                  ///< around what can be seen of it
  std::vector<std::uint8_t> mask;  ///< [box.height, box.width], 1 where the pixel is its own; empty: all are
  std::vector<Writing> lines;      ///< what is written there, from the top

  /// Whether pixel (y, x) of the picture is its own.
  [[nodiscard]] bool holds(std::size_t y, std::size_t x) const {
    return box.contains(y, x) && (mask.empty() || mask[(y - box.top) * box.width + x - box.left] != 0);
  }
};

/// A question about a scene and what it asks for.
struct Question {
  std::string text;
  std::vector<std::size_t> things;  ///< asked for, by index; empty: nothing that is there, or no single thing
  bool vague = false;               ///< asks for nothing in particular
  bool anti_salient = false;        ///< asks for what is around the thing that draws the eye
};

/// A picture of which everything is known.
struct Scene {
  image::Picture picture;  ///< 3 channels
  std::vector<Thing> things;
  std::vector<Question> questions;
  std::vector<image::Box> padding;  ///< bars that a letterbox added
};

/// Share of the pixels of each patch that belong to one of some things.
/// @param side  of a patch in pixels, >= 1; patches at the right and lower edge may be cut
/// @return [patches], row by row, in [0, 1]
[[nodiscard]] std::vector<float> covered(const Scene& scene, const std::vector<std::size_t>& things, std::size_t side);

/// Patches of which at least this share is asked for are the truth of a question.
inline constexpr float kAskedShare = 0.25F;
/// @return [patches], 1 where covered(…) >= kAskedShare
[[nodiscard]] std::vector<std::uint8_t> asked_patches(const Scene& scene, const Question& question, std::size_t side);

enum class Flip : std::uint8_t { horizontal, vertical };
/// The scene mirrored, left for right or top for bottom, with all that is true of it. Words keep their spelling, which
/// nobody reads mirrored.
[[nodiscard]] Scene flipped(const Scene& scene, Flip flip);

/// Bars around a scene, in pixels.
struct Bars {
  std::size_t top = 0, bottom = 0, left = 0, right = 0;
  std::uint8_t gray = 0;  ///< their value
};
/// The scene between bars, which `padding` of the result lists.
[[nodiscard]] Scene letterboxed(const Scene& scene, const Bars& bars);

}  // namespace errata::scene
