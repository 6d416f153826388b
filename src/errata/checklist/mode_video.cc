// Videos of known motion and events: does the allocation follow the camera without jumping, and begin anew where the
// scene changes and nowhere else?
#include <algorithm>
#include <array>
#include <cmath>

#include "errata/base/limits.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/relevance/video_allocator.h"
#include "errata/scene/video.h"

namespace errata::checklist {
namespace {

using relevance::Allocation;
using scene::Kind;
using scene::Motion;

constexpr const char* kJitter = "jitter";
constexpr const char* kCutRight = "cuts right";
constexpr const char* kFalseCuts = "false cuts";
constexpr const char* kCutRecall = "recall at a cut";
constexpr std::array kPans{8, 24, 40, 60};

/// A video as every follower sees it: drawn and encoded once.
struct Shown {
  std::vector<scene::Scene> frames;
  std::vector<relevance::QueryRelevance> relevance, cosines;  ///< [frames]
};

Shown show(const scene::Video& video, const std::string& query, const relevance::SceneEncoder& encoder) {
  Shown shown;
  for (std::size_t i = 0; i < video.frames(); ++i) {
    shown.frames.push_back(video.frame(i));
    const auto features = encoder.encode(shown.frames.back().picture);
    shown.relevance.push_back({.relevance = encoder.relevance(features, query)});
    shown.cosines.push_back({.relevance = encoder.cosines(features, query)});
  }
  return shown;
}

/// An encoder that says what was computed for the frame that is shown.
class OfFrame : public relevance::QueryEncoder {
 public:
  [[nodiscard]] std::string_view name() const override { return "scenes"; }
  [[nodiscard]] Result<relevance::QueryRelevance> score(const image::Picture&, std::string_view) const override {
    return *shown_;
  }
  void show(const relevance::QueryRelevance& relevance) { shown_ = &relevance; }

 private:
  const relevance::QueryRelevance* shown_ = nullptr;
};

/// Tokens a pixel, on every fourth pixel each way.
struct Density {
  std::size_t height = 0, width = 0;
  std::vector<double> values;
};
constexpr std::size_t kStep = 4;

Density density_of(const Allocation& made) {
  Density density{.height = made.grid.height / kStep, .width = made.grid.width / kStep, .values = {}};
  density.values.resize(density.height * density.width);
  for (std::size_t i = 0; i < made.positions.size(); ++i) {
    const image::Box box = made.grid.box(made.positions[i]);
    const double each = static_cast<double>(made.budgets[i]) / static_cast<double>(box.area());
    for (std::size_t y = box.top / kStep; y < std::min(box.bottom() / kStep, density.height); ++y)
      for (std::size_t x = box.left / kStep; x < std::min(box.right() / kStep, density.width); ++x)
        density.values[y * density.width + x] = each;
  }
  return density;
}

/// L1 distance of two densities after the first has moved, over what both show, as a share of their mean mass there.
double jitter_of(const Density& before, const Density& after, std::pair<int, int> shift) {
  const long down = std::lround(shift.first / static_cast<double>(kStep));
  const long right = std::lround(shift.second / static_cast<double>(kStep));
  double apart = 0, mass = 0;
  const auto height = static_cast<long>(after.height), width = static_cast<long>(after.width);
  for (long y = 0; y < height; ++y)
    for (long x = 0; x < width; ++x) {
      const long from_y = y - down, from_x = x - right;
      if (from_y < 0 || from_x < 0 || from_y >= height || from_x >= width) continue;
      const double old = before.values[static_cast<std::size_t>(from_y * width + from_x)];
      const double now = after.values[static_cast<std::size_t>(y * width + x)];
      apart += std::abs(old - now);
      mass += (old + now) / 2;
    }
  return mass > 0 ? apart / mass : kNaN;
}

/// How a contender goes from frame to frame.
struct Follower {
  const char* name;
  relevance::VideoOptions options;
  bool cosines = false;
  bool resets_on_flow = false;  ///< the document's fix: on the length of the motion
};

std::vector<Follower> followers() {
  relevance::VideoOptions ours, documents;
  ours.allocate.limits.total = documents.allocate.limits.total = kTotal;
  documents.allocate = relevance::AllocateOptions::document();
  documents.allocate.limits.total = kTotal;
  documents.boundary = 0;  // it carries on for ever
  return {{.name = kErrata, .options = ours},
          {.name = kDocument, .options = documents, .cosines = true},
          {.name = kDocumentsFix, .options = documents, .cosines = true, .resets_on_flow = true}};
}

/// The document's threshold is left open: what separates best on pans to 60 pixels and cuts of training seeds.
constexpr double kMuchMotion = 30;

struct Frames {
  std::vector<Allocation> made;
  std::vector<bool> begins;
};

Result<Frames> follow(const Follower& follower, const Shown& shown, const std::string& query, const Ground& ground) {
  OfFrame encoder;
  ERRATA_ASSIGN(auto allocator, relevance::VideoAllocator::make(follower.options, query, &encoder));
  Frames frames;
  for (std::size_t i = 0; i < shown.frames.size(); ++i) {
    const image::Picture& picture = shown.frames[i].picture;
    encoder.show(follower.cosines ? shown.cosines[i] : shown.relevance[i]);
    ERRATA_ASSIGN(auto made, allocator.next(picture, ground.pool));
    if (follower.resets_on_flow && !made.begins_context &&
        std::hypot(made.shift.down, made.shift.right) > kMuchMotion) {
      ERRATA_ASSIGN(allocator, relevance::VideoAllocator::make(follower.options, query, &encoder));
      ERRATA_ASSIGN(made, allocator.next(picture, ground.pool));
    }
    frames.begins.push_back(made.begins_context);
    frames.made.push_back(std::move(made.allocated.allocation));
  }
  return frames;
}

std::string query_for(const scene::Scene& drawn) {
  const auto specific = std::ranges::find(drawn.questions, false, &scene::Question::vague);
  return specific == drawn.questions.end() ? "where is the red circle" : specific->text;
}

void measure_pan(const Follower& follower, const scene::Video& video, const Frames& frames, std::size_t index,
                 Measured& measured) {
  double sum = 0, count = 0;
  bool false_cut = false;
  for (std::size_t i = 1; i < frames.made.size(); ++i) {
    const double jitter = jitter_of(density_of(frames.made[i - 1]), density_of(frames.made[i]), video.shift(i));
    if (!std::isnan(jitter)) sum += jitter, count += 1;
    false_cut = false_cut || frames.begins[i];
  }
  if (count > 0) measured.add(follower.name, kJitter, index, sum / count);
  measured.add(follower.name, kFalseCuts, index, false_cut ? 1 : 0);
}

constexpr std::size_t kCutAt = 3;

/// Whether the only boundary is where the scene changes, and how much of what is asked for there a fresh allocation
/// would have found more.
Result<void> measure_cut(const Follower& follower, const Shown& shown, const Frames& frames, const std::string& query,
                         const Ground& ground, std::size_t index, Measured& measured) {
  const auto begun = std::ranges::count(frames.begins, true) - 1;
  measured.add(follower.name, kCutRight, index, frames.begins[kCutAt] && begun == 1 ? 1 : 0);
  const scene::Scene& cut = shown.frames[kCutAt];
  const auto question = std::ranges::find(cut.questions, query, &scene::Question::text);
  if (question == cut.questions.end()) return {};
  const auto truth = scene::asked_patches(cut, *question, relevance::kPatch);
  if (std::ranges::count(truth, 1) == 0) return {};
  OfFrame encoder;
  encoder.show(follower.cosines ? shown.cosines[kCutAt] : shown.relevance[kCutAt]);
  ERRATA_ASSIGN(const auto fresh,
                relevance::allocate(cut.picture, query, &encoder, follower.options.allocate, ground.pool));
  const double best = recall(fresh.allocation, truth);
  if (best > 0)
    measured.add(follower.name, kCutRecall, index, std::min(1.0, recall(frames.made[kCutAt], truth) / best));
  return {};
}

}  // namespace

Result<std::vector<Contender>> run_video_jitter(const Ground& ground) {
  constexpr std::array kShown{Kind::document, Kind::shapes, Kind::kitchen, Kind::signs};
  constexpr std::array kMotions{Motion::pan, Motion::cut, Motion::zoom, Motion::flash};
  Measured measured(kMotions.size() * ground.options.seeds);
  const std::vector<Follower> contenders = followers();
  for (const Follower& follower : contenders) {
    measured.declare(follower.name, kJitter, Gate{.limit = .30, .at_least = false});
    measured.declare(follower.name, kCutRight, Gate{.limit = .95});
    measured.declare(follower.name, kFalseCuts, Gate{.limit = 0, .at_least = false});
    measured.declare(follower.name, kCutRecall, Gate{.limit = .95});
  }
  ERRATA_TRY(ground.for_each_seed([&](std::size_t index, std::uint64_t seed) -> Result<void> {
    for (std::size_t m = 0; m < kMotions.size(); ++m) {
      const scene::Video video({.motion = kMotions[m],
                                .first = kShown[index % kShown.size()],
                                .second = kShown[(index + 1) % kShown.size()],
                                .frames = 6,
                                .pan_right = kPans[index / kShown.size() % kPans.size()],
                                .event = kCutAt,
                                .seed = seed});
      // At a cut the query is about what comes after it.
      const std::string query = query_for(video.frame(kMotions[m] == Motion::cut ? kCutAt : 0));
      const Shown shown = show(video, query, ground.encoder);
      for (const Follower& follower : contenders) {
        ERRATA_ASSIGN(const Frames frames, follow(follower, shown, query, ground));
        const std::size_t at = index * kMotions.size() + m;
        if (kMotions[m] == Motion::cut) {
          if (const auto cut = measure_cut(follower, shown, frames, query, ground, at, measured); !cut) return cut;
        } else if (kMotions[m] == Motion::pan) {
          measure_pan(follower, video, frames, at, measured);
        } else {
          measured.add(follower.name, kFalseCuts, at, std::ranges::count(frames.begins, true) > 1 ? 1 : 0);
        }
      }
    }
    return {};
  }));
  return measured.contenders(ground.pool);
}

}  // namespace errata::checklist
