// `errata audit` as a user calls it: a tiny pair trained on drawn digits, its inside captured as a log, auditors fitted
// and asked, and what they say taken on by a replay; then everything that can be wrong with models, logs and arrays.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

/// One pair and one captured log for all tests: `audit` (primary.pt, auditor.pt) and log.jsonl in a folder.
class Audit : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::setenv("OMP_WAIT_POLICY", "passive", 0);  // idle threads of the linear algebra sleep
    ::setenv("GOMP_SPINCOUNT", "0", 0);
    shared = new Workplace;
    trained = shared->run({"audit", "train", "--data", "digits", "--images", "1800", "--held-out", "300", "--samples",
                           "2000", "--epochs", "2", "--primary-epochs", "2", "--no-baselines", "-o", "audit"});
    captured = shared->run({"audit", "capture", "audit/primary.pt", "--images", "1800", "--samples", "900",
                            "--probability", "0.9", "--chain", "2", "-o", "log.jsonl"});
  }
  static void TearDownTestSuite() {
    delete shared;
    shared = nullptr;
  }
  void SetUp() override {
    ASSERT_EQ(trained.status, 0) << trained.err;
    ASSERT_EQ(captured.status, 0) << captured.err;
  }

  static std::vector<Json> lines_of(const std::string& name) {
    std::vector<Json> lines;
    std::istringstream text(shared->read(name));
    for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
    return lines;
  }
  /// Runs and expects a status and words on standard error, and no file more than before.
  static void refuses(const std::vector<std::string>& arguments, int status, const std::vector<std::string>& words) {
    const auto before = shared->names();
    std::vector<std::string> all{"audit"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto outcome = shared->run(all);
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    for (const auto& word : words) EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(shared->names(), before);
  }
  static void writes(const std::vector<std::string>& arguments) {
    const auto outcome = shared->run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }

  static inline Workplace* shared = nullptr;
  static inline Outcome trained, captured;
};

/// Lines of JSON with latents [3], logits [2], and the failures that `fails` says.
std::string log_lines(std::size_t cases, bool (*fails)(std::size_t i, double x)) {
  std::string text;
  std::mt19937 bits(7);
  for (std::size_t i = 0; i < cases; ++i) {
    const double x = static_cast<double>(bits() >> 5U) / 134'217'728.0;
    const int predicted = static_cast<int>(i % 2), label = fails(i, x) ? 1 - predicted : predicted;
    std::ostringstream line;
    line << R"({"label":)" << label << R"(,"prediction":)" << predicted << R"(,"latents":[)" << x << "," << 1 - x << ","
         << predicted << R"(],"logits":[)" << 1 - predicted << "," << predicted << "]}\n";
    text += line.str();
  }
  return text;
}

/// "h,logit_a,logit_b,prediction,label": a case fails where h is large.
std::string classes_csv(std::size_t cases, const std::string& columns, const std::string& label) {
  std::string text = columns + "\n";
  std::mt19937 bits(3);
  for (std::size_t i = 0; i < cases; ++i) {
    const double h = static_cast<double>(bits() >> 5U) / 134'217'728.0;
    const bool b = i % 2 == 0, failed = h + .2 * (static_cast<double>(i % 7) - 3) > .8;
    std::ostringstream line;
    line << h << "," << (b ? -2 : 2) << "," << (b ? 2 : -2);
    if (columns.find("prediction") != std::string::npos) line << "," << (b ? "b" : "a");
    if (columns.find("label") != std::string::npos) line << "," << (label.empty() ? (b != failed ? "b" : "a") : label);
    text += line.str() + "\n";
  }
  return text;
}

TEST_F(Audit, ALogIsScoredBeforeItsLabelsAreKnown) {
  const std::string full = "h,l_a,l_b,prediction,label";
  shared->write("full.csv", classes_csv(400, full, ""));
  writes({"audit", "fit", "full.csv", "--latent", "h", "--logits", "l_*", "--epochs", "2", "--no-baselines",
          "--evidence-seeds", "0", "-o", "abc.pt"});
  std::string told;
  const auto risks = [&](const std::string& name, const std::string& columns, const std::string& label) {
    shared->write(name, classes_csv(400, columns, label));
    const auto outcome = shared->run({"audit", "score", name, "--auditor", "abc.pt", "-o", "out_" + name});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    told = outcome.out;
    std::string column;
    std::istringstream lines(shared->read("out_" + name));
    for (std::string line; std::getline(lines, line);) column += line.substr(line.rfind(',')) + "\n";
    return column;
  };
  const std::string known = risks("all.csv", full, "");
  EXPECT_THAT(told, AllOf(HasSubstr("AUROC"), HasSubstr("sgr at 0.05: accepts ")));
  EXPECT_EQ(risks("no_label.csv", "h,l_a,l_b,prediction", ""), known);
  EXPECT_THAT(
      told, AllOf(HasSubstr("No outcome is known yet"), HasSubstr("sgr at 0.05: accepts "), HasSubstr("auditor_risk")));
  EXPECT_EQ(risks("no_prediction.csv", "h,l_a,l_b", ""), known);  // it is the class of the largest logit
  EXPECT_EQ(risks("unseen.csv", full, "c"), known);               // every case is a failure then
}

TEST_F(Audit, ALogOfFailuresAloneIsScored) {
  std::string text = "h,bad\n";
  for (int i = 0; i < 120; ++i) text += std::to_string(i % 10) + (i % 10 > 6 ? ",1\n" : ",0\n");
  shared->write("failures.csv", text);
  writes({"audit", "fit", "failures.csv", "--latent", "h", "--failure", "bad=1", "--epochs", "2", "--no-baselines",
          "--evidence-seeds", "0", "-o", "failures.pt"});
  writes({"audit", "score", "failures.csv", "--auditor", "failures.pt", "--failure", "bad=1", "-o", "scored.csv"});
}

TEST_F(Audit, ACapturedLogHoldsWhatTheModelComputed) {
  EXPECT_THAT(captured.out,
              AllOf(HasSubstr("900 cases of the test images of digits"), HasSubstr("from the model's file"),
                    HasSubstr("conv1_grid4[512]"), HasSubstr("hidden[128]")));
  const auto lines = lines_of("log.jsonl");
  ASSERT_EQ(lines.size(), 900U);
  std::size_t chains = 0, clean = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json& line = lines[i];
    ASSERT_EQ(line["time"], i);
    ASSERT_LT(line["id"], 300);
    ASSERT_EQ(line["hidden"].size(), 128U);
    ASSERT_EQ(line["conv1_max"].size(), 32U);
    const std::vector<double> logits = line["logits"];
    ASSERT_EQ(logits.size(), 10U);
    const auto top = std::ranges::max_element(logits);
    ASSERT_EQ(line["prediction"], std::to_string(top - logits.begin()));
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit - *top);
    ASSERT_NEAR(line["confidence"].get<double>(), 1 / sum, 1e-9);
    const std::string corruption = line["corruption"];
    if (corruption.find('+') != std::string::npos) ++chains;
    if (corruption != "none") continue;
    ++clean;
    ASSERT_EQ(line["severity"], 0);
  }
  EXPECT_NEAR(static_cast<double>(clean) / 900, .1, .04);
  EXPECT_NEAR(static_cast<double>(chains) / 900, .45, .06);
}

TEST_F(Audit, ATrainingLeavesItsLatentsAndNoCheckpoints) {
  writes({"audit", "score", "audit/latents.npz", "--auditor", "audit/auditor.pt", "-o", "risks.npz"});
  writes({"audit", "fit", "audit/latents.npz", "--epochs", "1", "--no-baselines", "-o", "of_latents.pt"});
  for (const auto& entry : std::filesystem::directory_iterator(shared->path("audit")))
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("checkpoint")));
  // Another training in the same folder begins anew: with controls, and without some corruptions.
  const std::vector<std::string> small{"audit",
                                       "train",
                                       "--data",
                                       "digits",
                                       "--images",
                                       "600",
                                       "--held-out",
                                       "100",
                                       "--samples",
                                       "300",
                                       "--epochs",
                                       "1",
                                       "--primary-epochs",
                                       "1",
                                       "--no-baselines",
                                       "-q",
                                       "-o",
                                       "audit-anew",
                                       "--out-of-fold",
                                       "--leave-one-out=fog,erase"};
  for (const char* seed : {"9", "10"}) {
    auto arguments = small;
    arguments.insert(arguments.end(), {"--seed", seed});
    writes(arguments);
  }
  const Json metrics = Json::parse(shared->read("audit-anew/metrics.json"));
  ASSERT_EQ(metrics["left_out"].size(), 2U);
  EXPECT_EQ(metrics["left_out"][0]["group"], "fog");
  EXPECT_EQ(metrics["left_out"][1]["group"], "erase");
  EXPECT_EQ(metrics["subject"]["seed"], 10);
  EXPECT_THAT(metrics["subject"]["split"].get<std::string>(),
              HasSubstr("200 images train the network, 200 others its auditor, 100 calibrate, 100 test"));
  refuses({"train", "--data", "digits", "--leave-one-out=fog,smog", "-o", "audit-none"}, kUsage,
          {"--leave-one-out=fog,smog", "'smog'", "rotate"});
}

TEST_F(Audit, TheSameSeedWritesTheSameLog) {
  for (const char* place : {"a.jsonl", "b.jsonl"})
    writes({"audit", "capture", "audit/primary.pt", "--images", "600", "--layers", "conv2:sd,hidden", "--mix",
            "fog,noise", "--seed", "5", "-o", place});
  EXPECT_EQ(shared->read("a.jsonl"), shared->read("b.jsonl"));
  for (const Json& line : lines_of("a.jsonl"))
    EXPECT_THAT(line["corruption"].get<std::string>(), AnyOf("none", "fog", "noise"));
}

TEST_F(Audit, FromCaptureToFitToScoreToReplay) {
  writes({"audit", "fit", "log.jsonl", "--latent", "conv1_max,hidden", "--logits", "logits", "--by", "corruption",
          "--epochs", "3", "--no-baselines", "-o", "fitted.pt"});
  writes({"audit", "score", "log.jsonl", "--auditor", "fitted.pt", "-o", "scored.jsonl"});
  const auto scored = lines_of("scored.jsonl");
  ASSERT_EQ(scored.size(), 900U);
  for (const Json& line : scored) {
    EXPECT_GE(line["auditor_risk"], 0);
    EXPECT_LE(line["auditor_risk"], 1);
  }
  const auto replay = shared->run(
      {"replay", "scored.jsonl", "--embedding", "hidden", "--auditor", "auditor_risk", "--warm-up", "200", "--json"});
  ASSERT_EQ(replay.status, 0) << replay.err;
  const Json json = Json::parse(replay.out);
  EXPECT_EQ(json["rows"], 900);
  ASSERT_TRUE(json["scores"].contains("auditor"));
  EXPECT_LT(json["scores"]["auditor"]["aurc"], json["failure_rate"]);
}

TEST_F(Audit, TheComparisonHoldsEveryDetector) {
  writes({"audit", "fit", "log.jsonl", "--latent", "hidden", "--logits", "logits", "--by", "corruption", "--epochs",
          "1", "--json", "compared.json", "-o", "compared.pt"});
  const Json metrics = Json::parse(shared->read("compared.json"));
  std::vector<std::string> names;
  for (const auto& [name, figures] : metrics["sets"][0]["detectors"].items()) {
    names.push_back(name);
    EXPECT_TRUE(figures["auroc"]["value"].is_number()) << name;
  }
  EXPECT_THAT(names, IsSupersetOf({"auditor", "msp", "knn", "mahalanobis_relative", "vim", "trust_score", "rel_u",
                                   "failure_head", "energy_head", "rank_mean", "stack"}));
}

TEST_F(Audit, ThePairsAuditorReadsACapturedLogByItself) {
  for (const char* log : {"whole.parquet", "whole.csv", "whole.npz"}) {
    SCOPED_TRACE(log);
    writes({"audit", "capture", "audit/primary.pt", "--images", "1800", "-o", log});
    const std::string scored = std::string("scored_") + log;
    const auto outcome = shared->run({"audit", "score", log, "--auditor", "audit/auditor.pt", "-o", scored});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("300 cases scored"), HasSubstr("AUROC")));
  }
}

TEST_F(Audit, ACaptureCanBePipedIntoAReplay) {
  const auto outcome = shared->shell(
      "\"$ERRATA\" audit capture audit/primary.pt --images 1800 --layers hidden -q -o - | "
      "\"$ERRATA\" replay - --embedding hidden --json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["rows"], 300);
  const auto nothing = shared->shell("\"$ERRATA\" replay - </dev/null");
  EXPECT_EQ(nothing.status, kData);
  EXPECT_THAT(nothing.err, HasSubstr("standard input is empty"));
}

TEST_F(Audit, ASnapshotIsAConfidentFailureThatTheAuditorFlags) {
  const auto outcome = shared->run({"audit", "snapshot", "--model", "audit/primary.pt", "--auditor", "audit/auditor.pt",
                                    "--images", "1800", "-o", "snapshot.png"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("the truth is"), HasSubstr("likely to be wrong"), HasSubstr("snapshot.png")));
  EXPECT_EQ(shared->read("snapshot.png").substr(1, 3), "PNG");
  refuses({"snapshot", "--model", "audit/primary.pt", "--auditor", "audit/auditor.pt", "-o", "snapshot.jpg"}, kUsage,
          {"snapshot.jpg", ".png"});
}

TEST_F(Audit, PythonComputesTheSameRisks) {
  if (std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-torch is not installed";
  writes({"audit", "score", "log.jsonl", "--auditor", "audit/auditor.pt", "-o", "risks.jsonl"});
  shared->write("check.py", R"(
import json, torch
model = torch.jit.load('audit/auditor.pt')
rows = [json.loads(line) for line in open('risks.jsonl')]
blocks = ['conv1', 'conv2', 'hidden'] + [c + p for c in ('conv1', 'conv2') for p in ('_max', '_sd', '_grid4')] + ['logits']
columns = torch.tensor([sum((row[block] for block in blocks), []) for row in rows])
risks = model(columns, torch.tensor([int(row['prediction']) for row in rows]))
away = (risks - torch.tensor([row['auditor_risk'] for row in rows])).abs().max().item()
print(len(rows), 'rows,', away)
assert away < 1e-4, away
torch.manual_seed(0)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(inplace=True))
        self.head = torch.nn.Linear(4 * 26 * 26, 10)
    def forward(self, x):
        return self.head(self.features(x).flatten(1))
torch.jit.script(Net()).save('foreign.pt')
)");
  const auto outcome = shared->shell("/usr/bin/python3 check.py");
  ASSERT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_THAT(shared->run({"audit", "capture", "foreign.pt", "--list-layers"}).out, HasSubstr("features.1\n"));
  refuses({"capture", "foreign.pt", "--images", "600", "-o", "x.jsonl"}, kUsage, {"foreign.pt", "features.0", "head"});
  refuses({"capture", "foreign.pt", "--layers", "head", "--no-untrusted", "-o", "x.jsonl"}, kData,
          {"foreign.pt", "not written by Errata and is no ONNX model"});
  const auto capture =
      shared->run({"audit", "capture", "foreign.pt", "--images", "600", "--layers", "features.1:grid2,head", "--mean",
                   "0.1307", "--sd", "0.3081", "-o", "foreign.parquet"});
  EXPECT_EQ(capture.status, 0) << capture.err;
  EXPECT_THAT(capture.out, AllOf(HasSubstr("features.1_grid2[16]"), HasSubstr("from --mean and --sd")));
}

/// Numbers of a row: logits and latents.
std::vector<double> numbers_of(const Json& row) {
  std::vector<double> numbers{row["confidence"].get<double>()};
  for (const char* const column : {"logits", "features.1_grid2", "head"})
    for (const auto& value : row[column]) numbers.push_back(value.get<double>());
  return numbers;
}

TEST_F(Audit, AnOnnxModelGivesTheLogOfItsTorchScriptModel) {
  if (std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-torch is not installed";
  shared->write("export.py", R"(
import torch
torch.manual_seed(0)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(inplace=True))
        self.head = torch.nn.Linear(4 * 26 * 26, 10)
    def forward(self, x):
        return self.head(self.features(x).flatten(1))
net = Net().eval()
torch.jit.script(net).save('net.pt')
torch.onnx.export(net, torch.zeros(1, 1, 28, 28), 'net.onnx', input_names=['images'], output_names=['logits'],
                  dynamic_axes={'images': {0: 'n'}, 'logits': {0: 'n'}})
)");
  ASSERT_EQ(shared->shell("/usr/bin/python3 export.py").status, 0);
  const std::vector<std::string> flags{"--images",       "600",    "--layers",  "features.1:grid2,head",
                                       "--mix",          "rotate", "--samples", "150",
                                       "--no-untrusted", "-q",     "-o"};
  std::vector<std::vector<double>> logs;
  for (const char* const model : {"net.pt", "net.onnx"}) {
    std::vector<std::string> command{"audit", "capture", model};
    command.insert(command.end(), flags.begin(), flags.end());
    if (model == std::string("net.pt")) std::erase(command, "--no-untrusted");
    command.push_back(std::string(model) + ".jsonl");
    const auto outcome = shared->run(command);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    std::istringstream lines(shared->read(command.back()));
    std::vector<double> all;
    for (std::string line; std::getline(lines, line);)
      for (const double number : numbers_of(Json::parse(line))) all.push_back(number);
    logs.push_back(std::move(all));
  }
  ASSERT_EQ(logs[0].size(), 150U * (1 + 10 + 16 + 10));
  EXPECT_THAT(logs[1], testing::Pointwise(testing::DoubleNear(1e-4), logs[0]));
  EXPECT_THAT(shared->run({"audit", "capture", "net.onnx", "--list-layers"}).out,
              AllOf(HasSubstr("features.1\n"), HasSubstr("/features/features.0/Conv_output_0\n")));
  refuses({"capture", "net.onnx", "--layers", "haed", "-o", "x.jsonl"}, kData,
          {"net.onnx: layer haed does not exist; the layers, nearest names first, are head, "});
  refuses({"capture", "net.onnx", "-o", "x.jsonl"}, kUsage,
          {"net.onnx: name the layers to capture; there are features"});
}

TEST_F(Audit, WhatCannotBeCapturedIsToldWithWhatCan) {
  const std::string model = "audit/primary.pt";
  refuses({"capture", model, "--images", "600", "--layers", "conv1,conv9", "-o", "x.jsonl"}, kData,
          {"conv9", "conv1, conv2, hidden"});
  refuses({"capture", model, "--images", "600", "--layers", "conv1:median", "-o", "x.jsonl"}, kUsage,
          {"conv1:median", "mean, max, sd, gridN, flat"});
  refuses({"capture", model, "--images", "600", "--layers", "hidden,hidden:max,hidden", "-o", "x.jsonl"}, kUsage,
          {"two columns", "hidden"});
  refuses({"capture", model, "--mix", "fog,smog", "-o", "x.jsonl"}, kUsage, {"smog", "fog", "rotate"});
  refuses({"capture", model, "--probability", "1.5", "-o", "x.jsonl"}, kUsage, {"1.5", "[0, 1]"});
  refuses({"capture", model, "--partial", "-1", "-o", "x.jsonl"}, kUsage, {"partial -1", "[0, 1]"});
  refuses({"capture", model, "--chain", "0", "-o", "x.jsonl"}, kUsage, {"chain 0", "1 … 8"});
  refuses({"capture", model, "--part", "both", "-o", "x.jsonl"}, kUsage, {"both", "test, train"});
  refuses({"capture", model, "--mean", "0.1", "-o", "x.jsonl"}, kUsage, {"mean and sd", "1 and 0"});
  refuses({"capture", model, "--mean", "0.1,0.2", "--sd", "0.3,0", "-o", "x.jsonl"}, kUsage, {"sd 0 is not above 0"});
  refuses({"capture", model, "--images", "600", "--mean", "0.1", "--sd", "0.3", "-o", "x.jsonl"}, kUsage,
          {"primary.pt", "its own mean and sd"});
  refuses({"capture", model}, kUsage, {"--output"});
  refuses({"capture", model, "--images", "600", "-o", "log.xlsx"}, kUsage, {"log.xlsx"});
  refuses({"capture", model, "--data", "no-such-set", "-o", "x.jsonl"}, kUsage, {"no-such-set"});
  const auto layers = shared->run({"audit", "capture", model, "--list-layers"});
  EXPECT_EQ(layers.out, "conv1\nconv2\nhidden\n");
  const auto help = shared->run({"audit", "capture", "--help"});
  EXPECT_THAT(help.out, HasSubstr("its code runs"));
}

TEST_F(Audit, AFileThatIsNoModelIsNamed) {
  ASSERT_EQ(shared
                ->shell("head -c 5000 audit/primary.pt > cut.pt; head -c 5000 audit/auditor.pt > half.pt; "
                        "echo no model > text.pt")
                .status,
            0);
  refuses({"capture", "none.pt", "-o", "x.jsonl"}, kData, {"none.pt"});
  refuses({"capture", "cut.pt", "-o", "x.jsonl"}, kData, {"cut.pt"});
  refuses({"capture", "text.pt", "-o", "x.jsonl"}, kData, {"text.pt"});
  refuses({"capture", "text.pt", "--no-untrusted", "-o", "x.jsonl"}, kData, {"text.pt"});
  refuses({"capture", "audit/auditor.pt", "-o", "x.jsonl"}, kData, {"auditor.pt", "errata.auditor"});
  refuses({"score", "log.jsonl", "--auditor", "half.pt", "-o", "x.jsonl"}, kData, {"half.pt"});
  refuses({"score", "log.jsonl", "--auditor", "audit/primary.pt", "-o", "x.jsonl"}, kData,
          {"primary.pt", "errata.classifier"});
  refuses({"snapshot", "--model", "audit/auditor.pt", "--auditor", "audit/auditor.pt", "-o", "x.png"}, kData,
          {"errata.auditor"});
}

TEST_F(Audit, LatentsOfAnotherWidthOrNotFiniteAreTold) {
  refuses({"score", "log.jsonl", "--auditor", "audit/auditor.pt", "--latent", "hidden", "-o", "x.jsonl"}, kData,
          {"latents a case, these cases have 128"});
  shared->write("nan.jsonl", log_lines(100, [](std::size_t, double x) { return x > .7; }) +
                                 R"({"label":0,"prediction":1,"latents":[1,null,0],"logits":[0,1]})" + "\n");
  refuses({"fit", "nan.jsonl", "--latent", "latents", "--logits", "logits", "-o", "x.pt"}, kData,
          {"nan.jsonl", "latents", "101"});
  refuses({"fit", "log.jsonl", "--latent", "no_such", "-o", "x.pt"}, kUsage, {"no_such"});
}

TEST_F(Audit, WithoutFailuresOrSuccessesThereIsNothingToLearn) {
  shared->write("right.jsonl", log_lines(200, [](std::size_t, double) { return false; }));
  shared->write("wrong.jsonl", log_lines(200, [](std::size_t, double) { return true; }));
  std::string single;
  for (int i = 0; i < 200; ++i) single += R"({"label":0,"prediction":0,"latents":[1,)" + std::to_string(i) + "]}\n";
  shared->write("single.jsonl", single);
  shared->write("rare.jsonl", log_lines(300, [](std::size_t i, double) { return i % 100 == 0; }));
  for (const char* log : {"right.jsonl", "wrong.jsonl", "single.jsonl", "rare.jsonl"}) {
    SCOPED_TRACE(log);
    const char* why = log == std::string("rare.jsonl") ? "at least 2 of each outcome are needed" : "nothing to learn";
    refuses({"fit", log, "--latent", "latents", "-o", "x.pt"}, kData, {"x.pt is not written: ", why});
    refuses({"fit", log, "--latent", "latents", "--no-baselines"}, kData, {why});
    const auto kept = shared->run({"audit", "fit", log, "--latent", "latents", "--json"});
    EXPECT_EQ(kept.status, 0) << kept.err;
    const Json audit = Json::parse(kept.out);
    EXPECT_THAT(audit["no_auditor"].get<std::string>(), HasSubstr(why));
    const Json& detectors = audit["sets"][0]["detectors"];
    EXPECT_FALSE(detectors.contains("auditor"));
    ASSERT_TRUE(detectors.contains("knn"));
    EXPECT_TRUE(detectors["knn"]["aurc"]["value"].is_number());
  }
  const auto told = shared->run({"audit", "fit", "rare.jsonl", "--latent", "latents", "--logits", "logits", "-o",
                                 "x.pt", "--report", "kept.html"});
  EXPECT_EQ(told.status, kData);
  EXPECT_THAT(told.out, AllOf(HasSubstr("No auditor: "), HasSubstr("best other")));
  EXPECT_THAT(shared->read("kept.html"), HasSubstr("Detectors without an auditor"));
}

TEST_F(Audit, ThresholdsAreThoseAskedFor) {
  const auto points = [](const std::vector<std::string>& flags) {
    std::vector<std::string> all{"audit",  "fit",      "log.jsonl", "--latent",       "hidden", "--logits",
                                 "logits", "--epochs", "1",         "--no-baselines", "--json"};
    all.insert(all.end(), flags.begin(), flags.end());
    const auto outcome = shared->run(all);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::string text;
    const Json audit = Json::parse(outcome.out);
    for (const Json& point : audit["operating_points"])
      text += point["rule"].get<std::string>() + " " + point["target"].dump() + " " + point["delta"].dump() + "; ";
    return text;
  };
  EXPECT_EQ(points({}), "sgr 0.05 0.05; ltt 0.05 0.05; ");
  EXPECT_EQ(points({"--coverage", "0.8"}), "coverage 0.8 1.0; ");
  EXPECT_EQ(points({"--risk", "0.1,0.2", "--delta", "0.01", "--coverage", "0.5"}),
            "sgr 0.1 0.01; ltt 0.1 0.01; sgr 0.2 0.01; ltt 0.2 0.01; coverage 0.5 1.0; ");
  for (const char* flag : {"--risk", "--delta", "--coverage"})
    refuses({"fit", "log.jsonl", "--latent", "hidden", flag, "1.5"}, kUsage,
            {std::string(flag) + " 1.5 is not in (0, 1)"});
}

TEST_F(Audit, ThePairLearnsFromTheCorruptionsThatAreNamed) {
  const auto sets = [](const std::vector<std::string>& flags) {
    std::vector<std::string> all{"audit",
                                 "train",
                                 "--images",
                                 "1200",
                                 "--held-out",
                                 "200",
                                 "--samples",
                                 "600",
                                 "--epochs",
                                 "1",
                                 "--primary-epochs",
                                 "1",
                                 "--no-baselines",
                                 "--evidence-seeds",
                                 "0",
                                 "-o",
                                 "mixed",
                                 "--json"};
    all.insert(all.end(), flags.begin(), flags.end());
    const auto outcome = shared->run(all);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const Json audit = Json::parse(outcome.out);
    EXPECT_TRUE(audit["evidence"].empty());
    std::string names;
    for (const Json& set : audit["sets"])
      names += set["name"].get<std::string>() + (set["exchangeable"].get<bool>() ? "!; " : "; ");
    return names;
  };
  EXPECT_EQ(sets({"--mix", "source"}), "seen mix!; unseen mix A; unseen mix B; clean; FGSM; PGD; ");
  EXPECT_EQ(sets({"--mix", "rotate,elastic", "--chain", "2"}),
            "held out!; source's mix; unseen mix B; clean; FGSM; PGD; ");
  refuses({"train", "--mix", "smog", "-o", "none"}, kUsage, {"mix 'smog'", "fog"});
  refuses({"train", "--mix", "fog", "--source", "-o", "none"}, kUsage, {"--source"});
}

/// The arrays of an archive, a file each.
TEST_F(Audit, ArraysOfNumpyAreALog) {
  writes({"audit", "capture", "audit/primary.pt", "--images", "1800", "--samples", "900", "--probability", "0.9",
          "--layers", "hidden", "-o", "one.npz"});
  ASSERT_EQ(shared->shell("python3 -m zipfile -e one.npz npy && cd npy && mv latents_hidden.npy latents.npy").status,
            0);
  const std::vector<std::string> files{"npy/latents.npy", "npy/logits.npy", "npy/predictions.npy", "npy/labels.npy"};
  const auto with = [&](std::vector<std::string> before, const std::vector<std::string>& after) {
    before.insert(before.end(), files.begin(), files.end());
    before.insert(before.end(), after.begin(), after.end());
    return before;
  };
  writes(with({"audit", "fit"}, {"--epochs", "2", "--no-baselines", "-q", "-o", "of_files.pt"}));
  writes({"audit", "fit", "one.npz", "--epochs", "2", "--no-baselines", "-q", "-o", "of_archive.pt"});
  writes(with({"audit", "score"}, {"--auditor", "of_files.pt", "-o", "of_files.npy"}));
  writes({"audit", "score", "one.npz", "--auditor", "of_archive.pt", "-o", "of_archive.npy"});
  EXPECT_EQ(shared->read("of_files.npy"), shared->read("of_archive.npy"));

  const auto by = shared->run({"audit", "fit", "one.npz", "--latent", "latents_hidden", "--by", "corruption",
                               "--epochs", "1", "--no-baselines", "--json"});
  ASSERT_EQ(by.status, 0) << by.err;
  EXPECT_THAT(by.out, HasSubstr("held-out cases of "));
  refuses({"fit", "one.npz", "--latent", "hidden"}, kData, {"there is no array hidden", "latents_hidden"});
  refuses({"fit", "one.npz", "npy/labels.npy"}, kUsage, {"one.npz", ".npy files alone"});
  refuses({"fit", "npy/latents.npy", "npy/labels.npy"}, kData, {"there is no array predictions"});
  refuses(
      {"fit", "npy/logits.npy", "npy/latents.npy", "npy/predictions.npy", "npy/labels.npy", "--prediction", "logits"},
      kData, {"array logits has the shape [900, 10], not [900]"});
  refuses({"fit", "one.npz", "--failure", "label = 3"}, kUsage, {"one.npz", "give a table"});
  refuses(with({"score"}, {"--auditor", "of_files.pt", "-o", "x.csv"}), kUsage, {"x.csv", ".npz or .npy"});
}

TEST_F(Audit, ADamagedArrayFileIsNamed) {
  writes({"audit", "capture", "audit/primary.pt", "--images", "600", "--layers", "hidden", "-o", "arrays.npz"});
  ASSERT_EQ(shared->shell("head -c 3000 arrays.npz > cut.npz; : > empty.npz").status, 0);
  for (const char* log : {"cut.npz", "empty.npz", "none.npz"}) {
    refuses({"fit", log, "-o", "x.pt"}, kData, {log});
    refuses({"score", log, "--auditor", "audit/auditor.pt", "-o", "x.npz"}, kData, {log});
  }
  refuses({"capture", "audit/primary.pt", "--data", "cut.npz", "-o", "x.jsonl"}, kData, {"cut.npz"});
}

TEST_F(Audit, ForeignImagesAreMeasuredAmongCleanOnes) {
  writes({"audit",
          "train",
          "--data",
          "digits",
          "--images",
          "600",
          "--foreign",
          "letters",
          "--samples",
          "900",
          "--epochs",
          "2",
          "--primary-epochs",
          "2",
          "--no-baselines",
          "--evidence-seeds",
          "0",
          "-q",
          "-o",
          "foreign",
          "--json",
          "foreign.json"});
  const Json sets = Json::parse(shared->read("foreign.json"))["sets"];
  const auto found = std::ranges::find(sets, Json("letters among clean"), [](const Json& set) { return set["name"]; });
  ASSERT_NE(found, sets.end());
  EXPECT_EQ((*found)["cases"], 200);
  EXPECT_GE((*found)["failures"], 100) << "every letter, and the digits that the model has wrong";
  EXPECT_TRUE((*found)["label_accuracy"].is_null());
  refuses({"train", "--data", "digits", "--primary", "wide", "-o", "x"}, kUsage, {"--primary 'wide'"});
  refuses({"train", "--data", "digits", "--unlike", "1", "-o", "x"}, kUsage, {"--unlike 1 is not in [0, 1)"});
}

}  // namespace
}  // namespace errata::e2e
