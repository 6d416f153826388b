#include "errata/report/kit/panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/report/kit/test_text.h"

namespace errata::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const PanelPicture kPicture{.id = "p-1", .height = 32, .width = 48, .uri = "data:image/png;base64,AAAA"};

TEST(Panels, ThePictureStandsInThePageOnce) {
  const std::string html = panels_html(kPicture, {{.title = "a", .words = "a"}, {.title = "b", .words = "b"}});
  EXPECT_EQ(count_of(html, "data:image/png"), 1U);
  EXPECT_EQ(count_of(html, "<image id=\"p-1\""), 1U);
  EXPECT_EQ(count_of(html, "<use href=\"#p-1\"/>"), 1U);
  EXPECT_EQ(count_of(html, "<figure"), 2U);
  EXPECT_THAT(html, Not(HasSubstr("shade")));
  EXPECT_THAT(html, Not(HasSubstr("outline")));
  PanelPicture again = kPicture;
  again.is_there = true;
  EXPECT_EQ(count_of(panels_html(again, {{.title = "c", .words = "c"}}), "data:image/png"), 0U);
}

/// Two columns of 16 pixels, the second cut.
struct TwoColumns {
  struct Box {
    std::size_t left = 0, top = 0, width = 0, height = 0;
  };
  [[nodiscard]] static Box box(std::uint32_t cell) {
    return {.left = cell % 2 * std::size_t{16},
            .top = cell / 2 * std::size_t{16},
            .width = cell % 2 == 0 ? 16U : 7U,
            .height = 16};
  }
};

TEST(Panels, PartsAreTheCellsOfAGridWithTheirShares) {
  const std::vector<std::uint32_t> cells{3, 0};
  const std::vector<double> shares{1, .25};
  const std::vector<PanelPart> parts = panel_parts(TwoColumns{}, cells, shares);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].rect.left, 16U);
  EXPECT_EQ(parts[0].rect.top, 16U);
  EXPECT_EQ(parts[0].rect.width, 7U);
  EXPECT_EQ(parts[0].share, 1);
  EXPECT_EQ(parts[1].rect.width, 16U);
  EXPECT_EQ(parts[1].share, .25);
}

TEST(Panels, PartsAreFramedByTheirShareAndTheRestLiesInTheShade) {
  const std::string html =
      panels_html(kPicture, {{.title = "a",
                              .words = "a",
                              .veiled = true,
                              .parts = {{.rect = {.left = 16, .top = 0, .width = 16, .height = 16}, .share = 0},
                                        {.rect = {.left = 32, .top = 16, .width = 16, .height = 16}, .share = 1}}}});
  EXPECT_THAT(html, HasSubstr("<path class=\"shade\" d=\"M0 0h48v32h-48zM16 0h16v16h-16zM32 16h16v16h-16z\"/>"));
  EXPECT_THAT(html, HasSubstr("<path class=\"frame-0\" d=\"M16 0h16v16h-16z\"/>"));
  EXPECT_THAT(html, HasSubstr("<path class=\"frame-3\" d=\"M32 16h16v16h-16z\"/>"));
  EXPECT_THAT(html, Not(HasSubstr("frame-1")));
}

TEST(Panels, PathsAreInUnitsAndNeighboursInTheLightAreOneRectangle) {
  PanelPicture picture = kPicture;
  picture.unit = 16;
  const auto part = [](std::size_t left, std::size_t width) {
    return PanelPart{.rect = {.left = left, .top = 16, .width = width, .height = 16}};
  };
  const std::string html = panels_html(
      picture, {{.title = "a", .words = "a", .veiled = true, .parts = {part(32, 12), part(16, 16), part(0, 8)}}});
  EXPECT_THAT(html, HasSubstr("<g transform=\"scale(16)\"><path class=\"shade\" d=\"M0 0h3v2h-3zM0 1h0.5v1h-0.5z"
                              "M1 1h1.75v1h-1.75z\"/>"));
  EXPECT_THAT(html, HasSubstr("M2 1h0.75v1h-0.75z"));
}

TEST(Panels, TheOutlineGoesAroundNeighbours) {
  const PanelRect left{.left = 0, .top = 0, .width = 16, .height = 16}, right{.left = 16, .width = 16, .height = 16};
  const std::string html = panels_html(kPicture, {{.title = "a", .words = "a", .outlined = {left, right}}});
  EXPECT_THAT(html, HasSubstr("class=\"outline\""));
  EXPECT_THAT(html, Not(HasSubstr("M16 0L16 16"))) << "the edge between the two";
  for (const char* edge : {"M0 0L16 0", "M16 0L32 0", "M0 0L0 16", "M32 0L32 16", "M0 16L16 16", "M16 16L32 16"})
    EXPECT_THAT(html, HasSubstr(edge));
}

TEST(Panels, WordsNeverBecomeMarkup) {
  const std::string html = panels_html(kPicture, {{.title = "<b onclick", .words = "\"><b onclick"}});
  EXPECT_EQ(count_of(html, "<b onclick"), 0U);
  EXPECT_EQ(count_of(frame_colours_html("<b onclick", "&"), "<b onclick"), 0U);
}

}  // namespace
}  // namespace errata::report
