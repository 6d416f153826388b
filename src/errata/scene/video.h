#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/scene/kinds.h"
#include "errata/scene/sheet.h"

namespace errata::scene {

/// What happens in a video.
enum class Motion : std::uint8_t {
  still,     ///< nothing moves but the noise
  pan,       ///< the camera moves by the same step each frame
  zoom,      ///< it comes nearer by the same factor each frame
  flash,     ///< nothing moves; one frame is lit up
  object,    ///< a ball crosses a scene that stands still
  cut,       ///< another scene from one frame to the next
  dissolve,  ///< one scene fades into another
};
inline constexpr std::array kMotions{Motion::still,  Motion::pan, Motion::zoom,    Motion::flash,
                                     Motion::object, Motion::cut, Motion::dissolve};
[[nodiscard]] std::string_view name_of(Motion motion);

struct VideoOptions {
  Motion motion = Motion::pan;
  Kind first = Kind::document;  ///< what is shown
  Kind second = Kind::photo;    ///< after a cut or dissolve
  Size size{.height = 512, .width = 512};
  std::size_t frames = 12;           ///< >= 2
  int pan_down = 0, pan_right = 24;  ///< pixels a frame that the camera goes, each within ± 240
  double zoom = 1.03;                ///< a frame, in [1, 1.2]
  std::size_t event = 6;             ///< frame of the flash or the cut, the first of the dissolve; in [1, frames)
  std::size_t fade = 5;              ///< frames that a dissolve takes, >= 1
  float noise = 2;                   ///< of the sensor in gray levels, anew in each frame
  std::uint64_t seed = 1;
};

/// A video of which motion and events are known. Scenes are drawn once, larger than a frame; frames are windows of
/// them, made when they are asked for, in any order, with the same bits.
class Video {
 public:
  explicit Video(const VideoOptions& options);

  [[nodiscard]] std::size_t frames() const { return options_.frames; }
  /// What a frame shows, with all things and questions, moved to where they are. In a dissolve those of the scene that
  /// weighs more. Words cut by the edge stay whole in `lines`.
  /// @param index  in [0, frames())
  [[nodiscard]] Scene frame(std::size_t index) const;
  /// How far the content moved since the frame before, in pixels down and right: against the camera. The middle of a
  /// zoom does not move. (0, 0) of the first frame, and over a cut.
  [[nodiscard]] std::pair<int, int> shift(std::size_t index) const;
  /// Frames that are the first of another scene: of a cut its frame, of a dissolve the first that shows more of the new
  /// scene than of the old.
  [[nodiscard]] std::vector<std::size_t> boundaries() const;
  /// Frames that show two scenes at once.
  [[nodiscard]] std::vector<std::size_t> blended() const;

 private:
  [[nodiscard]] Area window(std::size_t index) const;
  [[nodiscard]] Scene zoomed(std::size_t index) const;
  [[nodiscard]] bool shows_second(std::size_t index) const;
  [[nodiscard]] double share_of_second(std::size_t index) const;

  VideoOptions options_;
  Scene first_, second_;
};

/// A window of a scene with what of its truth lies in it; questions about nothing that is left are dropped.
/// @param window  within the picture, not empty
[[nodiscard]] Scene cropped(const Scene& scene, const image::Box& window);

}  // namespace errata::scene
