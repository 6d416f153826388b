#include "errata/report/allocation/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/allocation/test_example.h"
#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The picture of patches that the text draws: its lines of shades.
std::size_t lines_of_map(const std::string& text) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    for (const std::string_view shade : {"·", "░", "▒", "▓", "█"})
      if (line.starts_with(shade)) {
        ++count;
        break;
      }
  return count;
}

TEST(AllocationTerminal, TellsWhatGotHowMuchAndWhy) {
  const std::string text = allocation_terminal(example_allocation());
  for (const char* part : {"street.jpg: 80 x 60 pixels, 5 x 4 patches", "\"what does the sign say\"",
                           "3 of 20 patches get 664 tokens", "How that was decided", "grid-diverse",
                           "edges lie evenly over the image", "the image is like those that the encoder knows",
                           "information 0.25", "1,000 in all", "5 patches of bars", "3000 bytes"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(lines_of_map(text), 4U);
  auto said = example_allocation();
  said.options.strategy = relevance::Strategy::grid_diverse;
  EXPECT_THAT(allocation_terminal(said), HasSubstr("as asked for"));
}

TEST(AllocationTerminal, SaysWhichGuardAnEncoderCannotTell) {
  auto made = example_allocation();
  EXPECT_THAT(allocation_terminal(made), Not(HasSubstr("not available")));
  made.encoder = "clip";
  made.allocated.unlike_not_told = true;
  EXPECT_THAT(allocation_terminal(made, {.width = 200}),
              HasSubstr("guard unlike-training is not available: clip does"));
  relevance::VideoSummary video{.video = "film.mp4", .encoder = "clip"};
  video.unlike_not_told = true;
  EXPECT_THAT(video_terminal(video, {.width = 200}), HasSubstr("guard unlike-training is not available: clip does"));
}

TEST(AllocationTerminal, IsNoWiderThanTheTerminalAndItsMapStaysWhole) {
  auto wide = hostile_allocation();
  wide.image = std::string(300, 'x');
  wide.allocated.allocation.grid = {.height = 1600, .width = 1600};
  for (const std::size_t width : {60U, 80U, 120U}) {
    EXPECT_LE(widest_line(allocation_terminal(example_allocation(), {.width = width})), width);
    const std::string text = allocation_terminal(wide, {.width = width});
    EXPECT_LE(widest_line(text), width);
    EXPECT_EQ(lines_of_map(text), 20U) << width;
  }
}

TEST(AllocationTerminal, FixationsAreTheirNumbers) {
  EXPECT_THAT(allocation_terminal(example_allocation()), Not(HasSubstr("ixation")));
  EXPECT_LE(widest_line(allocation_terminal(fixated_allocation(), {.width = 60})), 60U);
  const std::string text = allocation_terminal(fixated_allocation(), {.width = 80});
  EXPECT_LE(widest_line(text), 80U);
  for (const char* part :
       {"3 fixations; each may look where another has looked",
        "Fixation 1: 664 tokens for 3 patches, relevance 0.12 to 0.12",
        "Fixation 2: 364 tokens for 2 patches, relevance 0.12 to 0.5", "Fixation 3: 401 tokens for 1 patch",
        // 4 x 5 patches, two characters each: patches 0 and 1; 6 and 7, which the third has most of.
        "2222······\n··1133····\n"})
    EXPECT_THAT(text, HasSubstr(part));
  auto many = fixated_allocation();
  many.later.resize(60, many.later.back());
  for (std::size_t i = 0; i < many.later.size(); ++i)
    many.later[i].budgets.assign(many.later[i].positions.size(), 1000 + i);
  EXPECT_THAT(allocation_terminal(many), HasSubstr("11++")) << "after nine digits and 26 letters";
}

TEST(AllocationTerminal, NamesCannotSteerATerminal) {
  const std::string text = allocation_terminal(hostile_allocation());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
  relevance::VideoSummary video{.video = kHostileText, .query = kHostileText, .frames = 2, .warnings = {kHostileText}};
  const std::string film = video_terminal(video);
  EXPECT_THAT(film, Not(HasSubstr("\x1b")));
  EXPECT_THAT(film, Not(HasSubstr("\xff")));
}

TEST(AllocationTerminal, AVideoTellsItsContexts) {
  relevance::VideoSummary video{.video = "film.mp4", .query = "the people", .height = 360, .width = 640, .frames = 40};
  video.tokens = 12'000;
  video.most_tokens = 300;
  video.contexts = {0, 1.25};
  video.strategies = {{relevance::Strategy::focused, 30}, {relevance::Strategy::grid_diverse, 10}};
  for (const std::size_t width : {60U, 80U}) {
    const std::string text = video_terminal(video, {.width = width});
    for (const char* part :
         {"film.mp4: 40 frames of 640 x 360 pixels", "12,000 tokens in all", "at 1.25 s", "focused in 30 frames"})
      EXPECT_THAT(text, HasSubstr(part));
    EXPECT_LE(widest_line(text), width);
  }
}

}  // namespace
}  // namespace errata::report
