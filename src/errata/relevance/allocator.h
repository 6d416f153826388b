#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/picture.h"
#include "errata/relevance/budget.h"
#include "errata/relevance/positions.h"
#include "errata/relevance/query_encoder.h"
#include "errata/relevance/scores.h"
#include "errata/relevance/selection.h"

namespace errata::relevance {

/// Bytes of a query that are used of a longer one.
inline constexpr std::size_t kLongestQuery = 2'000;

struct AllocateOptions {
  ScoreOptions scores{};
  SelectionOptions selection{};
  BudgetLimits limits{};
  BudgetRule rule = BudgetRule::water_filling;
  double sharpness = 4;                ///< > 0; what a position is worth, and asks for beyond the least: relevance^this
  std::size_t positions = 273;         ///< >= 1
  std::size_t clusters = 50;           ///< >= 1; about so many, of Strategy::cluster
  std::optional<Strategy> strategy{};  ///< otherwise chosen by select_strategy()
  bool avoid_padding = true;           ///< no position on bars and frames of one colour
  std::uint64_t seed = 0;              ///< of Strategy::random

  /// @return invalid_argument naming the option out of its range
  [[nodiscard]] Result<void> check() const;
  /// The allocator as it was first written down: raw scores, always the most relevant patches, proportional budgets.
  [[nodiscard]] static AllocateOptions document();
};

/// A budget of tokens for some of the patches of an image.
struct Allocation {
  PatchGrid grid;
  std::vector<std::uint32_t> positions;  ///< funded patches, each once, the most relevant first
  std::vector<std::size_t> budgets;      ///< [positions] tokens
  [[nodiscard]] std::size_t tokens() const;
};

/// An allocation and why it is as it is.
struct Allocated {
  Allocation allocation;
  Scores scores;
  Selection selection;
  Specificity query;
  double structure = 0;
  std::optional<double> unlike;  ///< the encoder's training, in [0, 1]
  bool unlike_not_told = false;  ///< an encoder decides here, and it cannot say which images it knows
  std::size_t in_padding = 0;    ///< patches left out as padding
};

/// The allocation of an image, and all that a report of it tells.
struct ImageAllocation {
  std::string image, query;
  std::string encoder;  ///< "embeddings"; empty: nothing related the query to the image
  image::Picture picture;
  Allocated allocated;
  AllocateOptions options;
  std::vector<Allocation> later{};  ///< further fixations, in order (fixations.h)
  bool revisits = false;            ///< these may look where an earlier one has looked
  FeatureStack channels{};          ///< what was measured of the image
  std::vector<std::string> warnings{};

  /// The first and the later ones.
  [[nodiscard]] std::vector<Allocation> fixations() const;
};

/// What the allocator knows of one image: scored once, allocated as often as wanted (other budgets, fixations).
struct Scored {
  FeatureStack stack;
  Scores scores;
  std::vector<std::uint32_t> clusters;  ///< [patches]; empty unless asked for
  std::vector<std::uint8_t> padding;    ///< [patches] 1: wholly in bars and frames
  Specificity query;
  double structure = 0;
  std::optional<double> unlike;
  bool unlike_not_told = false;  ///< as in Allocated
  bool found = false;            ///< what is asked for was found by real readers, or stands out
  bool asked = false;            ///< something relates the query to the image
};

/// Measures and scores an image. @param query  empty: nothing is asked for
/// @param encoder  null: no one relates the query to the image
/// @param before   the frame before, of the same size, or null
/// @return the encoder's error; data error when it gives another number of patches or a value that is not finite
[[nodiscard]] Result<Scored> score_image(const image::Picture& picture, std::string_view query,
                                         const QueryEncoder* encoder, const image::Picture* before,
                                         const AllocateOptions& options, ThreadPool& pool);

/// Positions and budgets by the scores as they stand.
/// @param left_out  [patches] 1: gets nothing; or empty
[[nodiscard]] Allocated allocate_scored(const Scored& scored, std::span<const std::uint8_t> left_out,
                                        const AllocateOptions& options);

/// Both in one. Cost: see measure(), and the encoder's.
[[nodiscard]] Result<Allocated> allocate(const image::Picture& picture, std::string_view query,
                                         const QueryEncoder* encoder, const AllocateOptions& options, ThreadPool& pool);

}  // namespace errata::relevance
