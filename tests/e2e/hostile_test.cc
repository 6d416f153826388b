// Bad input: a message that names what is wrong, the right exit status, and no file left behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "e2e/command.h"

namespace errata::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kLog =
    "region,amount,label,prediction\nnorth,1,0,0\nsouth,2,1,0\nnorth,3,1,1\nsouth,4,0,0\nnorth,5,0,1\nsouth,6,1,1\n";

class Hostile : public ::testing::Test {
 protected:
  void SetUp() override { workplace.write("log.csv", kLog); }

  /// Runs and expects a status and words on standard error, nothing on standard output, and only log.csv in the folder.
  void refuses(const std::vector<std::string>& arguments, int status, const std::vector<std::string>& words) {
    const auto before = workplace.names();
    const auto outcome = workplace.run(arguments);
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    for (const auto& word : words) EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(workplace.names(), before);
  }
  Workplace workplace;
};

TEST_F(Hostile, AMisspeltVerbOrFlagIsToldWithTheNearest) {
  refuses({"analyse", "log.csv"}, kUsage, {"no verb 'analyse'", "'analyze'"});
  refuses({"analyze", "log.csv", "--predicton", "p"}, kUsage, {"no flag '--predicton'", "'--prediction'"});
  refuses({"--verson"}, kUsage, {"no flag '--verson'"});
  refuses({"analyze"}, kUsage, {"LOG"});
  refuses({"analyze", "log.csv", "--json", "a", "--json", "b"}, kUsage, {"--json is given 2 times"});
  refuses({"analyze", "log.csv", "--label"}, kUsage, {"--label needs a value"});
  refuses({"compare", "log.csv", "log.csv", "c.csv"}, kUsage, {"no place for the argument 'c.csv'"});
  refuses({"slices", "log.csv", "--rank", "worst"}, kUsage, {"'worst'", "sliceline, divergence, lift, share"});
  refuses({"slices", "log.csv", "--bins", "1"}, kUsage, {"'1'", "at least 2"});
  refuses({"simulate", "credits", "-o", "x.csv"}, kUsage, {"'credits'", "credit, null"});
}

TEST_F(Hostile, AnOptionOutsideItsRangeIsUsage) {
  refuses({"slices", "log.csv", "--alpha", "1.5"}, kUsage, {"1.5", "(0, 1]"});
  refuses({"slices", "log.csv", "--alpha", "nan"}, kUsage, {"nan"});
  refuses({"slices", "log.csv", "--max-predicates", "4"}, kUsage, {"4"});
  refuses({"slices", "log.csv", "--min-support", "0"}, kUsage, {"0"});
  refuses({"analyze", "log.csv", "--fdr", "0"}, kUsage, {"0"});
  refuses({"analyze", "log.csv", "--label", "lable"}, kUsage, {"lable"});
}

TEST_F(Hostile, ANumberThatIsNoneOrOutOfRangeIsUsageForEveryVerb) {
  const std::string least = "a whole number of at least 0";
  refuses({"analyze", "log.csv", "--threads", "-1"}, kUsage, {"--threads", "'-1'", "from 0 to 1024"});
  refuses({"slices", "log.csv", "--threads=1025"}, kUsage, {"--threads", "'1025'", "from 0 to 1024"});
  refuses({"analyze", "log.csv", "--seed", "-1"}, kUsage, {"--seed", "'-1'", least});
  refuses({"compare", "log.csv", "log.csv", "--top", "99999999999999999999"}, kUsage,
          {"--top", "'99999999999999999999'", "from 0 to 18446744073709551615"});
  refuses({"slices", "log.csv", "--max-predicates", "2.5"}, kUsage, {"--max-predicates", "'2.5'", least});
  refuses({"slices", "log.csv", "--bins", "-3"}, kUsage, {"--bins", "'-3'"});
  refuses({"simulate", "credit", "--rows", "-5", "-o", "x.csv"}, kUsage, {"--rows", "'-5'", least});
  refuses({"replay", "log.csv", "--window", "-2"}, kUsage, {"--window", "'-2'", least});
  refuses({"replay", "log.csv", "--warm-up", "-2"}, kUsage, {"--warm-up", "'-2'"});
  refuses({"replay", "log.csv", "--cold-start", "-2"}, kUsage, {"--cold-start", "'-2'"});
  workplace.write("errata.toml", "[analyze]\nseed = -1\n");
  refuses({"analyze", "log.csv"}, kData, {"errata.toml: line 2", "--seed", "'-1'", least});
  workplace.write("errata.toml", "[analyze]\nthreads = 100000\n");
  refuses({"analyze", "log.csv"}, kData, {"errata.toml: line 2", "--threads", "'100000'", "from 0 to 1024"});
}

TEST_F(Hostile, AFolderThatIsGoneIsSaidInWords) {
  const auto no_temporary = workplace.shell("echo a | TMPDIR=/nonexistent \"$ERRATA\" replay -");
  EXPECT_EQ(no_temporary.status, kOutput);
  EXPECT_THAT(no_temporary.err, HasSubstr("TMPDIR"));
  for (const char* flags : {"--plots p", "--export-cases c", "-o r.html"}) {
    SCOPED_TRACE(flags);
    const auto gone = workplace.shell(
        "log=$PWD/log.csv; mkdir gone; cd gone; rmdir ../gone; \"$ERRATA\" analyze \"$log\" " + std::string(flags));
    EXPECT_EQ(gone.status, kOutput) << gone.err;
    EXPECT_THAT(gone.err, HasSubstr("errata: "));
    EXPECT_THAT(gone.err, Not(HasSubstr("terminate")));
  }
}

TEST_F(Hostile, ALogThatCannotBeReadIsNamed) {
  refuses({"analyze", "no-such.csv"}, kData, {"no-such.csv"});
  refuses({"analyze", "no-*.csv"}, kData, {"no-*.csv"});
  std::filesystem::create_directory(workplace.path("folder"));
  refuses({"analyze", "folder"}, kData, {"folder: the folder holds no"});
  workplace.write("empty.csv", "");
  refuses({"analyze", "empty.csv"}, kData, {"empty.csv"});
  workplace.write("header.csv", "label,prediction\n");
  refuses({"analyze", "header.csv"}, kData, {"header.csv"});
  workplace.write("broken.parquet", "PAR1 this is no Parquet");
  refuses({"analyze", "broken.parquet"}, kData, {"broken.parquet"});
}

TEST_F(Hostile, ATruncatedParquetIsNamed) {
  ASSERT_EQ(workplace.run({"simulate", "null", "-o", "log.parquet", "--rows", "2000"}).status, 0);
  ASSERT_EQ(workplace.shell("head -c 5000 log.parquet > cut.parquet").status, 0);
  refuses({"analyze", "cut.parquet"}, kData, {"cut.parquet"});
}

TEST_F(Hostile, AFailureExpressionIsCheckedAndLockedIn) {
  refuses({"analyze", "log.csv", "--failure", "label = "}, kUsage, {"label ="});
  refuses({"analyze", "log.csv", "--failure", "no_such_column > 1"}, kUsage, {"no_such_column"});
  refuses({"analyze", "log.csv", "--failure", "region"}, kUsage, {"region"});
  workplace.write("secret.txt", "secret\n");
  const auto secret = workplace.path("secret.txt"), loot = workplace.path("loot.csv");
  const std::vector<std::string> attacks{"label = 1); COPY (SELECT 1) TO '" + loot + "'; --",
                                         "true; ATTACH '" + loot + "' AS x; SELECT true",
                                         "(SELECT count(*) FROM read_csv('" + secret + "')) > 0",
                                         "(SELECT count(*) FROM '" + secret + "') > 0",
                                         "(SELECT content FROM read_text('" + secret + "')) = 'secret'",
                                         "getenv('HOME') <> ''",
                                         "true) AS x FROM (SELECT 1); INSTALL httpfs; --",
                                         "true; SET enable_external_access = true; SELECT true"};
  for (const auto& attack : attacks) {
    SCOPED_TRACE(attack);
    refuses({"analyze", "log.csv", "--failure", attack}, kUsage, {"errata: "});
  }
}

TEST_F(Hostile, AnOutputThatCannotBeWrittenIsToldBeforeTheWork) {
  refuses({"analyze", "log.csv", "-o", "no/such/folder/report.html"}, kData, {"no/such/folder/report.html"});
  refuses({"analyze", "log.csv", "-o", workplace.path("")}, kData, {"directory"});
  refuses({"analyze", "no-such.csv", "-o", "no/such/report.html"}, kData, {"no/such/report.html"});
  refuses({"analyze", "log.csv", "--json", "no/such.json"}, kData, {"no/such.json"});
  refuses({"analyze", "log.csv", "--export-cases", "log.csv/cases"}, kData, {"log.csv"});
  refuses({"simulate", "null", "-o", "no/such.csv"}, kData, {"no/such.csv"});
  refuses({"simulate", "null", "-o", "year.xlsx", "--rows", "10"}, kUsage, {"year.xlsx"});
  refuses({"analyze", "log.csv", "-o", "log.csv"}, kUsage, {"log.csv", "the log itself"});
  refuses({"analyze", "log.csv", "-o", "x.json", "--json", "x.json"}, kUsage, {"x.json", "two outputs"});
}

TEST_F(Hostile, AFolderWithoutPermissionIsTold) {
  ASSERT_EQ(workplace.shell("mkdir locked && chmod 755 . && chmod 555 locked").status, 0);
  // Permissions do not bind root, who gives that right away for this: somebody else could not reach a checkout below
  // /root.
  const std::string bound = ::geteuid() == 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search " : "";
  const auto outcome = workplace.shell(bound + "\"$ERRATA\" analyze log.csv -o locked/report.html");
  EXPECT_EQ(outcome.status, kData);
  EXPECT_THAT(outcome.err, HasSubstr("locked/report.html"));
}

TEST_F(Hostile, WhatSteersATerminalIsMadeVisibleInErrorsAndNotes) {
  workplace.write("steer.jsonl", R"({"c\u001b[31mX": 1, "label": 1, "prediction": 0})"
                                 "\n"
                                 R"({"c\u001b[31mX": 2, "label": 0, "prediction": 0})"
                                 "\n");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"slices", "steer.jsonl"},
        std::vector<std::string>{"analyze", "steer.jsonl", "--label", "\x1b[2J"},
        std::vector<std::string>{"analyze", "no\x1b[2Jsuch.csv"}}) {
    const auto outcome = workplace.run(arguments);
    EXPECT_NE(outcome.err, "");
    EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos) << outcome.err;
  }
}

TEST_F(Hostile, WhatSteersATerminalIsMadeVisibleInTheNamesOfWhatWasWritten) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"simulate", "null", "--rows", "10", "-o", "dra\x1b[2Jwn.csv"},
        std::vector<std::string>{"analyze", "log.csv", "-o", "re\x1b[2Jport.html"}}) {
    const auto outcome = workplace.run(arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("[2J"));
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << outcome.out;
  }
}

TEST_F(Hostile, AJsonFlagBeforeTheLogDoesNotOverwriteIt) {
  const auto outcome = workplace.run({"analyze", "--json", "log.csv"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["rows"], 6);
  EXPECT_EQ(workplace.read("log.csv"), kLog);
}

TEST_F(Hostile, AConfigFileIsHeldToItsKeys) {
  workplace.write("errata.toml", "[analyze]\nmin-suport = 0.02\n");
  refuses({"analyze", "log.csv"}, kData, {"errata.toml: line 2", "'min-suport'", "'min-support'"});
  workplace.write("errata.toml", "[analyse]\n");
  refuses({"schema", "log.csv"}, kData, {"[analyse]", "'analyze'"});
  workplace.write("errata.toml", "[analyze]\nlabel = \n");
  refuses({"analyze", "log.csv"}, kData, {"errata.toml: line 2"});
  workplace.write("errata.toml", "[analyze]\nalpha = \"high\"\n");
  refuses({"analyze", "log.csv"}, kData, {"errata.toml: line 2", "high"});
  workplace.write("errata.toml", "[analyze]\nlabel = 2026-01-01\n");
  refuses({"analyze", "log.csv"}, kData, {"errata.toml: line 2", "'label'"});
  refuses({"analyze", "log.csv", "--config", "none.toml"}, kData, {"none.toml"});
}

TEST_F(Hostile, ABrokenPipeEndsQuietlyAndAFullDiskIsTold) {
  const auto pipe = workplace.shell("{ \"$ERRATA\" analyze log.csv --json; echo $? >&2; } | true");
  EXPECT_EQ(pipe.err, "0\n");
  const auto full = workplace.shell("\"$ERRATA\" --help > /dev/full");
  EXPECT_EQ(full.status, kData);
  EXPECT_THAT(full.err, HasSubstr("standard output"));
}

TEST_F(Hostile, NamesSurviveSpacesQuotesCommasAndOtherAlphabets) {
  workplace.write("odd.csv",
                  "\"a \"\"b\"\", c\",größe,Ñ 'x',label,prediction\n1,2,x,0,1\n2,3,y,1,1\n1,4,x,0,1\n2,5,y,0,0\n");
  const auto outcome = workplace.run({"analyze", "odd.csv", "--features", R"("a ""b"", c",größe,Ñ 'x')", "--json",
                                      "--failure", R"("a ""b"", c" = 1 or "größe" > 100)"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto findings = nlohmann::json::parse(outcome.out);
  EXPECT_THAT(findings["roles"]["features"], ElementsAre("a \"b\", c", "größe", "Ñ 'x'"));
  EXPECT_EQ(findings["failures"], 2);
}

TEST_F(Hostile, ExtremeLogsAreAnsweredOrRefusedInWords) {
  workplace.write("all.csv", "x,label,prediction\n1,0,1\n2,1,0\n3,0,1\n");
  workplace.write("none.csv", "x,label,prediction\n1,1,1\n2,0,0\n3,1,1\n");
  workplace.write("constant.csv", "x,label,prediction\n7,1,1\n7,0,1\n7,1,1\n");
  workplace.write("scores.csv", "x,label,prediction,score\n1,1,1,nan\n2,0,1,inf\n3,1,1,1.7\n4,0,0,0.2\n");
  workplace.write("unseen.csv", "x,label,prediction\n1,a,b\n2,b,b\n3,c,b\n");
  workplace.write("missing.csv", "x,label,prediction\n,1,1\n,,1\n3,1,\n4,0,0\n");
  for (const char* name : {"all.csv", "none.csv", "constant.csv", "scores.csv", "unseen.csv", "missing.csv"}) {
    SCOPED_TRACE(name);
    const auto outcome = workplace.run({"analyze", name});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, Not(IsEmpty()));
    EXPECT_THAT(outcome.out, Not(HasSubstr("nan%")));
  }
  EXPECT_THAT(workplace.run({"analyze", "scores.csv"}).out, HasSubstr("score"));
}

TEST_F(Hostile, TenThousandColumnsAreRefusedWithTheLimit) {
  std::string header = "label,prediction", row = "1,0";
  for (int i = 0; i < 10'000; ++i) {
    header += ",c" + std::to_string(i);
    row += ",1";
  }
  workplace.write("wide.csv", header + "\n" + row + "\n" + row + "\n");
  refuses({"analyze", "wide.csv"}, kData, {"10002", "4096"});
}

TEST_F(Hostile, SavedSlicesThatAreNoneAreNamed) {
  workplace.write("saved.json", "{\"slices\": [");
  refuses({"analyze", "log.csv", "--slices", "saved.json"}, kData, {"saved.json"});
  workplace.write("saved.json", "[1, 2]");
  refuses({"compare", "log.csv", "log.csv", "--slices", "saved.json"}, kData, {"saved.json"});
}

TEST_F(Hostile, HelpAndVersionAreNoErrors) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {}, {"--help"}, {"--version"}, {"analyze", "--help"}, {"slices", "-h"}, {"compare", "--help"}}) {
    const auto outcome = workplace.run(arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, AnyOf(HasSubstr("usage:"), HasSubstr("errata ")));
  }
}

}  // namespace
}  // namespace errata::e2e
