#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/rng.h"
#include "errata/scene/sheet.h"

/// One function a kind of scene; docs/methods/scenes.md says what each shows. They draw from the generator the same
/// values whatever the window is.
namespace errata::scene {

// painter_page.cc
/// @param contrast  of the gray text, in gray levels, may be < 0
void paint_magazine(Sheet& sheet, Rng& rng, float contrast);
void paint_document(Sheet& sheet, Rng& rng);
// painter_objects.cc
void paint_shapes(Sheet& sheet, Rng& rng);
void paint_signs(Sheet& sheet, Rng& rng);
// painter_room.cc
void paint_kitchen(Sheet& sheet, Rng& rng);
void paint_person(Sheet& sheet, Rng& rng);
// painter_photo.cc
void paint_photo(Sheet& sheet, Rng& rng);
// painter_void.cc
void paint_pollock(Sheet& sheet, Rng& rng);
void paint_noise(Sheet& sheet, Rng& rng);
void paint_texture(Sheet& sheet, Rng& rng);
void paint_gradient(Sheet& sheet, Rng& rng);
void paint_blank(Sheet& sheet, Rng& rng);
// painter_modality.cc
void paint_xray(Sheet& sheet, Rng& rng);
void paint_ultrasound(Sheet& sheet, Rng& rng);
void paint_thermal(Sheet& sheet, Rng& rng);

/// A colour that has a name.
struct NamedColour {
  std::string_view name;
  Colour colour;
};
inline constexpr std::array<NamedColour, 8> kColours{{{"red", {208, 38, 36}},
                                                      {"green", {40, 152, 62}},
                                                      {"blue", {38, 78, 200}},
                                                      {"yellow", {238, 208, 44}},
                                                      {"orange", {238, 132, 30}},
                                                      {"purple", {128, 54, 168}},
                                                      {"white", {244, 244, 240}},
                                                      {"black", {26, 26, 28}}}};

[[nodiscard]] double between(Rng& rng, double low, double high);
[[nodiscard]] int whole_between(Rng& rng, int low, int high);  ///< both may come
/// A colour near another one.
[[nodiscard]] Colour varied(Rng& rng, Colour colour, double by);
[[nodiscard]] Colour any_colour(Rng& rng);

/// Common words until a line is full. @return at least one word
[[nodiscard]] std::string some_words(Rng& rng, const Lettering& lettering, int width);
/// A place for an area of a size that keeps away from others by a margin; the least bad one when there is none.
[[nodiscard]] Area place_apart(Rng& rng, const Area& in, int height, int width, const std::vector<Area>& others,
                               int margin);
/// Clouds over an area as a change of brightness of what lies there.
void shade(Sheet& sheet, const Area& area, double cell, int octaves, float height, std::uint64_t seed);

}  // namespace errata::scene
