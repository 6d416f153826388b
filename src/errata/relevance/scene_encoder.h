#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/nn/dual_encoder.h"
#include "errata/relevance/familiarity.h"
#include "errata/relevance/patch_grid.h"
#include "errata/relevance/query_encoder.h"
#include "errata/scene/kinds.h"

namespace errata::relevance {

/// How many words of a query mean something to an encoder.
struct KnownWords {
  std::size_t words = 0;   ///< of the query
  std::size_t known = 0;   ///< of them in the vocabulary
  std::size_t naming = 0;  ///< of those, words that name a thing or a colour
};

/// The dual encoder of nn/dual_encoder.h with the words of the generated scenes (scene/phrasings.h). Words outside of
/// its vocabulary are taken for a spelling of one inside ("grey", "colors", "fridge", a plural), else left out.
class SceneEncoder : public QueryEncoder {
 public:
  /// @param familiarity  with pictures as a whole, as wide as their statistics; nothing: not known
  explicit SceneEncoder(nn::DualEncoder network, std::optional<Familiarity> familiarity = {});

  [[nodiscard]] std::string_view name() const override { return "scenes"; }
  /// Relevance is the logarithm of the odds that a patch is asked for; features are the patches' unit vectors.
  /// @return data error of a picture without pixels; invalid_argument of a query without words
  /// Cost: 1 GMAC a megapixel.
  [[nodiscard]] Result<QueryRelevance> score(const image::Picture& picture, std::string_view query) const override;

  /// The same in two steps, for several queries about one picture.
  [[nodiscard]] nn::DualEncoder::PictureFeatures encode(const image::Picture& picture) const;
  /// @return [patches] log odds; of a query of which no word is known, the same everywhere
  [[nodiscard]] std::vector<float> relevance(const nn::DualEncoder::PictureFeatures& features,
                                             std::string_view query) const;

  /// What relevance() is computed from. @return [patches] in [−1, 1]
  [[nodiscard]] std::vector<float> cosines(const nn::DualEncoder::PictureFeatures& features,
                                           std::string_view query) const;

  /// How unlike the scenes that are known the picture is, padding left out, in [0, 1), above ½ beyond nearly all of
  /// them; nothing where that was not learned. @param features  of the picture
  [[nodiscard]] std::optional<double> unlike(const nn::DualEncoder::PictureFeatures& features,
                                             const image::Picture& picture) const;

  /// Whether a hundredth of the patches is asked for with log odds 5.5 or more above the middle patch's.
  /// @param relevance  of relevance(), not empty
  [[nodiscard]] static bool stands_out(std::vector<float> relevance);

  [[nodiscard]] KnownWords known_words(std::string_view query) const;
  /// What encoding a picture multiplies and adds, and comparing its patches with a query.
  [[nodiscard]] static std::size_t multiply_adds(const PatchGrid& grid) {
    return nn::DualEncoder::multiply_adds(grid.count()) + grid.count() * nn::DualEncoder::kDimensions;
  }
  [[nodiscard]] const nn::DualEncoder& network() const { return network_; }

 private:
  [[nodiscard]] std::vector<std::uint32_t> numbers_of(std::string_view query) const;

  nn::DualEncoder network_;
  std::optional<Familiarity> familiarity_;
  std::map<std::string, std::uint32_t, std::less<>> vocabulary_;
};

/// Scenes that have something to ask for.
inline constexpr std::array kAskableKinds{scene::Kind::magazine, scene::Kind::document, scene::Kind::shapes,
                                          scene::Kind::signs,    scene::Kind::kitchen,  scene::Kind::person,
                                          scene::Kind::photo};

/// What keeps an encoder that goes on to other scenes from forgetting the first.
enum class Keep : std::uint8_t {
  nothing,  ///< plain fine-tuning
  frozen,   ///< the picture's side stays as it is
  pull,     ///< L2-SP: weights are pulled back with 0.1
  replay,   ///< a third of the examples are of the first scenes
};

struct SceneEncoderOptions {
  std::vector<scene::Kind> kinds{kAskableKinds.begin(), kAskableKinds.end()};  ///< that it is trained on
  /// With questions about what is around people and about things that are not there: data in balance. Without, people
  /// are asked about wherever they are, as in data that people made.
  bool anti_salient = true;
  std::size_t steps = nn::DualTraining{}.steps;  ///< >= 1
  std::size_t batch = nn::DualTraining{}.batch;  ///< pictures of 128 × 128 a step, >= 1
  /// Whole scenes of these kinds from which is learned how unlike them a picture is, a third of each kind to know how
  /// far they scatter: >= 147 + 2 · kinds, so that 49 are held back (relevance/familiarity.h); 0: not learned.
  std::size_t known_scenes = 360;
  std::uint64_t seed = 1;
  std::optional<std::filesystem::path> cache{};  ///< read when it is of the same training, else written
  const SceneEncoder* from = nullptr;            ///< go on from here
  Keep keep = Keep::nothing;                     ///< with `from`
  std::vector<scene::Kind> before{};             ///< that `from` was trained on, for Keep::replay
};

/// Trains a scene encoder on drawn windows of scenes of 128 to 1024 pixels a side, each asked about up to four times by
/// phrasings that are not withheld, and about things that are not there. Threads: those of nn/runtime.h, with the same
/// bits on any number. A cache of other options, other scenes or another seed is trained anew and written over; one
/// that cannot be read as well; of one with other known scenes they alone are learned anew.
/// @return invalid_argument of no kinds, no steps, kinds without things, or too few known scenes; output error of a
/// cache that cannot be written
[[nodiscard]] Result<std::unique_ptr<SceneEncoder>> train_scene_encoder(const SceneEncoderOptions& options,
                                                                        const Progress& progress = {});

}  // namespace errata::relevance
