#include "errata/base/stage_times.h"

#include <gmock/gmock.h>

#include <chrono>
#include <vector>

namespace errata {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::Ge;

void work_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST(StageTimes, AStageEndsWhereTheNextBeginsAndMayGoOnLater) {
  StageTimes times("starting");
  const Progress progress = times.listen({});
  tell(progress, "reading", 0.1);
  work_for(std::chrono::milliseconds(20));
  tell(progress, "reading", 0.5);
  work_for(std::chrono::milliseconds(20));
  tell(progress, "searching");
  tell(progress, "reading");
  work_for(std::chrono::milliseconds(10));
  times.end();
  times.end();  // nothing goes on
  EXPECT_THAT(times.stages(),
              ElementsAre(Field(&StageTime::name, "starting"),
                          AllOf(Field(&StageTime::name, "reading"), Field(&StageTime::wall_s, Ge(0.05))),
                          Field(&StageTime::name, "searching")));
  EXPECT_GT(times.stages()[1].cpu_s, 0);
  EXPECT_GT(peak_memory(), 1U << 20);
}

TEST(StageTimes, HandsOnWhatIsToldAndTheWishToStop) {
  Cancellation stop;
  std::vector<double> told;
  StageTimes times;
  const Progress progress =
      times.listen(Progress([&](std::string_view, double share) { told.push_back(share); }, &stop));
  tell(progress, "reading", 0.25);
  EXPECT_THAT(told, ElementsAre(0.25));
  stop.request();
  EXPECT_THROW(tell(progress, "reading", 0.5), Cancelled);
}

}  // namespace
}  // namespace errata
