// `errata allocate` as a user calls it, on a picture and a video that are drawn here, without an encoder that would
// have to be trained; then what can be wrong with pictures, queries, budgets and outputs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "e2e/command.h"
#include "errata/base/rng.h"
#include "errata/image/video_writer.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

/// Grey with a patch of noise in its lower right quarter, moved to the right.
image::Picture drawn_picture(std::size_t right = 0) {
  image::Picture picture{.height = 160, .width = 240, .channels = 3, .bytes = {}};
  picture.bytes.assign(160 * 240 * 3, 120);
  Rng rng(9);
  for (std::size_t y = 90; y < 140; ++y)
    for (std::size_t x = 130; x < 190; ++x)
      for (std::size_t c = 0; c < 3; ++c)
        picture.bytes[(y * 240 + x + right) * 3 + c] = static_cast<std::uint8_t>(rng.below(256));
  return picture;
}

class Allocate : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(image::write_png(workplace.path("noise.png"), drawn_picture()));
    auto video = image::VideoWriter::create(workplace.path("noise.gif"));
    ASSERT_TRUE(video);
    for (std::size_t frame = 0; frame < 3; ++frame) ASSERT_TRUE(video->add(drawn_picture(4 * frame)));
    ASSERT_TRUE(video->finish());
  }
  /// With nothing that has to be trained or to be there.
  Outcome allocate(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"allocate"});
    arguments.insert(arguments.end(), {"--no-scenes", "--no-readers"});
    return workplace.run(arguments);
  }
  void refuses(const std::vector<std::string>& arguments, int status, const std::vector<std::string>& words) {
    const auto before = workplace.names();
    const auto outcome = allocate(arguments);
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    for (const auto& word : words) EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(workplace.names(), before);
  }
  Workplace workplace;
};

TEST_F(Allocate, APictureGetsItsBudgetAndAnOverlay) {
  const auto outcome = allocate({"noise.png", "--strategy", "focused", "--positions", "12", "--total", "1000",
                                 "--no-colour", "-o", "overlay.png", "--json", "made.json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("240 x 160 pixels, 15 x 10 patches"));
  EXPECT_LE(longest_line(outcome.out), 80U);
  const Json json = Json::parse(workplace.read("made.json"));
  std::size_t used = 0;
  for (const Json& position : json["positions"]) {
    used += position["tokens"].get<std::size_t>();
    EXPECT_GE(position["row"], 4) << "nothing but the noise is worth a token";
    EXPECT_GE(position["column"], 7);
  }
  EXPECT_EQ(used, json["budget"]["used"]);
  EXPECT_LE(used, 1000U);
  EXPECT_GE(used, 64U);
  const auto overlay = image::read_picture(workplace.path("overlay.png"));
  ASSERT_TRUE(overlay);
  EXPECT_EQ(overlay->width, 240U);
  EXPECT_EQ(overlay->bytes[0], 48) << "what is not funded is two fifths as bright";
}

TEST_F(Allocate, TheSameOnAnyNumberOfThreads) {
  const auto one = allocate({"noise.png", "--json", "-", "--threads", "1"});
  const auto two = allocate({"noise.png", "--json", "-", "--threads", "2"});
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(one.out, two.out);
}

TEST_F(Allocate, AVideoGetsALineAFrame) {
  const auto outcome =
      allocate({"noise.gif", "--total", "2000", "--no-colour", "-o", "overlay.gif", "--json", "frames.jsonl"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("3 frames of 240 x 160 pixels"));
  std::istringstream lines(workplace.read("frames.jsonl"));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line); ++number) {
    const Json frame = Json::parse(line);
    EXPECT_EQ(frame["frame"], number);
    EXPECT_EQ(frame["begins_context"], number == 0);
    EXPECT_LE(frame["tokens"], 2000);
    EXPECT_EQ(frame["patches"].size(), frame["budgets"].size());
  }
  EXPECT_EQ(number, 3U);
  EXPECT_THAT(workplace.read("overlay.gif"), ::testing::StartsWith("GIF8"));
  const auto first = allocate({"noise.gif", "--frames", "1", "--no-colour"});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("1 frame of"));
}

TEST_F(Allocate, RefusesWhatCannotBeMeant) {
  refuses({"noise.png", "--query", "caf\xe9"}, kUsage, {"not UTF-8", "\\xE9"});
  refuses({"none.png"}, kData, {"none.png"});
  refuses({"noise.png", "--total", "10"}, kUsage, {"10", "64"});
  refuses({"noise.png", "--least", "500"}, kUsage, {"400", "500"});
  refuses({"noise.png", "--least", "0"}, kUsage, {"0"});
  refuses({"noise.png", "--positions", "0"}, kUsage, {"at least 1 position"});
  refuses({"noise.png", "-o", "overlay.jpg"}, kUsage, {"overlay.jpg", ".png"});
  refuses({"noise.gif", "-o", "overlay.avi"}, kUsage, {"overlay.avi"});
  refuses({"noise.png", "--strategy", "best"}, kUsage, {"best", "focused"});
  refuses({"noise.png", "--budget", "fair"}, kUsage, {"fair", "water-filling"});
  refuses({"noise.png", "--patch-embeddings", "patches.npy"}, kUsage, {"together"});
  workplace.write("cut.png", workplace.read("noise.png").substr(0, 300));
  refuses({"cut.png"}, kData, {"cut.png"});
  workplace.write("text.png", "no picture at all");
  refuses({"text.png"}, kData, {"text.png"});
}

TEST_F(Allocate, ALongQueryIsCutAndThatIsTold) {
  const auto outcome = allocate({"noise.png", "--query", std::string(10'000, 'a'), "--no-colour"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("10000 bytes"));
}

TEST_F(Allocate, TheReportOfAPictureIsOneFile) {
  const auto outcome = allocate({"noise.png", "--query", "the <b>noise</b>", "--report", "allocation.html", "--quiet"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  const std::string page = workplace.read("allocation.html");
  EXPECT_THAT(page, ::testing::StartsWith("<!doctype html>"));
  for (const char* part : {"noise.png, 240 × 160 pixels", "the &lt;b&gt;noise&lt;/b&gt;", "data:image/jpeg;base64,",
                           "text-likeness", "id=\"position-table\""})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_LT(page.size(), 2'000'000U);
  const auto again = allocate({"noise.png", "--query", "the <b>noise</b>", "--report", "again.html", "--threads", "1"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(workplace.read("again.html"), page);
  refuses({"noise.png", "--report", "none/allocation.html"}, kOutput, {"none/allocation.html"});
}

TEST_F(Allocate, TheReportOfAVideoIsOneFile) {
  const auto outcome = allocate({"noise.gif", "--report", "film.html", "--quiet"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string page = workplace.read("film.html");
  for (const char* part : {"<!doctype html>", "3 frames in 1 context", "id=\"frame-2\"", "jitter_over_time"})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST_F(Allocate, FixationsAreOfOnePicture) {
  const auto outcome = allocate({"noise.png", "--positions", "4", "--fixations", "3", "--json", "-"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["fixations"].size(), 3U);
  refuses({"noise.gif", "--fixations", "2"}, kUsage, {"noise.gif", "fixations are of one image"});
  refuses({"noise.png", "--fixations", "0"}, kUsage, {"1 to 100 fixations"});
}

TEST_F(Allocate, TheChecklistRefusesPlacesBeforeItsWork) {
  for (const auto& [flag, place, status, word] : {std::tuple{"--cases", "cases.xlsx", kUsage, ".parquet"},
                                                  std::tuple{"--cases", "none/cases.csv", kOutput, "none"},
                                                  std::tuple{"--pictures", "nowhere", kUsage, "nowhere"},
                                                  std::tuple{"--report", "none/checklist.html", kOutput, "none"}}) {
    const auto before = workplace.names();
    const auto outcome = workplace.run({"checklist", "--modes", "5", "--seeds", "2", flag, place});
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(workplace.names(), before);
  }
}

TEST_F(Allocate, TheChecklistRefusesModesThatThereAreNot) {
  for (const auto& [modes, word] : {std::pair{"99", "99"}, std::pair{"one", "'one'"}}) {
    const auto outcome = workplace.run({"checklist", "--modes", modes});
    EXPECT_EQ(outcome.status, kUsage) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(word));
  }
}

}  // namespace
}  // namespace errata::e2e
