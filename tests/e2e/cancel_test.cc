// A request to stop, at any moment: status 130 soon, and nothing in the folder but what was there before.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "e2e/command.h"
#include "errata/base/test_folder.h"

namespace errata::e2e {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr int kStopped = 130;
constexpr Milliseconds kSoon{1000};   // beyond it the process ends itself the hard way
constexpr Milliseconds kSlack{1500};  // for a machine that is busy with other tests

/// `errata` with arguments in a folder, running beside the test.
class Running {
 public:
  /// @param input  a descriptor, or -1 for nothing to read
  Running(const Workplace& place, const std::vector<std::string>& arguments, int input = -1, bool no_hangup = false) {
    child_ = ::fork();
    if (child_ != 0) return;
    if (no_hangup) ::signal(SIGINT, SIG_IGN);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(input < 0 ? nothing : input, 0);
    ::dup2(nothing, 1);
    ::dup2(nothing, 2);
    ::setenv("TMPDIR", place.path("tmp").c_str(), 1);
    std::vector<char*> words{const_cast<char*>("errata")};
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const std::string program = (program_folder() / "errata").string();
    if (::chdir(place.path(".").c_str()) == 0) ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  /// Until the program handles a signal: before that it dies of it, as any program does.
  void wait_for_handler(int signal) const {
    const auto end = Clock::now() + 10s;
    for (bool handled = false; !handled && Clock::now() < end; std::this_thread::sleep_for(1ms)) {
      std::ifstream status("/proc/" + std::to_string(child_) + "/status");
      for (std::string word; status >> word;)
        if (word == "SigCgt:" && status >> word) handled = (std::stoull(word, nullptr, 16) >> (signal - 1) & 1U) != 0;
    }
  }
  void send(int signal) const { ::kill(child_, signal); }
  [[nodiscard]] bool ended() {
    int status = 0;
    if (child_ > 0 && ::waitpid(child_, &status, WNOHANG) == child_) {
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      child_ = -1;
    }
    return child_ < 0;
  }
  /// Its exit status, or -1 when it goes on for longer than this.
  [[nodiscard]] int status_within(Milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (!ended() && Clock::now() < end) std::this_thread::sleep_for(2ms);
    return status_;
  }

 private:
  pid_t child_ = -1;
  int status_ = -1;
};

/// Names and contents of everything in a folder but checkpoints, which an interrupted training goes on from.
std::map<std::string, std::string> contents(const Workplace& place) {
  std::map<std::string, std::string> found;
  for (const auto& name : place.names()) {
    if (name.find(".checkpoint") != std::string::npos) continue;
    found[name] = std::filesystem::is_directory(place.path(name)) ? "a folder" : place.read(name);
  }
  return found;
}

class Cancel : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(workplace.path("tmp")); }

  void draw(const std::vector<std::string>& what) {
    std::vector<std::string> arguments{"simulate"};
    arguments.insert(arguments.end(), what.begin(), what.end());
    const auto drawn = workplace.run(arguments);
    ASSERT_EQ(drawn.status, 0) << drawn.err;
  }

  /// Stops a command after each of these times. One that comes too late is not judged: the command has ended, or had
  /// done its last step when the signal came.
  void stops(const std::vector<std::string>& arguments, const std::vector<Milliseconds>& moments, int signal = SIGINT) {
    const auto before = contents(workplace);
    std::size_t judged = 0;
    for (const auto moment : moments) {
      SCOPED_TRACE(std::to_string(moment.count()) + " ms");
      Running running(workplace, arguments);
      running.wait_for_handler(signal);
      std::this_thread::sleep_for(moment);
      if (running.ended()) break;
      const auto asked = Clock::now();
      running.send(signal);
      const int status = running.status_within(kSoon + kSlack);
      if (status == 0) break;
      ++judged;
      EXPECT_EQ(status, kStopped);
      const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - asked);
      RecordProperty("after_" + std::to_string(moment.count()) + "_ms", std::to_string(took.count()));
      EXPECT_EQ(contents(workplace), before);
    }
    EXPECT_GE(judged, 2U) << "too little work to be interrupted";
  }

  Workplace workplace;
};

const std::vector<Milliseconds> kMoments{30ms, 120ms, 300ms, 600ms};

TEST_F(Cancel, AnAnalysisKeepsItsOldOutputs) {
  draw({"wide", "--rows", "200000", "-o", "log.parquet"});
  for (const char* name : {"r.html", "a.json", "s.json"}) workplace.write(name, "old");
  stops({"analyze", "log.parquet", "-o", "r.html", "--json", "a.json", "--save-slices", "s.json", "--plots", "p",
         "--export-cases", "cases"},
        kMoments);
  stops({"slices", "log.parquet"}, kMoments, SIGTERM);
  stops({"compare", "log.parquet", "log.parquet", "--json", "a.json"}, kMoments, SIGHUP);
}

TEST_F(Cancel, AnAnalysisUnwindsWhereverItIs) {
  draw({"credit", "--rows", "40000", "-o", "log.parquet"});
  const std::vector<std::string> analyze{"analyze", "log.parquet", "--json", "a.json"};
  const auto begun = Clock::now();
  ASSERT_EQ(workplace.run(analyze).status, 0);
  const auto whole = std::chrono::duration_cast<Milliseconds>(Clock::now() - begun);
  std::vector<Milliseconds> moments;
  for (int part = 1; part < 12; ++part) moments.push_back(whole * part / 12);
  stops(analyze, moments);
}

TEST_F(Cancel, AReplayKeepsItsOldOutputs) {
  draw({"stream", "--rows", "60000", "-o", "log.csv"});
  for (const char* name : {"r.html", "d.csv", "memory"}) workplace.write(name, "old");
  stops({"replay", "log.csv", "-o", "r.html", "--out", "d.csv", "--save-memory", "memory"}, kMoments);
}

TEST_F(Cancel, ASimulationLeavesNoLog) {
  workplace.write("x.csv", "old");
  stops({"simulate", "stream", "--rows", "1500000", "-o", "x.csv"}, kMoments);
  stops({"simulate", "wide", "--rows", "1500000", "-o", "y.parquet"}, kMoments);
}

TEST_F(Cancel, AReplayOfStandardInputWaitsNoLonger) {
  const auto before = contents(workplace);
  for (const std::string& said : {std::string(), std::string("a,label,prediction\n1,0,1\n")}) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Running running(workplace, {"replay", "-"}, ends[0]);
    ASSERT_EQ(::write(ends[1], said.data(), said.size()), static_cast<ssize_t>(said.size()));
    std::this_thread::sleep_for(300ms);
    EXPECT_FALSE(running.ended());
    running.send(SIGINT);
    EXPECT_EQ(running.status_within(kSoon + kSlack), kStopped);
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_EQ(contents(workplace), before);
  }
}

TEST_F(Cancel, AChecklistLeavesNothingOfTheAllocatorThatItAsks) {
  stops({"checklist", "--allocator", "sleep 1000", "--cache", "tmp", "--modes", "5"}, {700ms, 1200ms, 2000ms});
}

TEST_F(Cancel, ASignalThatIsIgnoredFromTheStartStaysIgnored) {
  Running running(workplace, {"simulate", "planted", "--rows", "100000", "-o", "x.parquet"}, -1, true);
  std::this_thread::sleep_for(50ms);
  running.send(SIGINT);
  EXPECT_EQ(running.status_within(60s), 0);
  EXPECT_TRUE(std::filesystem::exists(workplace.path("x.parquet")));
}

// --- networks

std::vector<std::string> small_pair(const std::vector<std::string>& more) {
  std::vector<std::string> arguments{
      "audit",     "train", "--data",   "digits", "--images",         "1200", "--held-out",       "200",
      "--samples", "1500",  "--epochs", "1",      "--primary-epochs", "2",    "--evidence-seeds", "0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(Cancel, AnInterruptedPairIsTheOldOneAndGoesOnToTheSameNewOne) {
  ASSERT_EQ(workplace.run(small_pair({"-o", "pair"})).status, 0);
  stops(small_pair({"--seed", "1", "-o", "pair"}), {400ms, 900ms, 1500ms, 2200ms, 3000ms});
  ASSERT_EQ(workplace.run(small_pair({"--seed", "1", "-o", "pair"})).status, 0);
  ASSERT_EQ(workplace.run(small_pair({"--seed", "1", "-o", "anew"})).status, 0);
  for (const char* name : {"primary.pt", "auditor.pt", "latents.npz"})
    EXPECT_EQ(workplace.read(std::string("pair/") + name), workplace.read(std::string("anew/") + name)) << name;
  stops({"audit", "capture", "pair/primary.pt", "--images", "1200", "--samples", "30000", "-o", "log.parquet"},
        {400ms, 800ms, 1500ms});
  ASSERT_EQ(
      workplace.run({"audit", "capture", "pair/primary.pt", "--images", "1200", "--samples", "6000", "-o", "log.npz"})
          .status,
      0);
  workplace.write("fitted.pt", "old");
  stops({"audit", "fit", "log.npz", "-o", "fitted.pt", "--report", "fit.html"}, {400ms, 900ms, 1500ms, 2500ms});
}

}  // namespace
}  // namespace errata::e2e
