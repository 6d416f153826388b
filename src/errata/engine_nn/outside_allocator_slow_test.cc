// Programs of users that are judged by modes of the checklist: the one of docs/formats/allocator-protocol.md, and one
// that ends.
#include <gtest/gtest.h>

#include <memory>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/engine_nn/outside_allocator.h"

namespace errata::engine_nn {
namespace {

Result<std::unique_ptr<relevance::SceneEncoder>> untrained(relevance::SceneEncoderOptions options) {
  options.steps = 1;
  options.batch = 1;
  options.known_scenes = 0;
  return relevance::train_scene_encoder(options);
}

TEST(OutsideAllocatorInModes, TheDocumentedAllocatorRunsThroughModes) {
  const TestFolder folder;
  const Cancellation stop;
  const std::string page = read_file(source_folder() / "docs/formats/allocator-protocol.md").value();
  const auto begin = page.find("```python\n") + 10;
  const std::string program = folder.file("mine.py", page.substr(begin, page.find("```", begin) - begin));
  const auto outsider = open_outsider({.command = "python3 '" + program + "'"}, &stop);
  ASSERT_TRUE(outsider) << outsider.error().message;
  const image::Picture picture{
      .height = 40, .width = 60, .channels = 3, .bytes = std::vector<std::uint8_t>(40 * 60 * 3, 128)};
  const checklist::Task task{.picture = &picture, .query = "where", .total = 1000, .examined = {0, 5}};
  const checklist::Answer answer = outsider->answer(task).value();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->positions, (std::vector<std::uint32_t>{1, 2, 3, 4, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(answer->tokens(), 1000U);
  ThreadPool pool(2, &stop);
  const auto made =
      checklist::run({.modes = {5, 8}, .seeds = 2, .first_seed = 1000}, untrained, pool, {}, nullptr, &*outsider);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->passed()) << "it keeps to every total, and never looks twice";
  for (const checklist::ModeResult& mode : made->modes) EXPECT_TRUE(mode.findings.empty());
}

TEST(OutsideAllocatorInModes, AProgramThatEndsInAModeFailsItAndNothingElse) {
  // It ends in the middle of mode 5 and answers all of mode 8, in which it looks at the same patch again and again.
  const TestFolder folder;
  const Cancellation stop;
  const std::string program = folder.file("mine.sh", R"sh(while IFS= read -r line; do
      [ -e "$1" ] || { touch "$1"; exit 3; }
      id=${line#*:}
      echo "{\"id\":${id%%,*},\"positions\":[7],\"budgets\":[9]}"
    done)sh");
  const auto outsider = open_outsider({.command = "sh '" + program + "' '" + folder.path("seen") + "'"}, &stop);
  ASSERT_TRUE(outsider) << outsider.error().message;
  ThreadPool pool(2, &stop);
  const auto made =
      checklist::run({.modes = {5, 8}, .seeds = 2, .first_seed = 1000}, untrained, pool, {}, nullptr, &*outsider);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->passed());
  ASSERT_EQ(made->modes[0].findings.size(), 1U);
  EXPECT_EQ(made->modes[0].findings[0].first, "ended with status 3");
  EXPECT_EQ(made->modes[0].findings[0].times, 1U);
  EXPECT_TRUE(made->modes[1].findings.empty());
  EXPECT_DOUBLE_EQ(made->modes[1].contenders.front().figures.front().mean, .2);
}

}  // namespace
}  // namespace errata::engine_nn
