#include "errata/monitor/monitor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <thread>

#include "errata/base/rng.h"
#include "errata/monitor/snapshot.h"

#include "errata/base/test_folder.h"

namespace errata::monitor {
namespace {

using ::testing::HasSubstr;

memory::Schema schema() { return {.numbers = {"f0", "f1"}, .categories = {"place"}, .classes = {"no", "yes"}}; }

MonitorOptions options() {
  return {.memory = {.warm_up = 100, .max_pending = 500}, .policy = {.coverage = .8, .cold_start = 50}};
}

/// A stream of cases with outcomes that come ten cases later.
class Server {
 public:
  explicit Server(Monitor monitor) : monitor_(std::move(monitor)) {}

  std::vector<double> serve(std::size_t cases) {
    std::vector<double> risks;
    for (std::size_t i = 0; i < cases; ++i) {
      const auto decision = decide();
      EXPECT_TRUE(decision) << decision.error().message;
      risks.push_back(decision->risk);
      last_reason_ = decision->reason;
    }
    return risks;
  }

  Monitor& monitor() { return monitor_; }
  void exchange(Monitor monitor) { monitor_ = std::move(monitor); }
  const std::string& last_reason() const { return last_reason_; }

 private:
  Result<MonitorDecision> decide() {
    constexpr std::size_t kDelay = 10;
    if (next_ >= kDelay) {
      const auto learned = monitor_.learn("case-" + std::to_string(next_ - kDelay), {.failed = failed_[next_ - kDelay]},
                                          static_cast<std::int64_t>(next_));
      EXPECT_TRUE(learned) << learned.error().message;
    }
    const std::array numbers{rng_.normal(), rng_.normal()};
    const std::array<std::string_view, 1> places{numbers[1] > 0 ? "here" : "there"};
    failed_.push_back(rng_.bernoulli(numbers[0] > 0 ? .7 : .1));
    const auto id = "case-" + std::to_string(next_);
    return monitor_.decide(id, {.time = static_cast<std::int64_t>(next_++),
                                .numbers = numbers,
                                .categories = places,
                                .predicted = 1,
                                .confidence = .7,
                                .positive_score = .7});
  }

  Monitor monitor_;
  Rng rng_{7};
  std::size_t next_ = 0;
  std::vector<bool> failed_;
  std::string last_reason_;
};

memory::CaseView case_at(std::int64_t time) {
  static constexpr std::array kNumbers{1.0, 2.0};
  static constexpr std::array<std::string_view, 1> kPlaces{"here"};
  return {.time = time, .numbers = kNumbers, .categories = kPlaces, .predicted = 1, .confidence = .9};
}

std::string error_of(const auto& result) { return result ? "" : result.error().message; }

TEST(Monitor, LearnsWhatFails) {
  Server server(*Monitor::create(schema(), options()));
  static_cast<void>(server.serve(3000));
  auto& monitor = server.monitor();
  static constexpr std::array kSafe{-2.0, 0.0}, kRisky{2.0, 0.0};
  const std::array<std::string_view, 1> places{"here"};
  const memory::CaseView safe{
      .time = 3000, .numbers = kSafe, .categories = places, .predicted = 1, .confidence = .7, .positive_score = .7};
  auto risky = safe;
  risky.numbers = kRisky;
  EXPECT_LT(monitor.decide("safe", safe)->risk, .3);
  EXPECT_GT(monitor.decide("risky", risky)->risk, .5);
  EXPECT_THAT(server.last_reason(), HasSubstr("mode"));
}

TEST(Monitor, NamesIdsThatDoNotFit) {
  auto monitor = *Monitor::create(schema(), options());
  ASSERT_TRUE(monitor.decide("a", case_at(1)));
  EXPECT_EQ(error_of(monitor.decide("a", case_at(2))), "id 'a': a case of this id was decided");
  EXPECT_EQ(error_of(monitor.learn("b", {}, 2)), "id 'b': no case of this id among the last 500");
  ASSERT_TRUE(monitor.learn("a", {.failed = true}, 2));
  EXPECT_EQ(error_of(monitor.learn("a", {.failed = true}, 3)), "id 'a': its outcome is known already");
  EXPECT_EQ(error_of(monitor.decide("a", case_at(3))), "id 'a': a case of this id was decided");
  EXPECT_THAT(error_of(monitor.decide("", case_at(3))), HasSubstr("an id of 0 bytes"));
  EXPECT_THAT(error_of(monitor.decide(std::string(513, 'x'), case_at(3))), HasSubstr("an id of 513 bytes"));
}

TEST(Monitor, NamesCasesThatDoNotFit) {
  auto monitor = *Monitor::create(schema(), options());
  auto wrong = case_at(1);
  wrong.numbers = wrong.numbers.first(1);
  EXPECT_THAT(error_of(monitor.decide("a", wrong)), HasSubstr("id 'a': a case has 1 numeric features"));
  wrong = case_at(1);
  wrong.confidence = 1.5;
  EXPECT_THAT(error_of(monitor.decide("a", wrong)), HasSubstr("confidence 1.5"));
  ASSERT_TRUE(monitor.decide("a", case_at(1))) << "a case that failed left nothing behind";
  EXPECT_THAT(error_of(monitor.learn("a", {.failed = true, .label = 2}, 2)), HasSubstr("label 2 is not among the 2"));
  EXPECT_THAT(error_of(monitor.learn("a", {}, 0)), HasSubstr("known at 0, before the case at 1"));
}

TEST(Monitor, RefusesTimeThatGoesBackOrLetsItStand) {
  auto strict = *Monitor::create(schema(), options());
  ASSERT_TRUE(strict.decide("a", case_at(10)));
  EXPECT_EQ(error_of(strict.decide("b", case_at(9))), "id 'b': time goes back from 10 to 9");
  auto mild = options();
  mild.backward_time = BackwardTime::clamp;
  auto monitor = *Monitor::create(schema(), mild);
  ASSERT_TRUE(monitor.decide("a", case_at(10)));
  ASSERT_TRUE(monitor.decide("b", case_at(9)));
  ASSERT_TRUE(monitor.learn("b", {}, 5));
  monitor.publish();
  EXPECT_EQ(monitor.view()->time, 10);
}

TEST(Monitor, ForgetsTheOldestIdBeyondItsBound) {
  auto few = options();
  few.memory.max_pending = 2;
  auto monitor = *Monitor::create(schema(), few);
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(monitor.decide(id, case_at(1)));
  EXPECT_EQ(error_of(monitor.learn("a", {}, 2)), "id 'a': no case of this id among the last 2");
  EXPECT_TRUE(monitor.learn("b", {}, 2));
  EXPECT_TRUE(monitor.decide("a", case_at(2))) << "an id that was forgotten may come again";
  monitor.publish();
  EXPECT_EQ(monitor.view()->waiting, 2);
}

TEST(Monitor, GoesOnFromASnapshotBitForBit) {
  for (const std::size_t before : {std::size_t{0}, std::size_t{50}, std::size_t{1500}}) {
    Server one(*Monitor::create(schema(), options()));
    static_cast<void>(one.serve(before));
    const std::string bytes = one.monitor().snapshot();
    auto restored = Monitor::restore(bytes, schema());
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->snapshot(), bytes);
    Server same(*Monitor::create(schema(), options()));
    static_cast<void>(same.serve(before));
    same.exchange(*std::move(restored));
    const auto risks = one.serve(700), again = same.serve(700);
    for (std::size_t i = 0; i < risks.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint64_t>(risks[i]), std::bit_cast<std::uint64_t>(again[i])) << before << " " << i;
    EXPECT_EQ(one.last_reason(), same.last_reason());
    EXPECT_EQ(one.monitor().snapshot(), same.monitor().snapshot());
  }
}

std::string refusal(std::string_view bytes, const memory::Schema& here = schema()) {
  return error_of(Monitor::restore(bytes, here, "m.snap"));
}

TEST(Monitor, RefusesSnapshotsThatAreCutAnywhere) {
  Server server(*Monitor::create(schema(), options()));
  static_cast<void>(server.serve(200));
  const std::string bytes = server.monitor().snapshot();
  for (std::size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 997)
    EXPECT_THAT(refusal(std::string_view(bytes).substr(0, size)), HasSubstr("m.snap: the snapshot is truncated"));
  EXPECT_THAT(refusal(bytes + "x"), HasSubstr("1 bytes follow the snapshot"));
  auto damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  EXPECT_THAT(refusal(damaged), HasSubstr("damaged: its checksum does not fit"));
  auto other = bytes;
  for (const int version : {1, 4}) {
    other[9] = static_cast<char>(version);
    EXPECT_THAT(refusal(other), HasSubstr(fmt::format("of version {}, this program reads 2 to 3", version)));
  }
  other[9] = 2;
  EXPECT_THAT(refusal(other), HasSubstr("damaged: its checksum does not fit"));
  EXPECT_THAT(refusal("PAR1 something else"), HasSubstr("no snapshot of a memory"));
}

TEST(Monitor, ASnapshotThatSomebodyChangedIsRefusedOrGivesRisks) {
  Server server(*Monitor::create(schema(), options()));
  server.serve(150);
  const memory::Schema own = schema();
  const std::string bytes = server.monitor().snapshot();
  const std::string content(*unseal(bytes, SnapshotKind::monitor, &own, "m.snap"));
  int restored = 0;
  for (std::size_t at = 0; at + 8 <= content.size(); at += 1009) {
    std::string changed = content;
    const double value = 1e200;
    std::memcpy(changed.data() + at, &value, sizeof value);
    auto monitor = Monitor::restore(seal(SnapshotKind::monitor, own, changed), own);
    if (!monitor) continue;
    ++restored;
    for (std::int64_t time = 1000; time < 1010; ++time) {
      const std::string id = "new-" + std::to_string(time);
      const auto decision = monitor->decide(id, case_at(time));
      if (!decision) continue;
      EXPECT_TRUE(decision->risk >= 0 && decision->risk <= 1) << decision->risk << ", changed at " << at;
      (void)monitor->learn(id, {.failed = time % 2 == 0}, time);
    }
  }
  EXPECT_GT(restored, 10);
}

TEST(Monitor, RefusesSnapshotsOfOtherFeaturesNamingTheFirst) {
  const auto bytes = Monitor::create(schema(), options())->snapshot();
  auto here = schema();
  here.numbers[1] = "f2";
  EXPECT_THAT(refusal(bytes, here), HasSubstr("other features: its numeric feature 2 is 'f1', here it is 'f2'"));
  here = schema();
  here.numbers.pop_back();
  EXPECT_THAT(refusal(bytes, here), HasSubstr("it has the numeric feature 'f1', which is not here"));
  here = schema();
  here.categories.emplace_back("colour");
  EXPECT_THAT(refusal(bytes, here), HasSubstr("it has no categorical feature 'colour'"));
  here = schema();
  here.classes = {"no", "perhaps"};
  EXPECT_THAT(refusal(bytes, here), HasSubstr("its class 2 is 'yes', here it is 'perhaps'"));
  here = schema();
  here.embedding = 8;
  EXPECT_THAT(refusal(bytes, here), HasSubstr("its embeddings have width 0, here 8"));
}

TEST(Monitor, SavesAndLoadsFiles) {
  const auto place = (std::filesystem::temp_directory_path() / "errata_monitor_test.snap").string();
  const auto monitor = *Monitor::create(schema(), options());
  ASSERT_TRUE(monitor.save(place));
  EXPECT_TRUE(Monitor::load(place, schema()));
  EXPECT_THAT(error_of(read_memory(place)), HasSubstr("the snapshot of a monitor, not of a memory"));
  std::filesystem::remove(place);
}

Result<Monitor> old_monitor(const std::string& name) {
  const memory::Schema seen_then{.numbers = {"x1", "x2"}, .categories = {"c1"}, .classes = {"no", "yes"}};
  return Monitor::load((source_folder() / "tests/formats" / name).string(), seen_then);
}

/// What such a monitor says of one more case.
Result<MonitorDecision> next_of(Monitor& monitor, std::int64_t time, std::array<double, 2> numbers) {
  const std::array<std::string_view, 1> categories{"a"};
  memory::CaseView seen;
  seen.time = time;
  seen.numbers = numbers;
  seen.categories = categories;
  seen.predicted = 1;
  seen.confidence = 0.8;
  return monitor.decide("next", seen);
}

TEST(Monitor, ASnapshotOfVersion3GoesOnAsItDid) {
  auto monitor = old_monitor("monitor-3.snap");
  ASSERT_TRUE(monitor) << monitor.error().message;
  EXPECT_EQ(monitor->view()->decided, 160);
  EXPECT_EQ(monitor->view()->learned, 152);
  EXPECT_EQ(monitor->view()->waiting, 8);
  EXPECT_THAT(error_of(monitor->learn("case-151", {}, 160)), HasSubstr("its outcome is known already"));
  EXPECT_THAT(error_of(monitor->learn("case-119", {}, 160)), HasSubstr("no case of this id among the last 40"));
  ASSERT_TRUE(monitor->learn("case-155", {.failed = true, .label = 0}, 160));
  const auto decision = next_of(*monitor, 160, {1.0, 0.5});
  ASSERT_TRUE(decision) << decision.error().message;
  EXPECT_NEAR(decision->risk, 0.46921628021864026, 1e-12);
  EXPECT_NEAR(decision->threshold, 0.28595737461676879, 1e-12);
  EXPECT_EQ(decision->decision, selective::Decision::abstain);
  EXPECT_FALSE(decision->cold);
  EXPECT_EQ(decision->reason, "near mode 5 (5 of its last 9 cases failed); confidence 0.80");
}

TEST(Monitor, ASnapshotOfAnEarlierVersionGoesOnAsItDid) {
  auto monitor = old_monitor("monitor-2.snap");
  ASSERT_TRUE(monitor) << monitor.error().message;
  const auto decision = next_of(*monitor, 120, {3.0, 1.0});
  ASSERT_TRUE(decision) << decision.error().message;
  EXPECT_NEAR(decision->risk, 0.64708584524563695, 1e-12);
  EXPECT_EQ(decision->reason, "near mode 0 (5 of its last 16 cases failed); confidence 0.80");
}

TEST(Monitor, ReadersSeeWholeViewsWhileTheWriterWrites) {
  Server server(*Monitor::create(schema(), options()));
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    std::uint64_t last = 0;
    while (!done) {
      const auto view = server.monitor().view();
      EXPECT_GE(view->decided, last);
      EXPECT_EQ(view->decided, view->accepted + view->deferred + view->abstained);
      last = view->decided;
    }
  });
  static_cast<void>(server.serve(2000));
  done = true;
  reader.join();
  server.monitor().publish();
  EXPECT_EQ(server.monitor().view()->decided, 2000);
  EXPECT_EQ(server.monitor().view()->learned, 1990);
}

}  // namespace
}  // namespace errata::monitor
