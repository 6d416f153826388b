// `errata checklist --model` and `--log` as a user calls them: a small classifier of drawn digits, a log of text, gates
// by flag and by errata.toml; then what is wrong with models, images, logs and gates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "e2e/command.h"
#include "errata/image/picture.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

/// One trained classifier for all tests: audit/primary.pt.
class ClassifierChecklist : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared = new Workplace;
    trained = shared->run({"audit", "train", "--data", "digits", "--images", "1800", "--held-out", "300", "--samples",
                           "500", "--epochs", "1", "--primary-epochs", "2", "--no-baselines", "--evidence-seeds", "0",
                           "-o", "audit"});
    shared->write("log.csv", log_text());
  }
  static void TearDownTestSuite() {
    delete shared;
    shared = nullptr;
  }
  void SetUp() override { ASSERT_EQ(trained.status, 0) << trained.err; }

  /// Two cameras of 300 cases, clean and at two severities, one answer in ten wrong at severity 2.
  static std::string log_text() {
    std::string text = "camera,at,level,day,label,prediction,score\n";
    for (int i = 0; i < 600; ++i) {
      const int level = i % 3, label = i / 100 % 2;
      const bool wrong = level == 2 && i / 3 % 10 == 0;
      text += (i % 2 == 0 ? "a," : "b,") + std::to_string(i) + "," + std::to_string(level) + "," +
              std::to_string(i % 7) + "," + std::to_string(label) + "," + std::to_string(wrong ? 1 - label : label) +
              "," + (label == 1 ? "0.9" : "0.1") + "\n";
    }
    return text;
  }
  static Outcome check(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"checklist", "--model", "audit/primary.pt", "--images", "1800", "--sample",
                                         "60", "--sequences", "20", "--frames", "6", "--foreign-sample", "20"});
    return shared->run(arguments);
  }
  static void refuses(const std::vector<std::string>& arguments, int status, const std::vector<std::string>& words) {
    const auto before = shared->names();
    const auto outcome = shared->run(arguments);
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    for (const auto& word : words) EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(shared->names(), before);
  }
  static Json figure_of(const Json& made, const std::string& check, const std::string& name) {
    for (const Json& one : made["checks"])
      for (const Json& figure : one["figures"])
        if (one["name"] == check && figure["name"] == name) return figure;
    ADD_FAILURE() << check << ", " << name;
    return {};
  }

  static inline Workplace* shared = nullptr;
  static inline Outcome trained;
};

TEST_F(ClassifierChecklist, EveryCheckOfAModelIsMeasured) {
  const auto outcome =
      check({"--earlier", "audit/primary.pt", "--json", "made.json", "--report", "made.html", "--cases", "cases.csv"});
  EXPECT_LE(outcome.status, 1) << outcome.err;
  EXPECT_LE(longest_line(outcome.out), 80U);
  const Json made = Json::parse(shared->read("made.json"));
  EXPECT_EQ(made["passed"], outcome.status == 0);
  for (const Json& one : made["checks"]) EXPECT_NE(one["verdict"], "not_measured") << one["name"];
  EXPECT_EQ(figure_of(made, "retention", "negative flips")["value"], 0) << "it is its own earlier model";
  EXPECT_EQ(made["foreign"].size(), 3U) << "letters, since its classes are digits";
  EXPECT_THAT(shared->read("made.html"), HasSubstr("id=\"stability\""));
  const auto again =
      shared->run({"checklist", "--log", "cases.csv", "--where", "\"check\" = 'sweep'", "--severity", "severity",
                   "--by", "corruption", "--ignore", "id,frame,check", "--json", "log.json"});
  EXPECT_LE(again.status, 1) << again.err;
  const Json of_log = Json::parse(shared->read("log.json"));
  for (const char* name : {"retained", "mean error"})
    EXPECT_NEAR(figure_of(of_log, "corruption", name)["value"].get<double>(),
                figure_of(made, "corruption", name)["value"].get<double>(), 1e-6)
        << name;
}

TEST_F(ClassifierChecklist, TheSameSeedGivesTheSameOnAnyNumberOfThreads) {
  const auto one = check({"--json", "--threads", "1"}), two = check({"--json", "--threads", "2"});
  EXPECT_EQ(one.out, two.out);
  EXPECT_NE(check({"--json", "--seed", "2"}).out, one.out);
}

TEST_F(ClassifierChecklist, GatesComeByFlagAndFromTheFile) {
  EXPECT_EQ(check({"--checks", "calibration", "--max-ece", "1"}).status, 0);
  EXPECT_EQ(check({"--checks", "calibration", "--max-ece", "0"}).status, 1);
  shared->write("gates.toml", "[checklist]\nmax-ece = 0.0\n[analyze]\ntop = 3\n");
  const auto failing = check({"--checks", "calibration", "--config", "gates.toml"});
  EXPECT_EQ(failing.status, 1) << failing.err;
  EXPECT_THAT(failing.out, HasSubstr("≤ 0"));
  EXPECT_EQ(shared->run({"schema", "log.csv", "--config", "gates.toml"}).status, 0)
      << "[checklist] is of another program";
  shared->write("gates.toml", "[checklist]\nmax-eec = 0.1\n");
  refuses({"checklist", "--log", "log.csv", "--config", "gates.toml"}, kData,
          {"gates.toml", "line 2", "max-eec", "did you mean 'max-ece'"});
}

TEST_F(ClassifierChecklist, ALogTellsWhatItCan) {
  const auto outcome = shared->run({"checklist", "--log", "log.csv", "--severity", "level", "--stream", "camera",
                                    "--time", "at", "--earlier", "log.csv", "--json"});
  const Json made = Json::parse(outcome.out);
  EXPECT_EQ(figure_of(made, "corruption", "mean error")["value"].get<double>(), .05) << "0 and a tenth";
  EXPECT_EQ(figure_of(made, "retention", "negative flips")["value"], 0);
  EXPECT_EQ(figure_of(made, "stability", "flip rate")["cases"].get<int>(), 588) << "598 pairs, 10 with another label";
  EXPECT_EQ(made["checks"][2]["why_not_measured"], "no_pictures");
}

TEST_F(ClassifierChecklist, WhatIsNotMeasuredIsNoPass) {
  const auto bare = shared->run({"checklist", "--log", "log.csv"});
  EXPECT_EQ(bare.status, 0) << bare.out << bare.err;
  EXPECT_THAT(bare.out, HasSubstr("not measured"));
  const auto named = shared->run({"checklist", "--log", "log.csv", "--checks", "slices,retention"});
  EXPECT_EQ(named.status, 1);
  EXPECT_THAT(named.out, HasSubstr("--earlier names it"));
}

TEST_F(ClassifierChecklist, WrongFlagsAreRefusedByName) {
  refuses({"checklist", "--log", "log.csv", "--max-ece", "1.5"}, kUsage, {"max-ece 1.5", "[0, 1]"});
  refuses({"checklist", "--log", "log.csv", "--max-ece", "nan"}, kUsage, {"max-ece"});
  refuses({"checklist", "--log", "log.csv", "--checks", "speed"}, kUsage, {"'speed'", "retention"});
  refuses({"checklist", "--log", "log.csv", "--severity", "no"}, kUsage, {"no"});
  refuses({"checklist", "--log", "log.csv", "--cases", "c.csv"}, kUsage, {"--cases"});
  refuses({"checklist", "--log", "log.csv", "--model", "audit/primary.pt"}, kUsage, {"--model"});
  refuses({"checklist", "--model", "audit/primary.pt", "--modes", "1"}, kUsage, {"--modes"});
  refuses({"checklist", "--log", "log.csv", "--allocator", "true"}, kUsage, {"--allocator"});
  refuses({"checklist", "--model", "audit/primary.pt", "--corruptions", "rain"}, kUsage, {"'rain'", "fog"});
  refuses({"checklist", "--model", "audit/primary.pt", "--sample", "1"}, kUsage, {"sample 1"});
}

TEST_F(ClassifierChecklist, ModelsAndImagesThatDoNotGoTogetherAreRefused) {
  refuses({"checklist", "--model", "none.onnx"}, kData, {"none.onnx"});
  shared->write("bad.onnx", "no model");
  refuses({"checklist", "--model", "bad.onnx"}, kData, {"bad.onnx"});
  refuses({"checklist", "--model", "audit/primary.pt", "--data", "nowhere"}, kUsage, {"nowhere"});
  ASSERT_EQ(
      shared->shell("mkdir -p empty broken/a broken/b && echo no >broken/a/1.png && echo no >broken/b/1.png").status,
      0);
  refuses({"checklist", "--model", "audit/primary.pt", "--data", "empty"}, kData, {"empty"});
  refuses({"checklist", "--model", "audit/primary.pt", "--data", "broken"}, kData, {"1.png"});
  refuses({"checklist", "--model", "audit/primary.pt", "--data", "letters", "--images", "1800"}, kData,
          {"gives 10 numbers an image", "35 classes"});
}

TEST_F(ClassifierChecklist, AModelOfOneOutputIsOneOfTwoClasses) {
  if (std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-torch is not installed";
  ASSERT_EQ(shared->shell("mkdir -p pictures/dark pictures/light").status, 0);
  for (std::size_t i = 0; i < 120; ++i) {
    const bool light = i % 2 == 1;
    image::Picture picture{.height = 12, .width = 12, .channels = 1, .bytes = std::vector<std::uint8_t>(144)};
    for (std::size_t p = 0; p < 144; ++p)
      picture.bytes[p] = static_cast<std::uint8_t>((light ? 160 : 40) + (i * 31 + p * 17) % 50);
    ASSERT_TRUE(image::write_png(
        shared->path(std::string("pictures/") + (light ? "light/" : "dark/") + std::to_string(i) + ".png"), picture));
  }
  shared->write("export.py", R"(
import torch
class Net(torch.nn.Module):
    def __init__(self, share: bool):
        super().__init__()
        self.pool = torch.nn.AdaptiveAvgPool2d(1)
        self.share = share
    def forward(self, x):
        z = self.pool(x).flatten(1) * 4
        return torch.sigmoid(z) if self.share else z.squeeze(1)
torch.jit.script(Net(True)).save('share.pt')
torch.jit.script(Net(False)).save('logit.pt')
)");
  ASSERT_EQ(shared->shell("/usr/bin/python3 export.py").status, 0);
  for (const auto& [model, words] :
       {std::pair("share.pt", "one probability a case: taken as that of light, and 1 minus it for dark"),
        std::pair("logit.pt", "one logit a case: taken as that of light, with 0 for dark")}) {
    const auto outcome = shared->run({"audit", "capture", model, "--data", "pictures", "--layers", "pool", "--samples",
                                      "40", "-o", std::string(model) + ".jsonl"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr("of light"));
    std::istringstream lines(shared->read(std::string(model) + ".jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const Json one = Json::parse(line);
      if (one["corruption"] == "none") {
        EXPECT_EQ(one["prediction"], one["label"]);
      }
      EXPECT_EQ(one["logits"].size(), 2U);
      EXPECT_GE(one["confidence"].get<double>(), .5);
    }
    const auto checked =
        shared->run({"checklist", "--model", model, "--data", "pictures", "--checks", "corruption,calibration",
                     "--corruptions", "noise", "--sample", "10", "--report", std::string(model) + ".html", "--json"});
    EXPECT_LE(checked.status, 1) << checked.err;
    EXPECT_THAT(shared->read(std::string(model) + ".html"), HasSubstr(words));
  }
  refuses({"checklist", "--model", "share.pt", "--images", "1800"}, kData, {"gives 1 numbers an image", "10 classes"});
}

TEST_F(ClassifierChecklist, ALogWithoutLabelsIsRefused) {
  shared->write("bare.csv", "x,prediction\n1,a\n2,b\n");
  refuses({"checklist", "--log", "bare.csv"}, kUsage, {"label"});
}

}  // namespace
}  // namespace errata::e2e
