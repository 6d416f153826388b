#include "errata/checklist/checklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "errata/base/cancellation.h"
#include "errata/checklist/mode_runs.h"

namespace errata::checklist {
namespace {

using Run = Result<ModeResult> (*)(const Ground&);

constexpr std::array kModes{
    Mode{1, "camouflaged-text", "Faint writing is asked for beside a box that draws the eye.", ModeClass::perceptual,
         "what stands out is what matters",
         "each scorer on one scale, edges normalised by contrast, weights that adapt"},
    Mode{2, "semantic-void", "An image without a subject is treated like one that has some.", ModeClass::perceptual,
         "one strategy fits all images", "the strategy is chosen by the structure of the image"},
    Mode{3, "video-jitter", "Budgets jump while the camera moves, and stay where they were when the scene changes.",
         ModeClass::temporal, "what was relevant a moment ago still is",
         "relevance carried along the motion, and a new beginning where the scene changes"},
    Mode{4, "vague-query", "A query that would suit any image is answered by what stands out.", ModeClass::strategic,
         "every query says what is relevant", "specificity of the query, broad coverage where there is none"},
    Mode{5, "overallocation", "More is asked for than there is, and everyone is cut alike.", ModeClass::strategic,
         "the budget suffices", "a hard total, spent by rank or where the next token is worth most"},
    Mode{6, "out-of-distribution", "A picture of another machine gets an allocation as if its scores meant something.",
         ModeClass::perceptual, "every image is like those of the training",
         "the distance of the encoder's features from those that it knows, an even grid beyond it"},
    Mode{7, "learned-bias", "Faces are looked at whatever is asked.", ModeClass::learning,
         "training asked about everything", "questions about what does not stand out, in balance"},
    Mode{8, "fixation-loops", "Later looks go where earlier ones went.", ModeClass::temporal,
         "a look leaves nothing behind", "what was examined is masked"},
    Mode{9, "forgetting", "Training on other scenes ruins what was known of the first.", ModeClass::learning,
         "training data stand for all there is", "a third of the training goes over the old scenes again"},
    Mode{10, "position-bias", "A mirrored scene gets another allocation.", ModeClass::placing,
         "where a thing stands says what it is worth", "no scorer that knows the place"},
    Mode{11, "padding", "Bars around an image are paid for.", ModeClass::placing, "every patch shows something",
         "bars and frames of one colour are left out"},
    Mode{12, "position-round-trip", "Tokens do not come back to where they were taken from.", ModeClass::placing,
         "the order of the tokens says where they stand", "each token carries the position of its patch"},
    Mode{13, "cost", "Allocating costs more than it saves.", ModeClass::strategic, "looking costs nothing",
         "one small encoder for all queries, few positions"},
};
constexpr std::array<Run, kModes.size()> kRuns{run_camouflaged_text,
                                               run_semantic_void,
                                               run_video_jitter,
                                               run_vague_query,
                                               run_overallocation,
                                               run_out_of_distribution,
                                               run_learned_bias,
                                               run_fixation_loops,
                                               run_forgetting,
                                               run_position_bias,
                                               run_padding,
                                               run_round_trip,
                                               run_cost};

/// The same on real pictures and videos, where a truth can be stated; null: nothing can.
using OnRealRun = Result<OnReal> (*)(const Ground&);
constexpr OnRealRun on_real(int number) {
  switch (number) {
    case 2: return run_semantic_void_on_real;
    case 3: return run_video_jitter_on_real;
    case 6: return run_out_of_distribution_on_real;
    case 10: return run_position_bias_on_real;
    case 11: return run_padding_on_real;
    default: return nullptr;
  }
}

constexpr int kModesOfDocument = 9;

/// Modes that an outsider's allocations tell; the others ask how an encoder is trained.
constexpr std::array kToldByAllocations{1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12};
bool told_by_allocations(int number) {
  return std::ranges::find(kToldByAllocations, number) != kToldByAllocations.end();
}

constexpr double kShareOfModes = .9;  // of the time; the rest is reading

Result<void> check(const ChecklistOptions& options, bool of_outsider) {
  if (options.seeds < 2) return invalid_argument(fmt::format("{} seeds a mode; at least 2 are needed", options.seeds));
  for (const int number : options.modes)
    if (std::ranges::find(kModes, number, &Mode::number) == kModes.end())
      return invalid_argument(fmt::format("there is no mode {}", number));
  for (const int number : options.modes)
    if (of_outsider && !told_by_allocations(number))
      return invalid_argument(fmt::format("mode {} cannot be told from the allocations of another allocator", number));
  return {};
}

}  // namespace

std::string_view name_of(ModeClass kind) {
  constexpr std::array<std::string_view, 5> kNames{"perceptual", "strategic", "temporal", "learning", "placing"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::span<const Mode> modes() { return kModes; }

bool Figure::keeps(double value) const {
  return !gate || (gate->at_least ? value >= gate->limit : value <= gate->limit);
}

bool Figure::passes() const { return keeps(mean); }

bool Contender::passes() const { return std::ranges::all_of(figures, &Figure::passes); }

bool ModeResult::passed() const { return contenders.front().passes(); }
bool ModeResult::is_telling() const { return !contenders[1].passes(); }
bool ModeResult::holds() const { return passed() && (is_telling() || of_outsider || mode->number > kModesOfDocument); }

bool Checklist::passed() const { return std::ranges::all_of(modes, &ModeResult::holds); }

Result<Checklist> run(const ChecklistOptions& options, const OpenEncoder& open_encoder, ThreadPool& pool,
                      const Progress& progress, const readers::TextReader* reader, const Outsider* outsider,
                      const RealMaterial* real) {
  return until_cancelled([&]() -> Result<Checklist> {
    ERRATA_TRY(check(options, outsider != nullptr));
    ERRATA_ASSIGN(const auto encoder, open_encoder({}));
    Checklist made{.options = options, .encoder = std::string(encoder->name()), .modes = {}};
    std::optional<Questioner> asked;
    if (outsider != nullptr) {
      made.outsider = outsider->command;
      asked.emplace(*outsider);
    }
    if (real != nullptr)
      made.real = RealSummary{.folder = real->folder,
                              .pictures = real->pictures.size(),
                              .videos = real->videos.size(),
                              .left_out = real->left_out};
    const Ground ground{.options = options,
                        .encoder = *encoder,
                        .pool = pool,
                        .progress = progress,
                        .open_encoder = open_encoder,
                        .reader = reader,
                        .outsider = asked ? &*asked : nullptr,
                        .real = real};
    for (std::size_t i = 0; i < kModes.size(); ++i) {
      const Mode& mode = kModes[i];
      if (!options.modes.empty() && std::ranges::find(options.modes, mode.number) == options.modes.end()) continue;
      if (asked && !told_by_allocations(mode.number)) {
        made.left_out.push_back(&mode);
        continue;
      }
      tell(progress, mode.name, kShareOfModes * static_cast<double>(i) / static_cast<double>(kModes.size()));
      const auto begin = std::chrono::steady_clock::now();
      if (asked) asked->begin_mode();
      ERRATA_ASSIGN(ModeResult result, kRuns[i](ground));
      if (const OnRealRun beside = on_real(mode.number); beside != nullptr && real != nullptr) {
        ERRATA_ASSIGN(OnReal told, beside(ground));
        if (!told.cases.empty()) result.real = std::move(told);
      }
      result.mode = &mode;
      result.of_outsider = asked.has_value();
      result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      made.modes.push_back(std::move(result));
    }
    const bool reads = reader != nullptr && options.reading_scenes > 0;
    made.reading_left_out = reads && asked.has_value();
    if (reads && !asked) {
      tell(progress, "reading at equal budgets", kShareOfModes);
      ERRATA_ASSIGN(made.reading, run_reading(ground, *reader));
    }
    return made;
  });
}

}  // namespace errata::checklist
