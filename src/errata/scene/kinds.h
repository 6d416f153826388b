#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "errata/scene/phrasings.h"
#include "errata/scene/scene.h"

namespace errata::scene {

/// What a scene shows; docs/methods/scenes.md describes each.
enum class Kind : std::uint8_t {
  magazine,
  document,
  shapes,
  signs,
  kitchen,
  person,
  photo,  // something to look at
  pollock,
  noise,
  texture,
  gradient,
  blank,  // nothing to look at
  xray,
  ultrasound,
  thermal,  // pictures of other machines
};
inline constexpr std::array kKinds{Kind::magazine, Kind::document, Kind::shapes,  Kind::signs,      Kind::kitchen,
                                   Kind::person,   Kind::photo,    Kind::pollock, Kind::noise,      Kind::texture,
                                   Kind::gradient, Kind::blank,    Kind::xray,    Kind::ultrasound, Kind::thermal};

[[nodiscard]] std::string_view name_of(Kind kind);
[[nodiscard]] bool is_void(Kind kind);      ///< pollock … blank
[[nodiscard]] bool is_modality(Kind kind);  ///< xray, ultrasound, thermal

struct DrawOptions {
  Size size{};
  float contrast = 0;           ///< of a magazine's gray text in gray levels, < 0: darker; 0: ± 6 … 40, drawn
  bool withheld_words = false;  ///< questions by the phrasings withheld (phrasings.h)
};

/// A scene and questions about it: one about each thing that can be asked for by kind (and colour, where the scene has
/// several), and a vague one. The same seed gives the same bytes on any number of threads.
/// Cost: about 10 to 60 ms of a core at 1024 × 1024.
[[nodiscard]] Scene draw_scene(Kind kind, const DrawOptions& options, std::uint64_t seed);

/// A window of a scene, around one of its things where it has some. Letters and strokes have the size that they have
/// in the whole scene; the cost is that of the window.
/// @param window  at most the size of the scene
[[nodiscard]] Scene draw_window(Kind kind, const DrawOptions& options, const Size& window, std::uint64_t seed);

/// Asks for the things of a kind, and of a colour where the phrasing names it; there may be none.
[[nodiscard]] Question ask_for(const Scene& scene, const Phrasing& phrasing, std::string_view colour,
                               std::string_view kind);

}  // namespace errata::scene
