#include "errata/scene/painter.h"

#include <algorithm>
#include <limits>

namespace errata::scene {
namespace {

constexpr std::array<std::string_view, 96> kWords{
    "about",  "after",   "again",  "air",    "animal",  "answer",   "apple",   "bank",   "beach",  "bird",   "boat",
    "book",   "bread",   "bridge", "bright", "cabin",   "camera",   "carry",   "castle", "chance", "city",   "clear",
    "cloud",  "coffee",  "corner", "cotton", "dance",   "desert",   "dinner",  "doctor", "early",  "earth",  "engine",
    "farm",   "fashion", "field",  "flower", "forest",  "garden",   "glass",   "gold",   "guide",  "harbor", "heart",
    "home",   "honey",   "hotel",  "island", "jacket",  "journey",  "kitchen", "ladder", "letter", "light",  "lemon",
    "market", "meadow",  "metal",  "mirror", "morning", "mountain", "music",   "north",  "number", "ocean",  "offer",
    "orange", "paper",   "party",  "people", "planet",  "pocket",   "quiet",   "radio",  "river",  "road",   "salt",
    "school", "season",  "shadow", "silver", "spring",  "station",  "stone",   "story",  "street", "summer", "table",
    "ticket", "tower",   "travel", "valley", "village", "water",    "winter",  "world"};

}  // namespace

double between(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }
int whole_between(Rng& rng, int low, int high) {
  return low + static_cast<int>(rng.below(static_cast<std::uint64_t>(std::max(0, high - low)) + 1));
}

Colour varied(Rng& rng, Colour colour, double by) {
  const auto near = [&](float value) {
    return std::clamp(value + static_cast<float>(between(rng, -by, by)), 0.0F, 255.0F);
  };
  const float red = near(colour.red), green = near(colour.green), blue = near(colour.blue);
  return {red, green, blue};
}

Colour any_colour(Rng& rng) {
  const auto red = static_cast<float>(between(rng, 20, 240)), green = static_cast<float>(between(rng, 20, 240)),
             blue = static_cast<float>(between(rng, 20, 240));
  return {red, green, blue};
}

std::string some_words(Rng& rng, const Lettering& lettering, int width) {
  std::string words(kWords[rng.below(kWords.size())]);
  for (;;) {
    const std::string longer = words + " " + std::string(kWords[rng.below(kWords.size())]);
    if (extent_of(longer, lettering).width > width) return words;
    words = longer;
  }
}

Area place_apart(Rng& rng, const Area& in, int height, int width, const std::vector<Area>& others, int margin) {
  constexpr int kTries = 80;
  Area best;
  long least = std::numeric_limits<long>::max();
  for (int i = 0; i < kTries && least > 0; ++i) {
    const Area here{.top = whole_between(rng, in.top, std::max(in.top, in.bottom() - height)),
                    .left = whole_between(rng, in.left, std::max(in.left, in.right() - width)),
                    .height = height,
                    .width = width};
    long shared = 0;
    for (const Area& other : others) {
      const Area common = common_area(grown(here, margin), other);
      shared += static_cast<long>(common.height) * common.width;
    }
    if (shared < least) {
      least = shared;
      best = here;
    }
  }
  return best;
}

void shade(Sheet& sheet, const Area& area, double cell, int octaves, float height, std::uint64_t seed) {
  const Area seen = common_area(area, sheet.window());
  if (seen.height <= 0 || seen.width <= 0) return;
  const auto field = clouds(seen, cell, octaves, 0.55F, seed);
  sheet.change(seen, [&](int y, int x, std::uint8_t* pixel) {
    const float by = height * field[static_cast<std::size_t>(y - seen.top) * static_cast<std::size_t>(seen.width) +
                                    static_cast<std::size_t>(x - seen.left)];
    for (int channel = 0; channel < 3; ++channel)
      pixel[channel] = Sheet::byte_of(static_cast<float>(pixel[channel]) + by);
  });
}

}  // namespace errata::scene
