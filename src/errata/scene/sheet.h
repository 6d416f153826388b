#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/rng.h"
#include "errata/scene/scene.h"

namespace errata::scene {

/// A rectangle that may lie beyond the edges.
struct Area {
  int top = 0, left = 0, height = 0, width = 0;
  [[nodiscard]] int bottom() const { return top + height; }
  [[nodiscard]] int right() const { return left + width; }
  friend bool operator==(const Area&, const Area&) = default;
};
[[nodiscard]] Area common_area(const Area& a, const Area& b);
[[nodiscard]] Area grown(const Area& area, int by);

/// Red, green, blue in [0, 255]; beyond, they are clipped when they are drawn.
struct Colour {
  float red = 0, green = 0, blue = 0;
};
[[nodiscard]] inline Colour mixed(Colour a, Colour b, float share) {
  return {a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share, a.blue + (b.blue - a.blue) * share};
}
[[nodiscard]] inline Colour lit(Colour colour, float by) {
  return {colour.red * by, colour.green * by, colour.blue * by};
}
[[nodiscard]] inline Colour gray_of(float value) { return {value, value, value}; }

struct Spot {
  double y = 0, x = 0;
};

/// How words are drawn: a Hershey font (image/glyphs.h) by its number in [0, 4).
struct Lettering {
  int font = 0;
  int cap_height = 16;  ///< pixels, >= 6
  int weight = 0;       ///< strokes this much thicker than the thinnest
};
/// Height (of capitals and descenders) and width in pixels that words take.
[[nodiscard]] Area extent_of(std::string_view words, const Lettering& lettering);

/// Random bits of a place: the same whatever else is drawn, and in whatever order.
[[nodiscard]] inline std::uint64_t bits_at(std::uint64_t seed, int y, int x) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15 * (static_cast<std::uint64_t>(static_cast<std::uint32_t>(y)) << 32U |
                                                 static_cast<std::uint32_t>(x));
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
  return z ^ (z >> 31U);
}
/// Nearly normal with standard deviation 1: of four bytes. @param which  0 or 1: two values of one place
[[nodiscard]] inline float normal_of(std::uint64_t bits, unsigned which) {
  const auto part = static_cast<std::uint32_t>(bits >> (32U * which));
  const std::uint32_t sum = (part & 255U) + (part >> 8U & 255U) + (part >> 16U & 255U) + (part >> 24U);
  return (static_cast<float>(sum) - 510.0F) * (1.0F / 147.8F);
}

/// What is drawn: a scene of some size, and the window of it that becomes a picture. What lies outside of the window
/// costs next to nothing, so a window of a large scene is as cheap as a small scene. All places are those of the scene;
/// for the same seed a pixel does not depend on the window but for the smoothed edges of cut forms.
struct View {
  Size scene;
  Area window;
};

/// A picture that is being drawn, and whose each pixel is: of the thing that was drawn there last.
class Sheet {
 public:
  explicit Sheet(const View& view);

  [[nodiscard]] int height() const { return static_cast<int>(view_.scene.height); }  ///< of the scene
  [[nodiscard]] int width() const { return static_cast<int>(view_.scene.width); }
  [[nodiscard]] Area all() const { return {.top = 0, .left = 0, .height = height(), .width = width()}; }
  /// Length that 1/1000 of the scene's shorter side has.
  [[nodiscard]] double unit() const { return std::min(height(), width()) / 1000.0; }
  [[nodiscard]] const Area& window() const { return view_.window; }

  /// What is drawn from here on belongs to a new thing. @return its number from 1
  std::size_t begin(std::string kind, std::string colour = {});
  /// What is drawn from here on belongs to a thing; 0: to none.
  void go_on(std::size_t thing) { owner_ = static_cast<std::uint8_t>(thing); }
  /// Gives an area to the thing at hand without drawing.
  void own(const Area& area);

  /// @param colour_of  (int y, int x) -> Colour
  template <typename ColourOf>
  void paint(const Area& area, ColourOf colour_of) {
    change(area, [&](int y, int x, std::uint8_t* pixel) { set(pixel, colour_of(y, x)); });
    own(area);
  }
  /// Leaves owners as they are. @param change_pixel  (int y, int x, std::uint8_t* red_green_blue)
  template <typename ChangePixel>
  void change(const Area& area, ChangePixel change_pixel) {
    const Area seen = common_area(area, view_.window);
    for (int y = seen.top; y < seen.bottom(); ++y)
      for (int x = seen.left; x < seen.right(); ++x) change_pixel(y, x, pixel(y, x));
  }
  static void set(std::uint8_t* pixel, Colour colour) {
    pixel[0] = byte_of(colour.red);
    pixel[1] = byte_of(colour.green);
    pixel[2] = byte_of(colour.blue);
  }
  static std::uint8_t byte_of(float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
  }

  void rectangle(const Area& area, Colour colour);
  void ellipse(Spot middle, double half_height, double half_width, double degrees, Colour colour);
  void polygon(std::span<const Spot> corners, Colour colour);
  void line(Spot from, Spot to, double thickness, Colour colour);
  /// A curve through places.
  void curve(std::span<const Spot> places, double thickness, Colour colour);
  /// Words with their top left corner at a place; the thing at hand gets their box and a line.
  Area write(std::string_view words, const Lettering& lettering, int top, int left, Colour colour);
  /// Words that are brighter by `contrast` (darker when < 0) than what lies under them.
  Area write_faintly(std::string_view words, const Lettering& lettering, int top, int left, float contrast);

  /// Adds noise of a standard deviation to every pixel: mostly of brightness, a little of colour.
  void add_noise(float deviation, std::uint64_t seed);
  /// Smooths with a Gaussian. Near the edge of a window it sees the window alone.
  void smooth(double sigma);

  /// Where things were drawn, whether the window shows it or not.
  [[nodiscard]] const std::vector<Area>& extents() const { return extents_; }
  /// The scene, without questions: things of which something is seen, in the order of begin().
  [[nodiscard]] Scene finish();

 private:
  struct Drawn {
    std::string kind, colour;
    struct Line {
      Area area;
      std::string words;
      int cap_height;
    };
    std::vector<Line> lines;
  };

  std::uint8_t* pixel(int y, int x) { return picture_.bytes.data() + 3 * place(y, x); }
  [[nodiscard]] std::size_t place(int y, int x) const {
    return static_cast<std::size_t>(y - view_.window.top) * picture_.width +
           static_cast<std::size_t>(x - view_.window.left);
  }
  /// Whether the window shows some of an area, which the thing at hand reaches to from now on.
  bool reaches(const Area& area);
  void note(std::string_view words, const Lettering& lettering, const Area& area);

  View view_;
  image::Picture picture_;
  std::vector<std::uint8_t> owners_;  ///< of each pixel of the window
  std::vector<Drawn> drawn_;
  std::vector<Area> extents_;
  std::uint8_t owner_ = 0;
};

/// Clouds: the sum of `octaves` layers of smooth random values, each of half the cell and `gain` times the height of
/// the one before; scaled to about [−1, 1]. gain .5 is like the 1/f spectrum of natural images.
/// @param area  of the scene  @param cell  pixels, >= 1  @return [area.height, area.width]
[[nodiscard]] std::vector<float> clouds(const Area& area, double cell, int octaves, float gain, std::uint64_t seed);

}  // namespace errata::scene
