#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/checklist/outsider.h"
#include "errata/checklist/real.h"
#include "errata/image/picture.h"
#include "errata/readers/text_reader.h"
#include "errata/relevance/allocator.h"
#include "errata/relevance/scene_encoder.h"

namespace errata::checklist {

/// What fails: the taxonomy of failures of relevance.
enum class ModeClass : std::uint8_t {
  perceptual,  ///< sensing
  strategic,   ///< deciding what to spend
  temporal,    ///< from one look to the next
  learning,    ///< what training did
  placing,     ///< where the tokens stand, published since
};
[[nodiscard]] std::string_view name_of(ModeClass kind);

/// A known way in which relevance fails.
struct Mode {
  int number = 0;
  std::string_view name;   ///< "camouflaged-text"
  std::string_view words;  ///< what goes wrong, a sentence
  ModeClass kind{};
  std::string_view assumption;  ///< that the failure reveals
  std::string_view mitigation;
};
/// All of them, by number.
[[nodiscard]] std::span<const Mode> modes();

/// What a figure must reach.
struct Gate {
  double limit = 0;
  bool at_least = true;  ///< or at most
};

/// A figure of one allocator, over the seeds of a mode.
struct Figure {
  std::string name;  ///< "recall@273"
  std::size_t cases = 0;
  double mean = 0;           ///< over the cases; of a rate its value
  double low = 0, high = 0;  ///< 95% interval of the mean, by the bootstrap over cases
  std::optional<Gate> gate{};
  std::vector<double> values{};       ///< [cases of the mode], NaN where it could not be measured
  [[nodiscard]] bool passes() const;  ///< by the mean; a figure without a gate passes
  /// Whether a value keeps the gate; NaN keeps none.
  [[nodiscard]] bool keeps(double value) const;
};

/// How an allocator fared in a mode.
struct Contender {
  std::string name;  ///< "errata", "document", "document's fix", "divprune" …
  std::vector<Figure> figures;
  [[nodiscard]] bool passes() const;
};

/// What a mode was measured on once: enough to draw it again.
struct Case {
  std::uint64_t seed = 0;
  std::string_view scene{};  ///< its kind, "magazine", or what happens in the video, "pan"; empty: a query alone
  std::string query{};       ///< empty: of several, or none
  std::string file{};        ///< of a real picture or video, which has no seed; empty: drawn
};

/// What an allocator made of a picture.
struct Look {
  std::string allocator;  ///< name of a contender
  relevance::Allocation allocation;
};

/// A picture with a query, and what allocators made of both.
struct View {
  std::string name{};               ///< which of the views of a case: "narrow cosines", "frame 3"; empty: there is one
  std::string query{};              ///< empty: as the case
  std::size_t picture = 0;          ///< of the example
  std::vector<std::uint8_t> truth;  ///< [patches] 1: asked for; empty: no patch in particular
  std::vector<Look> looks;
};

/// Why a case is shown.
enum class Shown : std::uint8_t {
  typical,          ///< the document's allocator does middling in it
  worst,            ///< the judged allocator misses its gates by most
  worst_of_second,  ///< the document's does; the judged one misses none
};

/// A case with what there is to see of it.
struct Example {
  Shown shown{};
  std::size_t at = 0;                    ///< of the mode's cases
  std::vector<image::Picture> pictures;  ///< at most kExampleSide pixels a side; allocations are of the whole ones
  std::vector<View> views;
};
inline constexpr std::size_t kExampleSide = 320;

/// Answers of an outsider that cannot be used, of one kind.
struct Finding {
  Fault fault{};
  std::size_t times = 0;
  std::string first;       ///< message of the first one
  std::uint64_t seed = 0;  ///< of its case
  std::string file{};      ///< likewise: a real picture or video
};

/// A mode on real pictures or videos, as far as something is true of them without labels (checklist/real.h). It is told
/// beside the scenes, and decides nothing: what holds of drawn scenes need not hold here.
struct OnReal {
  std::vector<Case> cases;
  std::vector<Contender> contenders;  ///< in the order of the mode's; gates are those of the scenes, or none
  std::vector<Finding> findings{};    ///< of an outsider
};

struct ModeResult {
  const Mode* mode = nullptr;
  std::vector<Contender> contenders;  ///< the first is judged, the second must fail
  std::vector<Case> cases{};
  std::vector<Finding> findings{};      ///< of an outsider, by their first occurrence
  std::vector<std::string> left_out{};  ///< figures that an outsider's allocations alone do not tell
  bool of_outsider = false;             ///< an outsider is judged
  std::vector<Example> examples{};      ///< with ChecklistOptions::examples
  std::optional<OnReal> real{};         ///< where there are real pictures or videos for it
  double seconds = 0;                   ///< of wall
  /// The judged one passes. @return of the allocator that is checked
  [[nodiscard]] bool passed() const;
  /// The naive allocator fails: the mode can tell them apart.
  [[nodiscard]] bool is_telling() const;
  /// It passes, and tells the two apart: asked of the document's own modes, not of those published since, of which its
  /// allocator may be free, and not where an outsider is judged.
  [[nodiscard]] bool holds() const;
};

/// Words that a reader reads right where every allocator gets the same number of pixels (checklist/reading.h).
struct Reading {
  std::string relevance;        ///< what related the query to the pictures
  std::size_t pictures = 0;     ///< that were asked about
  std::size_t unread = 0;       ///< of them left out: not read in the whole picture either
  std::size_t easy = 0;         ///< of them left out: down-sampling reads them at the least budget
  std::size_t words = 0;        ///< asked for in the others
  double downsample_share = 0;  ///< mean share of a picture's pixels with which down-sampling reads it; NaN of none
  std::vector<Contender> contenders{};  ///< figures: share of the asked words read right, by budget
};

/// The real pictures and videos that there were.
struct RealSummary {
  std::string folder;
  std::size_t pictures = 0, videos = 0;
  std::vector<std::string> left_out{};  ///< files that could not be used, with the reason
};

struct ChecklistOptions {
  std::vector<int> modes{};              ///< numbers; empty: all
  std::size_t seeds = 50;                ///< scenes a mode, >= 2
  std::uint64_t first_seed = 3'000'000;  ///< of the scenes: nothing was chosen on it or above
  bool examples = false;                 ///< two cases of each mode are drawn once more and kept
  std::size_t reading_scenes = 12;       ///< in which words are read at equal budgets; 0: none
};

struct Checklist {
  ChecklistOptions options;
  std::string encoder;  ///< what related queries to images
  std::vector<ModeResult> modes;
  std::vector<Reading> reading{};       ///< without a gate; of several relevances, or empty
  std::string outsider{};               ///< command of the allocator that is judged; empty: Errata's
  std::vector<const Mode*> left_out{};  ///< that allocations alone do not tell
  bool reading_left_out = false;        ///< likewise
  std::optional<RealSummary> real{};    ///< nothing: scenes alone
  [[nodiscard]] bool passed() const;
};

/// Trains an encoder of scenes, or opens one that was trained so before.
using OpenEncoder = std::function<Result<std::unique_ptr<relevance::SceneEncoder>>(relevance::SceneEncoderOptions)>;

/// Runs the modes on scenes that it draws. The encoder of the default options relates queries to images; learned bias
/// and forgetting train others.
/// @param reader    reads words at equal budgets; null: nothing is read
/// @param outsider  judged in place of Errata's allocator, which is compared with it, and asked one question at a
/// time, in the order of the seeds, which are measured one by one then. What its allocations alone do not tell is left
/// out. Null: Errata's is judged.
/// @param real  told beside the scenes; null: scenes alone
/// @return invalid_argument for numbers of modes that there are not or that an outsider's allocations do not tell, and
///         too few seeds
[[nodiscard]] Result<Checklist> run(const ChecklistOptions& options, const OpenEncoder& open_encoder, ThreadPool& pool,
                                    const Progress& progress = {}, const readers::TextReader* reader = nullptr,
                                    const Outsider* outsider = nullptr, const RealMaterial* real = nullptr);

}  // namespace errata::checklist
