#include <gtest/gtest.h>

#include <algorithm>

#include "errata/base/test_folder.h"
#include "errata/checklist/checklist.h"

namespace errata::checklist {
namespace {

/// Trained on a sixteenth of the usual steps, with fewer known scenes: once for all runs.
OpenEncoder short_training(const std::filesystem::path& cache) {
  return [cache](const relevance::SceneEncoderOptions&) {
    return relevance::train_scene_encoder({.steps = 100, .known_scenes = 210, .seed = 3, .cache = cache});
  };
}

double figure(const Contender& contender, std::string_view name) {
  const auto found = std::ranges::find(contender.figures, name, &Figure::name);
  EXPECT_NE(found, contender.figures.end()) << contender.name << ": " << name;
  return found->mean;
}

TEST(OutOfDistribution, IsNoticedByAnEncoderOfAShortTrainingOnAnyNumberOfThreads) {
  const TestFolder folder;
  const OpenEncoder open = short_training(folder / "encoder.pt");
  std::vector<ModeResult> runs;
  for (const std::size_t threads : {1U, 2U}) {
    ThreadPool pool(threads);
    auto made = run({.modes = {6}, .seeds = 4, .first_seed = 1'200}, open, pool);
    ASSERT_TRUE(made) << made.error().message;
    runs.push_back(std::move(made->modes.front()));
  }
  const auto& contenders = runs[0].contenders;
  ASSERT_EQ(contenders.size(), 4U);
  EXPECT_EQ(contenders[0].name, "errata");
  EXPECT_EQ(contenders[1].name, "document");
  EXPECT_GE(figure(contenders[0], "AUROC"), .75);
  EXPECT_GE(figure(contenders[0], "told from voids"), .5);
  EXPECT_EQ(figure(contenders[1], "AUROC"), .5) << "it calls nothing unlike: every pair is a tie";
  EXPECT_EQ(figure(contenders[1], "FPR at 95% TPR"), 1);
  EXPECT_EQ(figure(contenders[1], "false fallbacks"), 0);
  EXPECT_EQ(figure(contenders[1], "told from voids"), 0);
  EXPECT_FALSE(contenders[1].passes());
  for (std::size_t c = 0; c < contenders.size(); ++c)
    for (std::size_t f = 0; f < contenders[c].figures.size(); ++f) {
      EXPECT_EQ(contenders[c].figures[f].mean, runs[1].contenders[c].figures[f].mean);
      EXPECT_EQ(contenders[c].figures[f].low, runs[1].contenders[c].figures[f].low);
    }
}

}  // namespace
}  // namespace errata::checklist
