// Allocators of users as they come, real programs each: good ones, and one for every way of being bad.
#include "errata/engine_nn/outside_allocator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/checklist/allocators.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using checklist::Answer;
using checklist::Fault;
using ::testing::HasSubstr;

/// A shell that answers every question by the lines of `body`, which know the question's $id.
constexpr const char* kLoop = "while IFS= read -r line; do id=${{line#*:}}; id=${{id%%,*}}\n{}\ndone\n";

class OutsideAllocatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    picture.bytes.assign(40 * 60 * 3, 128);
    fs::create_directory(folder / "tmp");
    ::setenv("TMPDIR", folder.path("tmp").c_str(), 1);
  }
  void TearDown() override { ::unsetenv("TMPDIR"); }

  checklist::Outsider open(const std::string& script, std::chrono::milliseconds timeout = 30s) {
    const std::string place = folder.file("mine.sh", script);
    auto outsider = open_outsider({.command = "sh '" + place + "'", .timeout = timeout}, &stop);
    EXPECT_TRUE(outsider) << outsider.error().message;
    return *std::move(outsider);
  }
  checklist::Outsider open_loop(const std::string& body, std::chrono::milliseconds timeout = 30s) {
    return open(fmt::format(kLoop, body), timeout);
  }
  /// The first answer is bad in this way, and so is the second: the program was started again where it had to be.
  void fails(const checklist::Outsider& outsider, Fault fault, const std::string& words) {
    for (int i = 0; i < 2; ++i) {
      const auto answer = outsider.answer(task);
      ASSERT_TRUE(answer) << answer.error().message;
      ASSERT_FALSE(*answer);
      EXPECT_EQ(checklist::name_of((*answer).error().fault), checklist::name_of(fault));
      EXPECT_THAT((*answer).error().message, HasSubstr(words));
    }
  }

  TestFolder folder;
  Cancellation stop;
  image::Picture picture{.height = 40, .width = 60, .channels = 3, .bytes = {}};
  checklist::Task task{.picture = &picture, .query = "where is the box", .total = 1000};
};

TEST_F(OutsideAllocatorTest, AProgramAnswersQuestionAfterQuestion) {
  const auto outsider = open_loop(R"(n=$((n + 1)); echo "{\"id\":$id,\"positions\":[$n],\"budgets\":[$((n * 10))]}")");
  for (std::uint32_t i = 1; i <= 5; ++i) {
    const auto answer = outsider.answer(task);
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->positions, std::vector<std::uint32_t>{i}) << "it keeps its state";
    EXPECT_EQ((*answer)->budgets, std::vector<std::size_t>{i * 10});
  }
}

TEST_F(OutsideAllocatorTest, ThePictureIsAFileWhileItIsAskedAboutAndNothingIsLeft) {
  {
    const auto outsider = open_loop(R"sh(image=${line#*image\":\"}; image=${image%%\"*}
      [ "$(head -c 4 "$image" | tail -c 3)" = PNG ] || exit 9
      touch "$image.of-the-program"
      echo "$image" >>)sh" + folder.path("seen") +
                                    R"sh(
      echo "{\"id\":$id,\"positions\":[],\"budgets\":[]}")sh");
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(outsider.answer(task).value());
  }
  const std::string seen = read_file(folder.path("seen")).value();
  EXPECT_THAT(seen, HasSubstr("/1.png\n"));
  EXPECT_THAT(seen, HasSubstr("/2.png\n"));
  EXPECT_TRUE(fs::is_empty(folder / "tmp")) << "with what the program put there";
}

TEST_F(OutsideAllocatorTest, ATimeOutIsAFinding) {
  fails(open_loop("sleep 60", 200ms), Fault::late, "gave no answer within 0.2 s");
}

TEST_F(OutsideAllocatorTest, ACrashIsAFinding) {
  fails(open_loop("kill -SEGV $$"), Fault::ended, "was ended by signal SEGV");
}

TEST_F(OutsideAllocatorTest, AnEarlyExitIsAFindingWithItsLastWords) {
  fails(open("echo ImportError: no module named nothing >&2; exit 1"), Fault::ended,
        "ended with status 1: ImportError: no module named nothing");
  fails(open("exit 0"), Fault::ended, "ended with status 0");
  fails(open_loop(R"(echo "{\"id\":$id"; exit 0)"), Fault::malformed, "no JSON object");
}

TEST_F(OutsideAllocatorTest, MalformedAnswersAreFindings) {
  fails(open_loop("echo thinking..."), Fault::malformed, "thinking...");
  fails(open("echo loading the model; cat"), Fault::malformed, "loading the model");
}

TEST_F(OutsideAllocatorTest, PositionsOutsideTheGridAreFindings) {
  fails(open_loop(R"(echo "{\"id\":$id,\"positions\":[12],\"budgets\":[1]}")"), Fault::outside, "position 12");
}

TEST_F(OutsideAllocatorTest, DoubledPositionsAreFindings) {
  fails(open_loop(R"(echo "{\"id\":$id,\"positions\":[1,1],\"budgets\":[1,1]}")"), Fault::repeated, "position 1");
}

TEST_F(OutsideAllocatorTest, TotalsAboveTheBudgetAreFindings) {
  fails(open_loop(R"(echo "{\"id\":$id,\"positions\":[1,2],\"budgets\":[600,600]}")"), Fault::over_total, "1200");
}

TEST_F(OutsideAllocatorTest, NegativeAndHugeBudgetsAreFindings) {
  fails(open_loop(R"(echo "{\"id\":$id,\"positions\":[1],\"budgets\":[-1]}")"), Fault::budget, "-1");
  fails(open_loop(R"(echo "{\"id\":$id,\"positions\":[1],\"budgets\":[18446744073709551615]}")"), Fault::budget,
        "18446744073709551615");
}

TEST_F(OutsideAllocatorTest, TooManyPositionsAreFindings) {
  fails(open_loop(R"(list=0; i=1; while [ $i -lt 274 ]; do list=$list,$i; i=$((i + 1)); done
                     echo "{\"id\":$id,\"positions\":[$list],\"budgets\":[$list]}")"),
        Fault::too_many, "274 positions");
}

TEST_F(OutsideAllocatorTest, EndlessOutputIsAFinding) {
  fails(open("cat /dev/zero"), Fault::endless, "more than 1048576 bytes");
  fails(open("yes"), Fault::malformed, "\"y\"");
}

TEST_F(OutsideAllocatorTest, OutputWithoutTheEndOfALineIsAFinding) {
  const char* answer = R"(printf '{"id":%s,"positions":[],"budgets":[]}' $id)";
  fails(open_loop(answer, 200ms), Fault::late, "gave no answer within 0.2 s");
  fails(open_loop(std::string(answer) + "; exit 0"), Fault::ended, "36 bytes without the end of a line");
}

TEST_F(OutsideAllocatorTest, AnswersInAnotherOrderAreFindings) {
  fails(open_loop(R"(echo "{\"id\":$((id - 1)),\"positions\":[],\"budgets\":[]}")"), Fault::other_id, "the question");
  // One answer too many: the next question gets an old one, and the program that is started then is in step again.
  const auto outsider = open_loop(R"(for i in 1 2; do echo "{\"id\":$id,\"positions\":[],\"budgets\":[]}"; done)");
  EXPECT_TRUE(outsider.answer(task).value());
  EXPECT_EQ(outsider.answer(task).value().error().fault, Fault::other_id);
  EXPECT_TRUE(outsider.answer(task).value());
}

TEST_F(OutsideAllocatorTest, NoiseOnStandardErrorIsNone) {
  const auto outsider = open_loop(R"(i=0; while [ $i -lt 20000 ]; do echo noise; i=$((i + 1)); done >&2
                                     echo "{\"id\":$id,\"positions\":[],\"budgets\":[]}")");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(outsider.answer(task).value());
}

TEST_F(OutsideAllocatorTest, ARefusalIsAFinding) {
  fails(open_loop(R"(echo "{\"id\":$id,\"error\":\"no model here\"}")"), Fault::refused, "it says: no model here");
}

TEST_F(OutsideAllocatorTest, AProgramThatIsGoneIsAFinding) {
  const std::string program = folder.file("mine", "#!/bin/sh\nexit 5\n");
  fs::permissions(program, fs::perms::owner_all);
  const auto outsider = open_outsider({.command = program}, &stop);
  ASSERT_TRUE(outsider) << outsider.error().message;
  EXPECT_EQ(outsider->answer(task).value().error().message, "ended with status 5");
  fs::remove(program);
  EXPECT_THAT(outsider->answer(task).value().error().message, HasSubstr("cannot start"));
}

TEST_F(OutsideAllocatorTest, ACommandThatCannotBeStartedIsAnError) {
  const std::string text = folder.file("text", "no program");
  for (const std::string& command :
       {std::string("no-such-program-here"), folder.path("nothing"), text, std::string("'open quote"),
        std::string("a | b"), std::string(" "), folder.path("nothing.so"), folder.path("nothing.so.1")}) {
    const auto outsider = open_outsider({.command = command}, &stop);
    ASSERT_FALSE(outsider) << command;
    EXPECT_EQ(outsider.error().code, ErrorCode::invalid_argument);
    if (command != " ") {
      EXPECT_THAT(outsider.error().message, HasSubstr(command));
    }
  }
  EXPECT_TRUE(fs::is_empty(folder / "tmp"));
}

TEST_F(OutsideAllocatorTest, ACancelledQuestionUnwindsAndLeavesNothing) {
  std::jthread later([&] {
    std::this_thread::sleep_for(50ms);
    stop.request();
  });
  {
    const auto outsider = open_loop("sleep 60");
    EXPECT_THROW(static_cast<void>(outsider.answer(task)), Cancelled);
  }
  EXPECT_TRUE(fs::is_empty(folder / "tmp"));
}

}  // namespace
}  // namespace errata::engine_nn
