#include "errata/base/progress.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace errata {
namespace {

TEST(Progress, IsToldStageAndShareAndMayBeEmpty) {
  std::vector<std::pair<std::string, double>> told;
  const Progress progress = [&](std::string_view stage, double share) { told.emplace_back(stage, share); };
  tell(progress, "reading");
  tell(progress, "searching", 0.5);
  tell(Progress(), "nobody listens");
  EXPECT_EQ(told, (std::vector<std::pair<std::string, double>>{{"reading", -1.0}, {"searching", 0.5}}));
}

}  // namespace
}  // namespace errata
