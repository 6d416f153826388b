#include "errata/improve/failure_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"

namespace errata::improve {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<StoredAnswer> three_answers(std::size_t round) {
  std::vector<StoredAnswer> answers(3);
  for (std::size_t i = 0; i < 3; ++i) {
    answers[i] = {.round = round,
                  .place = i,
                  .skill = "add",
                  .prompt = "1+1=",
                  .answer = "2",
                  .mean_log_probability = -0.25,
                  .least_log_probability = -0.5};
  }
  answers[1].answer = "3'; DROP TABLE answers; --";
  answers[1].correction = "2";
  answers[1].detected = Detected::wrong;
  answers[2].correction = "2";
  answers[2].detected = Detected::doubtful;
  return answers;
}

TEST(FailureStore, GivesBackWhatWasPut) {
  const TestFolder folder;
  auto store = FailureStore::open(folder / "f.sqlite", "run").value();
  ASSERT_TRUE(store.put_answers(1, three_answers(1)));
  ASSERT_TRUE(store.put_answers(2, three_answers(2)));
  const auto read = store.answers(2).value();
  ASSERT_THAT(read, SizeIs(3));
  EXPECT_EQ(read[1].answer, "3'; DROP TABLE answers; --");
  EXPECT_EQ(read[1].correction, "2");
  EXPECT_EQ(read[1].detected, Detected::wrong);
  EXPECT_EQ(read[2].mean_log_probability, -0.25);
  EXPECT_EQ(read[2].least_log_probability, -0.5);
  EXPECT_THAT(store.failures(1).value(), SizeIs(2));
  EXPECT_THAT(store.failures(2).value(), SizeIs(4));
  EXPECT_THAT(store.all_answers().value(), SizeIs(6));
  EXPECT_THAT(store.answers(3).value(), SizeIs(0));
  const auto answers = three_answers(2);
  ASSERT_TRUE(store.put_answers(2, std::span(answers).first(1)));
  EXPECT_THAT(store.answers(2).value(), SizeIs(1));
}

TEST(FailureStore, KeepsRoundsInOrder) {
  const TestFolder folder;
  auto store = FailureStore::open(folder / "f.sqlite", "run").value();
  const auto put = [&](std::size_t round, Step step, const char* figures) {
    return store.put_step({.round = round, .done = step, .figures = figures},
                          {.round = round, .step = step, .wall_seconds = 1.5, .cpu_seconds = 2.5});
  };
  ASSERT_TRUE(put(2, Step::answer, "two"));
  ASSERT_TRUE(put(1, Step::evaluate, "one"));
  ASSERT_TRUE(put(2, Step::tune, "two again"));
  const auto rounds = store.rounds().value();
  ASSERT_THAT(rounds, SizeIs(2));
  EXPECT_EQ(rounds[0].figures, "one");
  EXPECT_EQ(rounds[1].figures, "two again");
  EXPECT_EQ(rounds[1].done, Step::tune);
  const auto costs = store.costs().value();
  ASSERT_THAT(costs, SizeIs(3));
  EXPECT_EQ(costs[2].step, Step::tune);
  EXPECT_EQ(costs[2].cpu_seconds, 2.5);
}

TEST(FailureStore, KeepsSignalsStatesAndModes) {
  const TestFolder folder;
  auto store = FailureStore::open(folder / "f.sqlite", "run").value();
  auto answers = three_answers(1);
  answers[1].entropy = 0.25;
  answers[1].inverse = 0;
  answers[1].auditor_risk = 0.75;
  answers[1].vote = "2";
  answers[1].labelled = answers[1].verified = true;
  answers[1].detector = "verifier";
  answers[1].corrected_by = "reference";
  answers[1].embedding = {1.5F, -2};
  ASSERT_TRUE(store.put_answers(1, answers));
  auto failures = store.failures(1).value();
  EXPECT_EQ(failures[0].mode, kNoFailureMode);
  failures[0].mode = 4;
  ASSERT_TRUE(store.put_modes({{{.mode = 4, .name = "sums of 'one'", .failures = 1}}}, failures));
  const StoredAnswer read = store.answers(1)->at(1);
  EXPECT_EQ(read.entropy, 0.25);
  EXPECT_EQ(read.inverse, 0);
  EXPECT_TRUE(std::isnan(read.agreement));
  EXPECT_EQ(read.auditor_risk, 0.75);
  EXPECT_EQ(read.vote, "2");
  EXPECT_TRUE(read.labelled && read.verified);
  EXPECT_EQ(read.detector + read.corrected_by, "verifierreference");
  EXPECT_EQ(read.embedding, (std::vector<float>{1.5F, -2}));
  EXPECT_EQ(read.mode, 4U);
  EXPECT_EQ(store.modes()->at(0).name, "sums of 'one'");
}

TEST(FailureStore, WhatWasPutOutlivesAKill) {
  const TestFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = FailureStore::open(folder / "f.sqlite", "run");
    if (store && store->put_step({.round = 1, .done = Step::detect, .figures = "done"}, {.round = 1}, three_answers(1)))
      ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto store = FailureStore::open(folder / "f.sqlite", "run");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_THAT(store->answers(1).value(), SizeIs(3));
  EXPECT_EQ(store->rounds()->at(0).figures, "done");
}

TEST(FailureStore, AKillInsideACallLeavesNothingOfIt) {
  const TestFolder folder;
  const std::string place = folder.path("f.sqlite");
  ASSERT_TRUE(FailureStore::open(place, "run"));
  const pid_t child = ::fork();
  if (child == 0) {
    sqlite3* handle = nullptr;
    sqlite3_open(place.c_str(), &handle);
    sqlite3_exec(handle, "BEGIN IMMEDIATE; INSERT INTO rounds VALUES(1,'tune','half');", nullptr, nullptr, nullptr);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_THAT(FailureStore::open(place, "run")->rounds().value(), SizeIs(0));
}

TEST(FailureStore, RefusesFilesThatAreNotItsOwn) {
  const TestFolder folder;
  {
    auto store = FailureStore::open(folder / "f.sqlite", "rank 8 run of seed 1");
    ASSERT_TRUE(store->put_answers(1, three_answers(1)));
  }
  const auto other = FailureStore::open(folder / "f.sqlite", "rank 4 run of seed 2");
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
  EXPECT_THAT(other.error().message, HasSubstr("another run: rank 8 there, 4 here; seed 1 there, 2 here;"));
  EXPECT_THAT(FailureStore::open(folder / "f.sqlite", "a run").error().message,
              HasSubstr("'rank 8 run of seed 1' there, 'a run' here"));

  const std::string text = folder.file("text.sqlite", std::string(5000, 'x'));
  EXPECT_EQ(FailureStore::open(text, "run").error().code, ErrorCode::data);
  EXPECT_EQ(read_file(text).value(), std::string(5000, 'x'));

  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(folder.path("own.sqlite").c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "CREATE TABLE answers(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
  EXPECT_THAT(FailureStore::open(folder / "own.sqlite", "run").error().message, HasSubstr("no failure memory"));
  EXPECT_EQ(FailureStore::open(folder / "none/f.sqlite", "run").error().code, ErrorCode::output);
}

TEST(FailureStore, ThatHoldsNothingYetIsGivenToAnotherRun) {
  const TestFolder folder;
  ASSERT_TRUE(FailureStore::open(folder / "f.sqlite", "run of seed 1"));
  {
    auto store = FailureStore::open(folder / "f.sqlite", "run of seed 2");
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(store->put_answers(1, three_answers(1)));
  }
  EXPECT_EQ(FailureStore::open(folder / "f.sqlite", "run of seed 1").error().code, ErrorCode::conflict);
  EXPECT_TRUE(FailureStore::open(folder / "f.sqlite", "run of seed 2"));
}

TEST(FailureStore, AnEarlierVersionIsToldToBeOne) {
  const TestFolder folder;
  const std::string place = folder.path("f.sqlite");
  ASSERT_TRUE(FailureStore::open(place, "run"));
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(place.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "PRAGMA user_version=1", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
  EXPECT_THAT(FailureStore::open(place, "run").error().message,
              HasSubstr("a failure memory of version 1, from an earlier Errata"));
}

TEST(FailureStore, CompactedItTakesLessRoomAndHoldsTheSame) {
  const TestFolder folder;
  const std::string place = folder.path("f.sqlite");
  auto store = FailureStore::open(place, "run").value();
  auto answers = three_answers(1);
  for (StoredAnswer& one : answers) one.embedding.assign(100'000, 0.5F);
  ASSERT_TRUE(store.put_answers(1, answers));
  for (StoredAnswer& one : answers) one.embedding.clear();
  ASSERT_TRUE(store.put_answers(1, answers));
  store.compact();
  EXPECT_LT(std::filesystem::file_size(place), 100'000U);
  const auto read = store.answers(1).value();
  ASSERT_THAT(read, SizeIs(3));
  EXPECT_EQ(read[2].prompt, answers[2].prompt);
  EXPECT_TRUE(read[2].embedding.empty());
}

TEST(FailureStore, ACutFileIsRefusedAndNotRepairedInSilence) {
  const TestFolder folder;
  const std::string place = folder.path("f.sqlite");
  {
    auto store = FailureStore::open(place, "run").value();
    ASSERT_TRUE(store.put_answers(1, three_answers(1)));
  }
  const std::string whole = read_file(place).value();
  const std::string cut = folder.file("cut.sqlite", std::string_view(whole).substr(0, whole.size() / 2));
  const auto store = FailureStore::open(cut, "run");
  EXPECT_TRUE(!store || !store->answers(1));
}

}  // namespace
}  // namespace errata::improve
