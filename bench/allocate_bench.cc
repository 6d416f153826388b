// What does each stage of an allocation cost at 1024 × 1024 pixels (at most 150 ms of CPU are asked for), and how many
// frames of 640 × 360 a second does a video get on two threads (at least 15)? Drawn scenes, no encoder. Unit:
// milliseconds of CPU, median of 15 runs in turn; frames a second of wall. In the same run: the design that Errata
// corrects, with its fine saliency and raw scores.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "errata/relevance/clusters.h"
#include "errata/relevance/padding.h"
#include "errata/relevance/video_allocator.h"
#include "errata/scene/kinds.h"

namespace errata::bench {
namespace {

constexpr int kRuns = 15;

struct Stage {
  std::string name;
  std::function<void()> run;
  std::vector<double> milliseconds{};
};

double cpu_milliseconds(const std::function<void()>& run) {
  const std::clock_t begin = std::clock();
  run();
  return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

void measure_in_turn(std::vector<Stage>& stages) {
  for (int i = 0; i < kRuns; ++i)
    for (Stage& stage : stages) stage.milliseconds.push_back(cpu_milliseconds(stage.run));
  for (Stage& stage : stages) {
    std::ranges::sort(stage.milliseconds);
    fmt::print("{:44} {:7.1f}   [{:.1f}, {:.1f}]\n", stage.name, stage.milliseconds[kRuns / 2],
               stage.milliseconds.front(), stage.milliseconds.back());
  }
}

void image_stages() {
  using namespace relevance;
  ThreadPool pool(1);
  const scene::Scene drawn = scene::draw_scene(scene::Kind::kitchen, {}, 1);
  const image::Picture& picture = drawn.picture;
  const Planes planes = planes_of(picture);
  const AllocateOptions options, document = AllocateOptions::document();
  const Scored scored = score_image(picture, "", nullptr, nullptr, options, pool).value();
  const auto channel = [&](std::string name, std::vector<float> (*of)(const Planes&)) {
    return Stage{"  " + std::move(name), [&planes, of] { (void)of(planes); }};
  };
  const auto whole = [&](std::string name, const AllocateOptions& with) {
    return Stage{std::move(name), [&] { (void)allocate(picture, "", nullptr, with, pool).value(); }};
  };
  std::vector<Stage> stages{{"planes", [&] { (void)planes_of(picture); }},
                            channel("edges", edges),
                            channel("contrast-normalised edges", contrast_normalised_edges),
                            channel("high pass", high_pass),
                            channel("edge nearness", edge_nearness),
                            channel("colour", colour),
                            channel("text likeness", text_likeness),
                            channel("saliency, spectral", spectral_saliency),
                            channel("saliency, fine", fine_saliency),
                            {"all channels", [&] { (void)measure(planes, options.scores.kind, nullptr, pool); }},
                            {"scores", [&] { (void)score(scored.stack, {}, options.scores); }},
                            {"structure", [&] { (void)structure_of(scored.stack); }},
                            {"clusters", [&] { (void)clusters(planes, options.clusters); }},
                            {"padding", [&] { (void)padding_of(picture); }},
                            {"strategy, positions and budgets", [&] { (void)allocate_scored(scored, {}, options); }},
                            whole("whole: errata", options),
                            whole("whole: the document's", document)};
  fmt::print("stage, 1024 x 1024, one thread              CPU ms   [least, most of {}]\n", kRuns);
  measure_in_turn(stages);
}

double frames_a_second(const std::vector<image::Picture>& frames, std::size_t threads) {
  ThreadPool pool(threads);
  auto allocator = relevance::VideoAllocator::make({}, "", nullptr).value();
  const auto begin = std::chrono::steady_clock::now();
  for (const image::Picture& frame : frames) (void)allocator.next(frame, pool).value();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(frames.size()) / wall.count();
}

}  // namespace
}  // namespace errata::bench

int main() {
  using namespace errata;
  bench::image_stages();
  std::vector<image::Picture> frames;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const scene::Scene drawn =
        scene::draw_scene(scene::Kind::kitchen, {.size = {.height = 360, .width = 640}}, 1 + i / 30);
    frames.push_back(drawn.picture);
    std::ranges::rotate(frames.back().bytes, frames.back().bytes.begin() + 3 * static_cast<long>(i % 30));
  }
  for (const std::size_t threads : {1U, 2U})
    fmt::print("video of 640 x 360, {} thread{}: {:.1f} frames a second\n", threads, threads == 1 ? "" : "s",
               bench::frames_a_second(frames, threads));
}
