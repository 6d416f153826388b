// Videos of known motion and events: does the allocation follow the camera without jumping, and begin anew where the
// scene changes and nowhere else?
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include "errata/base/limits.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/mode_runs.h"
#include "errata/relevance/plane.h"
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
struct Followed {
  std::vector<scene::Scene> frames;
  std::vector<relevance::QueryRelevance> relevance, cosines;  ///< [frames]
};

Followed encoded(std::vector<scene::Scene> frames, const std::string& query, const relevance::SceneEncoder& encoder) {
  Followed shown{.frames = std::move(frames), .relevance = {}, .cosines = {}};
  for (const scene::Scene& frame : shown.frames) {
    const auto features = encoder.encode(frame.picture);
    shown.relevance.push_back({.relevance = encoder.relevance(features, query)});
    shown.cosines.push_back({.relevance = encoder.cosines(features, query)});
  }
  return shown;
}

Followed show(const scene::Video& video, const std::string& query, const relevance::SceneEncoder& encoder) {
  std::vector<scene::Scene> frames;
  for (std::size_t i = 0; i < video.frames(); ++i) frames.push_back(video.frame(i));
  return encoded(std::move(frames), query, encoder);
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
  bool outsider = false;        ///< asked frame by frame; where it begins anew is not seen
};

/// In the order of Ground::compared(), then others.
std::vector<Follower> followers(const Ground& ground) {
  relevance::VideoOptions ours, documents;
  ours.allocate.limits.total = documents.allocate.limits.total = kTotal;
  documents.allocate = relevance::AllocateOptions::document();
  documents.allocate.limits.total = kTotal;
  documents.boundary = 0;  // it carries on for ever
  std::vector<Follower> all;
  for (const Allocator& allocator : ground.compared()) {
    if (allocator.name == kYours) all.push_back({.name = kYours, .options = {}, .outsider = true});
    if (allocator.name == kErrata) all.push_back({.name = kErrata, .options = ours});
    if (allocator.name == kDocument) all.push_back({.name = kDocument, .options = documents, .cosines = true});
  }
  all.push_back({.name = kDocumentsFix, .options = documents, .cosines = true, .resets_on_flow = true});
  return all;
}

/// The document's threshold is left open: what separates best on pans to 60 pixels and cuts of training seeds.
constexpr double kMuchMotion = 30;

struct Frames {
  std::vector<Allocation> made;
  std::vector<bool> begins;  ///< empty of an outsider
};

Result<std::optional<Frames>> follow(const Follower& follower, const Followed& shown, const std::string& query,
                                     const Ground& ground) {
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

/// An outsider's way through frames. @param video  told apart by it  @return nothing where an answer cannot be used
Result<std::optional<Frames>> ask_frames(std::span<const scene::Scene> shown, const std::string& query,
                                         std::uint64_t video, const Ground& ground, Measured& measured,
                                         std::size_t at) {
  const Allocator outsider = ground.compared().front();
  Frames frames;
  for (const scene::Scene& frame : shown) {
    const Task task{
        .picture = &frame.picture, .query = query, .frame = Frame{.video = video, .number = frames.made.size()}};
    ERRATA_ASSIGN(auto made, ground.ask(outsider, task, measured, at));
    if (!made) return std::nullopt;
    frames.made.push_back(*std::move(made));
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
    false_cut = false_cut || (!follower.outsider && frames.begins[i]);
  }
  if (count > 0) measured.add(follower.name, kJitter, index, sum / count);
  if (!follower.outsider) measured.add(follower.name, kFalseCuts, index, false_cut ? 1 : 0);
}

constexpr std::size_t kCutAt = 3;

/// Two videos a case are told apart: as it is, and what comes behind its cut alone.
std::uint64_t whole_video(std::size_t at) { return 2 * at; }
std::uint64_t fresh_video(std::size_t at) { return 2 * at + 1; }

/// The frame of the event and the one before, as the two that are compared see them.
void add_frames(std::size_t at, const Follower& follower, const Followed& shown, const Frames& frames,
                const std::string& query, Album& album) {
  if (!album.wants(at) || follower.resets_on_flow) return;
  for (std::size_t i = kCutAt - 1; i <= kCutAt; ++i) {
    const scene::Scene& frame = shown.frames[i];
    const auto question = std::ranges::find(frame.questions, query, &scene::Question::text);
    album.add(at,
              {.name = fmt::format("frame {}", i + 1),
               .picture = frame.picture,
               .truth = question == frame.questions.end() ? std::vector<std::uint8_t>()
                                                          : scene::asked_patches(frame, *question, relevance::kPatch)},
              follower.name, frames.made[i]);
  }
}

/// An allocation of the frame behind a cut by one who has not seen those before; nothing where an outsider's answer
/// cannot be used.
Result<std::optional<Allocation>> fresh_at_cut(const Follower& follower, const Followed& shown,
                                               const std::string& query, const Ground& ground, std::size_t index,
                                               Measured& measured) {
  if (follower.outsider) {
    ERRATA_ASSIGN(const auto frames, ask_frames(std::span(shown.frames).subspan(kCutAt, 1), query, fresh_video(index),
                                                ground, measured, index));
    return frames ? std::optional(frames->made.front()) : std::nullopt;
  }
  OfFrame encoder;
  encoder.show(follower.cosines ? shown.cosines[kCutAt] : shown.relevance[kCutAt]);
  ERRATA_ASSIGN(auto fresh, relevance::allocate(shown.frames[kCutAt].picture, query, &encoder,
                                                follower.options.allocate, ground.pool));
  return std::move(fresh.allocation);
}

/// Whether the only boundary is where the scene changes, and how much of what is asked for there a fresh allocation
/// would have found more.
Result<void> measure_cut(const Follower& follower, const Followed& shown, const Frames& frames,
                         const std::string& query, const Ground& ground, std::size_t index, Measured& measured) {
  const auto begun = std::ranges::count(frames.begins, true) - 1;
  if (!follower.outsider) measured.add(follower.name, kCutRight, index, frames.begins[kCutAt] && begun == 1 ? 1 : 0);
  const scene::Scene& cut = shown.frames[kCutAt];
  const auto question = std::ranges::find(cut.questions, query, &scene::Question::text);
  if (question == cut.questions.end()) return {};
  const auto truth = scene::asked_patches(cut, *question, relevance::kPatch);
  if (std::ranges::count(truth, 1) == 0) return {};
  ERRATA_ASSIGN(const auto fresh, fresh_at_cut(follower, shown, query, ground, index, measured));
  const double best = fresh ? recall(*fresh, truth) : 0;
  if (best > 0)
    measured.add(follower.name, kCutRecall, index, std::min(1.0, recall(frames.made[kCutAt], truth) / best));
  return {};
}

}  // namespace

Result<ModeResult> run_video_jitter(const Ground& ground) {
  constexpr std::array kShown{Kind::document, Kind::shapes, Kind::kitchen, Kind::signs};
  constexpr std::array kMotions{Motion::pan, Motion::cut, Motion::zoom, Motion::flash};
  Measured measured(kMotions.size() * ground.options.seeds);
  const std::vector<Follower> contenders = followers(ground);
  for (const Follower& follower : contenders) {
    measured.declare(follower.name, kJitter, Gate{.limit = .30, .at_least = false});
    if (!follower.outsider) {
      measured.declare(follower.name, kCutRight, Gate{.limit = .95});
      measured.declare(follower.name, kFalseCuts, Gate{.limit = 0, .at_least = false});
    }
    measured.declare(follower.name, kCutRecall, Gate{.limit = .95});
  }
  if (ground.outsider != nullptr)
    for (const char* figure : {kCutRight, kFalseCuts}) measured.leave_out(figure);
  return ground.run(measured, [&](std::size_t index, std::uint64_t seed, Album& album) -> Result<void> {
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
      const Followed shown = show(video, query, ground.encoder);
      const std::size_t at = index * kMotions.size() + m;
      measured.describe(at, {.seed = seed, .scene = scene::name_of(kMotions[m]), .query = query});
      for (const Follower& follower : contenders) {
        if (follower.outsider && kMotions[m] != Motion::pan && kMotions[m] != Motion::cut) continue;
        ERRATA_ASSIGN(const auto followed, follower.outsider
                                               ? ask_frames(shown.frames, query, whole_video(at), ground, measured, at)
                                               : follow(follower, shown, query, ground));
        if (!followed) continue;
        const Frames& frames = *followed;
        add_frames(at, follower, shown, frames, query, album);
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
  });
}

namespace {

/// Frames of two videos, one behind the other, as much of the middle of each as both have.
std::vector<scene::Scene> joined(std::span<const image::Picture> first, std::span<const image::Picture> second) {
  const std::size_t height = std::min(first.front().height, second.front().height);
  const std::size_t width = std::min(first.front().width, second.front().width);
  std::vector<scene::Scene> frames;
  for (const auto& part : {first, second})
    for (const image::Picture& picture : part)
      frames.push_back(scene::cropped(without_truth(picture), {.top = (picture.height - height) / 2,
                                                               .left = (picture.width - width) / 2,
                                                               .height = height,
                                                               .width = width}));
  return frames;
}

/// Nobody knows how far the camera went: jitter is against the shift that phase correlation finds, the same for all.
double jitter_on_real(const Followed& shown, const Frames& frames) {
  double sum = 0, count = 0;
  for (std::size_t i = 1; i < frames.made.size(); ++i) {
    const auto grey = [&](std::size_t frame) { return relevance::planes_of(shown.frames[frame].picture).grey; };
    const relevance::FrameShift shift = relevance::shift_between(grey(i - 1), grey(i));
    const double jitter =
        jitter_of(density_of(frames.made[i - 1]), density_of(frames.made[i]),
                  {static_cast<int>(std::lround(shift.down)), static_cast<int>(std::lround(shift.right))});
    if (!std::isnan(jitter)) sum += jitter, count += 1;
  }
  return count > 0 ? sum / count : kNaN;
}

/// What follows the frames of a video, from number kRealVideos on to an outsider.
constexpr std::uint64_t kRealVideos = std::uint64_t{1} << 32U;

Result<void> measure_real_video(const Ground& ground, std::span<const Follower> contenders, std::size_t at,
                                const std::vector<image::Picture>& pictures, Measured& measured) {
  std::vector<scene::Scene> frames;
  for (const image::Picture& picture : pictures) frames.push_back(without_truth(picture));
  const std::string query(kRealQuery);
  const Followed shown = encoded(std::move(frames), query, ground.encoder);
  for (const Follower& follower : contenders) {
    ERRATA_ASSIGN(const auto followed, follower.outsider
                                           ? ask_frames(shown.frames, query, kRealVideos + at, ground, measured, at)
                                           : follow(follower, shown, query, ground));
    if (!followed) continue;
    if (const double jitter = jitter_on_real(shown, *followed); !std::isnan(jitter))
      measured.add(follower.name, kJitter, at, jitter);
    if (!follower.outsider)
      measured.add(follower.name, kFalseCuts, at, std::ranges::count(followed->begins, true) > 1 ? 1 : 0);
  }
  return {};
}

/// Where one video ends and another begins there is a cut.
Result<void> measure_real_cut(const Ground& ground, std::span<const Follower> contenders, std::size_t at,
                              std::span<const image::Picture> first, std::span<const image::Picture> second,
                              Measured& measured) {
  const std::size_t before = std::min(kCutAt, first.size());
  const std::string query(kRealQuery);
  const Followed shown =
      encoded(joined(first.last(before), second.first(std::min(kCutAt, second.size()))), query, ground.encoder);
  for (const Follower& follower : contenders) {
    if (follower.outsider) continue;
    ERRATA_ASSIGN(const auto followed, follow(follower, shown, query, ground));
    const bool right = followed->begins[before] && std::ranges::count(followed->begins, true) == 2;
    measured.add(follower.name, kCutRight, at, right ? 1 : 0);
  }
  return {};
}

}  // namespace

Result<OnReal> run_video_jitter_on_real(const Ground& ground) {
  const std::vector<RealVideo>& videos = ground.real->videos;
  const std::vector<Follower> contenders = followers(ground);
  const bool joins = videos.size() > 1 && ground.outsider == nullptr;
  Measured measured(videos.size() * (joins ? 2 : 1));
  for (const Follower& follower : contenders) {
    measured.declare(follower.name, kJitter, Gate{.limit = .30, .at_least = false});
    if (follower.outsider) continue;
    if (joins) measured.declare(follower.name, kCutRight, Gate{.limit = .95});
    measured.declare(follower.name, kFalseCuts, Gate{.limit = 0, .at_least = false});
  }
  const auto measure = [&](std::size_t index) -> Result<void> {
    const RealVideo& video = videos[index];
    measured.describe(index, {.scene = kRealVideo, .query = std::string(kRealQuery), .file = video.file});
    ERRATA_ASSIGN(const auto frames, video.open());
    ERRATA_TRY(measure_real_video(ground, contenders, index, frames, measured));
    if (!joins) return {};
    const RealVideo& next = videos[(index + 1) % videos.size()];
    const std::size_t at = videos.size() + index;
    measured.describe(at, {.scene = kRealVideo,
                           .query = std::string(kRealQuery),
                           .file = fmt::format("{}, then {}", video.file, next.file)});
    ERRATA_ASSIGN(const auto after, next.open());
    return measure_real_cut(ground, contenders, at, frames, after, measured);
  };
  ERRATA_TRY(ground.for_each(videos.size(), measure));
  return ground.on_real(measured);
}

}  // namespace errata::checklist
