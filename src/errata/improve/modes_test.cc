#include "errata/improve/modes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/rng.h"
#include "errata/improve/arithmetic.h"

namespace errata::improve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Wrong answers of one shape whose hidden states lie around a place of their own.
void add_failures(std::vector<StoredAnswer>& to, std::size_t round, std::size_t count, const char* skill,
                  const char* prompt, const char* answer, float place, Rng& rng) {
  for (std::size_t i = 0; i < count; ++i) {
    StoredAnswer one{.round = round, .place = to.size(), .skill = skill, .prompt = prompt, .answer = answer};
    one.detected = Detected::wrong;
    for (int c = 0; c < 4; ++c) one.embedding.push_back(place + 0.1F * static_cast<float>(rng.normal()));
    to.push_back(std::move(one));
  }
}

std::vector<StoredAnswer> two_kinds() {
  std::vector<StoredAnswer> failures;
  Rng rng(1);
  add_failures(failures, 1, 40, "add", "95+17=", "201", 0, rng);  // 112 is "211": a carry is lost
  add_failures(failures, 1, 30, "sub", "7-52=", "54", 3, rng);    // −45 is "54-"
  add_failures(failures, 2, 10, "sub", "7-52=", "54", 3, rng);
  return failures;
}

TEST(FailureModes, AreNamedByWhatTheirQuestionsShare) {
  const auto failures = two_kinds();
  const auto found = find_modes(Arithmetic(2), failures, true).value();
  ASSERT_THAT(found.of, SizeIs(80));
  for (const FailureMode& mode : found.modes) {
    const bool is_sum = mode.name.starts_with("add");
    EXPECT_THAT(mode.name, HasSubstr(is_sum ? "add, digits_a 2, digits_b 2, carries 2, negative no"
                                            : "sub, digits_a 1, digits_b 2"));
    EXPECT_EQ(mode.prompt, is_sum ? "95+17=" : "7-52=");
    EXPECT_EQ(mode.kinds.at(0).substr(0, 5), is_sum ? "carry" : "sign ");
    ASSERT_THAT(mode.failures, SizeIs(2));
    EXPECT_EQ(mode.failures[1] > 0, !is_sum);
  }
  std::uint64_t all = 0;
  for (const FailureMode& mode : found.modes) all += mode.failures[0] + mode.failures[1];
  EXPECT_EQ(all, 80U);
  // No mode holds failures of both kinds, so the mode tells the kind of error.
  EXPECT_GT(found.information, 0.3);
  EXPECT_EQ(find_modes(Arithmetic(2), failures, true)->of, found.of);
  const auto unknown = find_modes(Arithmetic(2), failures, false).value();
  EXPECT_EQ(unknown.of, found.of);
  EXPECT_THAT(unknown.modes[0].kinds, IsEmpty());
}

TEST(FailureModes, FewFailuresHaveNoneAndStatesAreNeeded) {
  auto failures = two_kinds();
  EXPECT_THAT(find_modes(Arithmetic(2), std::span(failures).first(9), true)->modes, IsEmpty());
  failures[3].embedding.clear();
  EXPECT_THAT(find_modes(Arithmetic(2), failures, true).error().message, HasSubstr("hidden states are missing"));
  failures = two_kinds();
  failures[5].skill = "mul";
  EXPECT_THAT(find_modes(Arithmetic(2), failures, true).error().message, HasSubstr("a failure of skill 'mul'"));
}

TEST(FailureModes, WeightsAreComputedByHand) {
  std::vector<StoredAnswer> failures(5);
  for (std::size_t i = 0; i < 5; ++i) failures[i].mode = i == 0 ? 0 : 1;
  EXPECT_THAT(weights_across_modes(failures, 0), ElementsAre(1, 1, 1, 1, 1));
  EXPECT_THAT(weights_across_modes(failures, 1), ElementsAre(2.5, 0.625, 0.625, 0.625, 0.625));
  const auto root = weights_across_modes(failures, 0.5);  // 1 and four times ½, to a mean of 1
  EXPECT_NEAR(root[0], 5. / 3, 1e-12);
  EXPECT_NEAR(root[1], 5. / 6, 1e-12);
}

TEST(FailureModes, ComeAsOftenAsTheirWeightsSay) {
  std::vector<StoredAnswer> failures(4);
  for (std::size_t i = 0; i < 4; ++i) failures[i].place = i;
  std::vector<std::size_t> places;
  for (const auto& one : as_often_as(failures, std::vector<double>{2, 0.5, 0.5, 1})) places.push_back(one.place);
  EXPECT_THAT(places, ElementsAre(0, 0, 1, 3));  // running sums from ½: 2.5, 1, .5, 1.5
}

}  // namespace
}  // namespace errata::improve
