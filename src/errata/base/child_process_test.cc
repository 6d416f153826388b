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

LineProgram started(const std::string& script) { return LineProgram::start({"sh", "-c", script}).value(); }

TEST(LineProgram, AnswersALineAtATimeAndKeepsWhatItKnows) {
  LineProgram program = started("n=0; while read line; do n=$((n + 1)); echo \"$n $line\"; done");
  EXPECT_EQ(program.ask("one", {}).value(), "1 one");
  EXPECT_EQ(program.ask("", {}).value(), "2 ");
  const std::string large(500'000, 'x');
  EXPECT_EQ(program.ask(large, {}).value(), "3 " + large);
  EXPECT_EQ(LineProgram::start({"no-such-program-here"}).error().code, ErrorCode::unavailable);
}

TEST(LineProgram, WhatWasWrittenUnaskedComesFirst) {
  LineProgram program = started("echo hello; while read line; do echo $line; done");
  EXPECT_EQ(program.ask("one", {}).value(), "hello");
  EXPECT_EQ(program.ask("two", {}).value(), "one");
}

TEST(LineProgram, NoisyErrorsAreReadAway) {
  LineProgram program = started(
      "while read line; do i=0; while [ $i -lt 9999 ]; do echo noise$i; i=$((i + 1)); done >&2; "
      "echo $line; [ $line = last ] && exit 3; done");
  EXPECT_EQ(program.ask("one", {}).value(), "one") << "100 kB of them would fill a pipe";
  EXPECT_EQ(program.ask("last", {}).value(), "last");
  const auto silence = program.ask("more", {});
  ASSERT_FALSE(silence);
  EXPECT_EQ(silence.error().message, "ended with status 3: noise9998");
}

TEST(LineProgram, ASilenceSaysWhy) {
  using namespace std::chrono_literals;
  const auto silence_of = [](const std::string& script, const LineOptions& options = {}) {
    const auto answer = started(script).ask("what", options);
    EXPECT_FALSE(answer) << script;
    return answer.error();
  };
  EXPECT_EQ(silence_of("exit 0").message, "ended with status 0");
  EXPECT_EQ(silence_of("echo first >&2; echo 'it is broken' >&2; exit 3").message, "ended with status 3: it is broken");
  EXPECT_EQ(silence_of("kill -SEGV $$").message, "was ended by signal SEGV");
  EXPECT_EQ(silence_of("printf 12345").message, "ended with status 0; 5 bytes without the end of a line had come");
  EXPECT_EQ(silence_of("sleep 60 & sleep 60", {.timeout = 100ms}).message, "gave no answer within 0.1 s");
  EXPECT_EQ(silence_of("printf 123; sleep 60", {.timeout = 300ms}).why, NoLine::late);
  EXPECT_EQ(silence_of("exec >&-; sleep 60", {.timeout = 100ms}).why, NoLine::late);
  const auto endless = silence_of("while :; do printf xxxxxxxx; done", {.most_line = 1000});
  EXPECT_EQ(endless.why, NoLine::endless);
  EXPECT_EQ(endless.message, "wrote a line of more than 1000 bytes");
  EXPECT_EQ(silence_of("sleep 60 & exit 4").message, "ended with status 4") << "a grandchild holds its output open";
}

TEST(LineProgram, TellsWhetherItHasEnded) {
  LineProgram program = started("read line; echo it is broken >&2; exit 5");
  EXPECT_FALSE(program.has_ended());
  const auto silence = program.ask("go", {});
  ASSERT_FALSE(silence);
  LineProgram other = started("echo it is broken >&2; exit 5");
  while (!other.has_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(other.ask("what", {}).error().message, "ended with status 5: it is broken");
}

TEST(LineProgram, ALongOutputIsReadToItsEnd) {
  LineProgram program = started("read line; head -c 300000 /dev/zero | tr '\\0' x; echo");
  EXPECT_EQ(program.ask("go", {}).value(), std::string(300'000, 'x'));
}

TEST(LineProgram, StopsWhenItsCallIsCancelled) {
  Cancellation stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request();
  });
  LineProgram program = started("sleep 60");
  EXPECT_THROW(static_cast<void>(program.ask("what", {.cancellation = &stop})), Cancelled);
}

}  // namespace
}  // namespace errata
