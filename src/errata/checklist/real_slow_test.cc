// Modes on pictures and videos that stand for real ones: drawn, but nobody is told what is on them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/checklist/measured.h"
#include "errata/scene/kinds.h"
#include "errata/scene/video.h"

namespace errata::checklist {
namespace {

using ::testing::ElementsAre;

constexpr scene::Size kSmall{.height = 250, .width = 330};  // no whole patches

RealPicture picture_of(std::string file, scene::Kind kind) {
  return {.file = std::move(file), .open = [kind]() -> Result<image::Picture> {
            return scene::draw_scene(kind, {.size = kSmall}, 1000).picture;
          }};
}

RealVideo video_of(std::string file, scene::Kind kind, scene::Size size) {
  return {.file = std::move(file), .open = [kind, size]() -> Result<std::vector<image::Picture>> {
            const scene::Video video(
                {.motion = scene::Motion::pan, .first = kind, .size = size, .frames = 5, .pan_right = 8});
            std::vector<image::Picture> frames;
            for (std::size_t i = 0; i < video.frames(); ++i) frames.push_back(video.frame(i).picture);
            return frames;
          }};
}

RealMaterial material() {
  return {.folder = "photos",
          .pictures = {picture_of("a.jpg", scene::Kind::kitchen), picture_of("texture_b.png", scene::Kind::blank),
                       picture_of("xray_c.png", scene::Kind::xray)},
          .videos = {video_of("d.mp4", scene::Kind::kitchen, {.height = 192, .width = 256}),
                     video_of("e.gif", scene::Kind::noise, {.height = 256, .width = 192})}};
}

Result<std::unique_ptr<relevance::SceneEncoder>> untrained_encoder(relevance::SceneEncoderOptions options) {
  options.steps = 1;
  options.batch = 1;
  options.known_scenes = 0;
  return relevance::train_scene_encoder(options);
}

Checklist made_with(const RealMaterial* real, std::size_t threads, const Outsider* outsider = nullptr,
                    std::vector<int> modes = {2, 3, 5, 6, 10, 11}) {
  ThreadPool pool(threads);
  auto made = run({.modes = std::move(modes), .seeds = 2, .first_seed = 1000}, untrained_encoder, pool, {}, nullptr,
                  outsider, real);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *std::move(made) : Checklist{};
}

const Figure& figure_of(const OnReal& real, std::string_view contender, std::string_view name) {
  const auto who = std::ranges::find(real.contenders, contender, &Contender::name);
  EXPECT_NE(who, real.contenders.end()) << contender;
  const auto found = std::ranges::find(who->figures, name, &Figure::name);
  EXPECT_NE(found, who->figures.end()) << name;
  return *found;
}

std::vector<std::string> files_of(const OnReal& real) {
  std::vector<std::string> files;
  for (const Case& one : real.cases) files.push_back(one.file);
  return files;
}

TEST(RealPictures, AreToldBesideTheScenesAndDecideNothing) {
  const RealMaterial real = material();
  const Checklist with = made_with(&real, 2), alone = made_with(nullptr, 2, nullptr, {2, 10});
  EXPECT_FALSE(alone.real);
  EXPECT_EQ(with.real->pictures, 3U);
  ASSERT_EQ(with.modes.size(), 6U);
  for (const ModeResult& mode : with.modes) {
    SCOPED_TRACE(mode.mode->name);
    EXPECT_EQ(mode.real.has_value(), mode.mode->number != 5);
    if (!mode.real) continue;
    EXPECT_EQ(mode.real->contenders[0].name, kErrata);
    EXPECT_EQ(mode.real->contenders[1].name, kDocument);
  }
  for (const auto& [a, b] : {std::pair(&with.modes[0], &alone.modes[0]), std::pair(&with.modes[4], &alone.modes[1])}) {
    EXPECT_FALSE(b->real);
    EXPECT_EQ(a->holds(), b->holds());
    EXPECT_EQ(a->contenders[0].figures[0].mean, b->contenders[0].figures[0].mean);
  }
  const OnReal &voids = *with.modes[0].real, &videos = *with.modes[1].real, &unlike = *with.modes[3].real;
  EXPECT_THAT(files_of(voids), ElementsAre("a.jpg", "texture_b.png"));
  EXPECT_EQ(figure_of(voids, kErrata, "spread over voids").values[1], 1);
  EXPECT_EQ(figure_of(voids, kDocument, "spread over voids").mean, 0);
  EXPECT_TRUE(std::isnan(figure_of(voids, kErrata, "spread over photos").values[1]));
  EXPECT_THAT(files_of(videos), ElementsAre("d.mp4", "e.gif", "d.mp4, then e.gif", "e.gif, then d.mp4"));
  EXPECT_EQ(figure_of(videos, kErrata, "false cuts").mean, 0);
  EXPECT_EQ(figure_of(videos, kErrata, "cuts right").cases, 2U);
  EXPECT_EQ(figure_of(videos, kErrata, "cuts right").mean, 1);
  EXPECT_TRUE(std::isfinite(figure_of(videos, kErrata, "jitter").mean));
  EXPECT_THAT(files_of(unlike), ElementsAre("a.jpg", "xray_c.png"));
  EXPECT_EQ(figure_of(unlike, kErrata, "fallback entropy").cases, 1U);
  EXPECT_EQ(figure_of(*with.modes[4].real, kErrata, "IoU of it and its flip").cases, 3U);
  EXPECT_EQ(figure_of(*with.modes[5].real, kErrata, "tokens on padding").mean, 0);
  EXPECT_GT(figure_of(*with.modes[5].real, kDocument, "tokens on padding").cases, 0U);
}

TEST(RealPictures, AnOutsiderIsAskedAboutThemToo) {
  std::size_t colour = 0, asked = 0;
  const Outsider outsider{
      .command = "./mine", .answer = [&](const Task& task) -> Result<Answer> {
        ++asked;
        colour += task.picture->channels == 3 ? 1 : 0;
        if (task.query == kRealQuery && !task.frame && task.picture->width == kSmall.width)
          return Answer(std::unexpect, BadAnswer{.fault = Fault::refused, .message = "no"});
        relevance::Allocation made{
            .grid = {.height = task.picture->height, .width = task.picture->width}, .positions = {0}, .budgets = {1}};
        return Answer(std::move(made));
      }};
  const RealMaterial real = material();
  const Checklist made = made_with(&real, 2, &outsider);
  EXPECT_EQ(colour, asked);
  ASSERT_EQ(made.modes.size(), 6U);
  const OnReal& voids = *made.modes[0].real;
  EXPECT_EQ(voids.contenders.front().name, kYours);
  ASSERT_EQ(voids.findings.size(), 1U);
  EXPECT_EQ(voids.findings[0].file, "a.jpg");
  EXPECT_EQ(voids.findings[0].times, 2U);
  EXPECT_EQ(figure_of(voids, kYours, Measured::kAnswered).mean, 0);
  EXPECT_THAT(files_of(*made.modes[1].real), ElementsAre("d.mp4", "e.gif")) << "where it begins anew is not seen";
  EXPECT_EQ(figure_of(*made.modes[1].real, kYours, "jitter").cases, 2U);
  EXPECT_TRUE(made.modes[0].findings.empty()) << "the scenes' verdict is not theirs";
}

}  // namespace
}  // namespace errata::checklist
