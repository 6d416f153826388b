#include "errata/base/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

namespace errata {
namespace {

using ::testing::HasSubstr;

TEST(RunProgram, PassesInputThroughAndReportsFailures) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(run_program({"cat"}, large).value(), large);
  EXPECT_EQ(run_program({"true"}, large).value(), "");
  EXPECT_THAT(run_program({"no-such-program-here"}, "").error().message,
              HasSubstr("cannot start `no-such-program-here`"));
  EXPECT_THAT(run_program({"sh", "-c", "echo broken >&2; exit 3"}, "").error().message,
              HasSubstr("`sh` failed: broken"));
}

TEST(RunProgram, KillsWhatTakesTooLongWithAllThatItStarted) {
  using namespace std::chrono_literals;
  const auto begin = std::chrono::steady_clock::now();
  const auto slow = run_program({"sh", "-c", "sleep 60 & sleep 60"}, "", {.timeout = 100ms});
  ASSERT_FALSE(slow.has_value());
  EXPECT_EQ(slow.error().code, ErrorCode::unavailable);
  EXPECT_EQ(slow.error().message, "`sh` took longer than 100 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);  // the grandchild holds the pipe open for a minute
}

TEST(RunProgram, KillsWhatWritesTooMuch) {
  const auto endless = run_program({"sh", "-c", "while :; do echo x; done"}, "", {.most_output = 1000});
  ASSERT_FALSE(endless.has_value());
  EXPECT_EQ(endless.error().code, ErrorCode::output);
  EXPECT_EQ(endless.error().message, "`sh` wrote more than 1000 bytes");
  EXPECT_EQ(run_program({"sh", "-c", "printf 1234"}, "", {.most_output = 4}).value(), "1234");
}

TEST(RunProgram, KeepsTheBeginningOfLongErrors) {
  const auto loud = run_program({"sh", "-c", "i=0; while [ $i -lt 9999 ]; do echo x; i=$((i + 1)); done >&2; exit 1"},
                                "", {.most_errors = 10});
  ASSERT_FALSE(loud.has_value());
  EXPECT_EQ(loud.error().message, "`sh` failed: x\nx\nx\nx\nx\n");
}

TEST(RunProgram, StopsWhenItsCallIsCancelled) {
  Cancellation stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request();
  });
  EXPECT_THROW(static_cast<void>(run_program({"sleep", "60"}, "", {.cancellation = &stop})), Cancelled);
}

TEST(RunProgram, AWaitForAChildThatReadsNothingIsNoDeath) {
  EXPECT_TRUE(run_program({"true"}, std::string(3'000'000, 'x')).has_value());
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(::sigismember(&blocked, SIGPIPE), 0);
}

}  // namespace
}  // namespace errata
