// Files, flags and expressions that cannot be used: each gives a message that says what is wrong with what.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Error must_fail(const ReadOptions& options) {
  auto log = read_log(options);
  if (log) {
    ADD_FAILURE() << "was read";
    return {.code = ErrorCode::cancelled, .message = {}};
  }
  return log.error();
}

void expect_data_error(const std::string& path, const std::string& why) {
  const Error error = must_fail({.paths = {path}});
  EXPECT_EQ(error.code, ErrorCode::data);
  EXPECT_THAT(error.message, AllOf(HasSubstr(path), HasSubstr(why)));
}

constexpr std::string_view kSmallLog = "x,label,pred\n1,a,b\n2,a,a\n";

TEST(HostileFiles, MissingEmptyAndUnknown) {
  const TestFolder folder;
  expect_data_error(folder.path("none.csv"), "no such file");
  expect_data_error(folder.path("*.csv"), "no file matches");
  expect_data_error(folder.path(""), "the folder holds no .parquet");
  expect_data_error(folder.file("empty.csv", ""), "the file is empty");
  expect_data_error(folder.file("header.csv", "x,label,pred\n"), "no rows");
  expect_data_error(folder.file("log.xlsx", "x"), "known are .parquet");
}

TEST(HostileFiles, AFileThatIsNamedTwiceIsReadOnceAndTold) {
  const TestFolder folder;
  const std::string path = folder.file("a.csv", kSmallLog);
  const std::string again = folder.path("./a.csv");
  std::filesystem::create_symlink(path, folder.path("link.csv"));
  for (const auto& paths : {std::vector{path, again}, {path, path}, {path, folder.path("*.csv")}, {folder.path("")}}) {
    const auto log = read_log({.paths = paths});
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(log->rows, 2U);
    EXPECT_THAT(log->warnings, Contains(HasSubstr(" is named more than once, and read once"))) << paths.front();
    const auto schema = read_schema({.paths = paths});
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_THAT(schema->warnings, Contains(HasSubstr("read once")));
  }
  ASSERT_FALSE(folder.file("b.csv", kSmallLog).empty());
  const auto both = read_log({.paths = {folder.path("*.csv"), folder.path("?.csv")}});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->rows, 4U);
  EXPECT_THAT(both->warnings,
              Contains(HasSubstr("2 files are named more than once, and read once each; the first is ")));
}

TEST(HostileFiles, ALineThatIsNoJsonIsTold) {
  const TestFolder folder;
  expect_data_error(folder.file("cut.jsonl", "{\"label\":1,\"pred\":1}\n{\"label\":1,\"pr"),
                    "cut.jsonl: line 2 is no JSON object, from byte ");
}

TEST(HostileFiles, AnExpressionOverAColumnThatIsNotThere) {
  const TestFolder folder;
  const std::string path = folder.file("a.csv", kSmallLog);
  EXPECT_THAT(must_fail({.paths = {path}, .failure = "nope > 1"}).message, HasSubstr("the log has no column nope"));
  EXPECT_THAT(must_fail({.paths = {path}, .where = "nope > 1"}).message, HasSubstr("the log has no column nope"));
}

TEST(HostileFiles, MoreValuesThanNames) {
  const TestFolder folder;
  expect_data_error(folder.file("a.csv", "x,label,pred\n1,a,b\n1,2,3,4,5,6\n2,a,b\n"),
                    "line 3 has more values, the header names 3; mend it");
}

TEST(HostileFiles, Broken) {
  const TestFolder folder;
  expect_data_error(folder.file("short.parquet", "PAR1"), "Parquet");
  expect_data_error(folder.file("latin1.csv", "x,label,pred\n1,caf\xe9,b\n"), "utf-8");
  expect_data_error(folder.file("bad.jsonl", "{\"label\":1,\"pred\":1}\n{\"label\":\n"), "JSON");
  expect_data_error(folder.file("notgz.csv.gz", kSmallLog), "");
  expect_data_error(folder.file("ragged.csv", "x,label,pred\n1,a,b\n2,a\n3,a,b\n"), "");
}

TEST(HostileFiles, TruncatedParquet) {
  const TestFolder folder;
  const std::vector<Column> columns{{.name = "label", .numbers = std::vector<double>(5000, 1)}};
  ASSERT_TRUE(write_columns(columns, folder.path("whole.parquet")));
  std::ifstream whole(folder.path("whole.parquet"), std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(whole), {});
  expect_data_error(folder.file("cut.parquet", bytes.substr(0, bytes.size() / 2)), "the end of the file is missing");
  expect_data_error(folder.file("text.parquet", kSmallLog.data()), "holds no Parquet; name it by what it holds");
}

TEST(HostileFiles, LatinOneFarDown) {
  const TestFolder folder;
  std::string csv = "x,label,pred\n";
  for (int i = 0; i < 40'000; ++i) csv += i == 39'000 ? "1,caf\xe9,b\n" : "1,a,b\n";
  expect_data_error(folder.file("late.csv", csv), "utf-8");
}

TEST(HostileFiles, TenThousandColumns) {
  const TestFolder folder;
  std::string names = "label,pred";
  std::string values = "1,1";
  for (int i = 0; i < 10'000; ++i) {
    names += fmt::format(",x{}", i);
    values += ",1";
  }
  expect_data_error(folder.file("wide.csv", names + "\n" + values + "\n"), "has 10002 columns; the limit is 4096");
}

TEST(HostileFiles, DoubledNamesAreRenamedInSight) {
  const TestFolder folder;
  const auto log = read_log({.paths = {folder.file("log.csv", "x,label,pred,x\n1,a,b,2\n")}});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_THAT(log->warnings, Contains(HasSubstr("the column name x appears twice; the later one is read as x_1")));
  const auto fine = read_log({.paths = {folder.file("fine.csv", "x,label,pred,x_1\n1,a,b,2\n")}});
  ASSERT_TRUE(fine);
  EXPECT_THAT(fine->warnings, Not(Contains(HasSubstr("twice"))));
}

TEST(HostileFiles, ConstantColumnAndOneSidedClasses) {
  const TestFolder folder;
  const auto log = read_log({.paths = {folder.file("log.csv", "x,label,pred\n1,a,b\n1,c,b\n")}});
  ASSERT_TRUE(log);
  EXPECT_THAT(log->warnings, Contains(HasSubstr("column x: it holds the same value in every row")));
  EXPECT_THAT(log->warnings, Contains(HasSubstr("label values that are never predicted: a (1 row), c (1 row)")));
  EXPECT_THAT(log->warnings, Contains(HasSubstr("prediction values that are never a label: b (2 rows)")));
}

TEST(HostileFiles, ScoresOutsideTheUnitInterval) {
  const TestFolder folder;
  const auto log =
      read_log({.paths = {folder.file("log.csv",
                                      "x,label,pred,p1\n1,0,0,0.1\n2,1,1,1.5\n3,1,1,nan\n4,1,1,inf\n5,1,1,\n"
                                      "6,0,0,0.2\n7,1,1,0.9\n8,1,1,0.9\n")}});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_THAT(log->warnings,
              Contains(HasSubstr("score column p1: 2 of 8 values are not in [0, 1], the first is 1.5 in row 2")));
  EXPECT_THAT(log->warnings, Contains(HasSubstr("score column p1: 1 of 8 values are NaN")));
  EXPECT_THAT(log->warnings, Contains(HasSubstr("score column p1: 1 of 8 values are missing")));
  EXPECT_TRUE(std::isnan(log->confidence[1]));
  EXPECT_EQ(log->confidence[0], 0.9);
}

TEST(HostileFiles, TimesThatDoNotParse) {
  const TestFolder folder;
  const std::string place = folder.file("log.csv", "ts,label,pred\nsoon,a,b\nlater,a,b\n");
  const auto guessed = read_log({.paths = {place}});
  ASSERT_TRUE(guessed) << guessed.error().message;
  EXPECT_FALSE(guessed->roles.time);
  EXPECT_THAT(guessed->roles.features, ElementsAre("ts"));
  EXPECT_THAT(guessed->warnings, Contains(HasSubstr("column ts: its name is that of a time")));
  const Error error = must_fail({.paths = {place}, .roles = {.time = "ts"}});
  EXPECT_EQ(error.code, ErrorCode::data);
  EXPECT_THAT(error.message, AllOf(HasSubstr("time column ts: 2 values"), HasSubstr("'soon' in row 1"),
                                   HasSubstr("none can be read")));
}

TEST(HostileFiles, FolderNamesAreNoColumns) {
  const TestFolder folder;
  const std::string csv = folder.file("label=7/seed=1/log.csv", "x,label,pred\n1,0,1\n2,1,1\n");
  const std::string json = folder.file("label=7/seed=1/log.jsonl", R"({"x":1,"label":0,"pred":1}
{"x":2,"label":1,"pred":1}
)");
  const auto plain = read_log({.paths = {csv}});
  ASSERT_TRUE(plain) << plain.error().message;
  const std::string parquet = folder.path("label=7/seed=1/log.parquet");
  ASSERT_TRUE(write_columns(plain->columns, parquet));
  for (const std::string& path : {csv, json, parquet}) {
    const auto log = read_log({.paths = {path}});
    ASSERT_TRUE(log) << path << log.error().message;
    EXPECT_THAT(log->find("label")->numbers, ElementsAre(0, 1)) << path;
    EXPECT_EQ(log->columns.size(), 3U) << path;
    const auto schema = read_schema({.paths = {path}});
    ASSERT_TRUE(schema);
    EXPECT_EQ(schema->columns.size(), 3U) << path;
    const std::string cases = folder.path("label=7/cases.parquet");
    ASSERT_TRUE(export_cases(*log, "\"label\" = 1", cases)) << path;
    const auto exported = read_log({.paths = {cases}, .failure = "errata_failure"});
    ASSERT_TRUE(exported) << exported.error().message;
    EXPECT_THAT(exported->find("x")->numbers, ElementsAre(2)) << path;
  }
}

TEST(HostileFiles, NamesAreNoPatterns) {
  const TestFolder folder;
  const std::string other = "x,label,pred\n1,a,a\n";
  const std::string two = "x,x,label,pred\n2,0,a,b\n3,0,a,b\n";
  for (const std::string_view name : {"a1", "ab"}) (void)folder.file(fmt::format("{}.csv", name), other);
  for (const std::string_view name : {"a[1]", "a*", "a?", "a[[]1]", "*"}) {
    const std::string path = folder.file(fmt::format("{}.csv", name), two);
    const auto log = read_log({.paths = {path, folder.path("a1.csv")}});
    ASSERT_TRUE(log) << name << log.error().message;
    EXPECT_EQ(log->rows, 3U) << name;
    EXPECT_THAT(log->warnings, Contains(HasSubstr("the column name x appears twice"))) << name;
    for (const std::string& copy : {folder.path(fmt::format("{}.parquet", name)), folder.path("[a].jsonl")}) {
      const auto one = read_log({.paths = {path}});
      ASSERT_TRUE(one);
      ASSERT_EQ(export_cases(*one, "\"x\" > 2", copy), 1U) << copy;
      const auto back = read_log({.paths = {copy}, .failure = "errata_failure"});
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_THAT(back->find("x")->numbers, ElementsAre(3)) << copy;
    }
  }
}

TEST(HostileFiles, NestedJson) {
  const TestFolder folder;
  const std::string deep = std::string(16'000, '[') + std::string(16'000, ']');
  const std::string path = folder.file("deep.jsonl", R"({"a":)" + deep + R"(,"l":[1,2.5],"label":1,"pred":0})" + "\n");
  const auto log = read_log({.paths = {path}, .roles = {.lists = {"l"}}});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_THAT(log->roles.ignored, Contains("a"));
  EXPECT_THAT(log->lists[0].values, ElementsAre(1.0F, 2.5F));
  EXPECT_TRUE(read_schema({.paths = {path}}));
  expect_data_error(folder.file("only.jsonl", "{\"s\":{\"x\":1}}\n"), "there is no column to read");
}

TEST(HostileFiles, LongLines) {
  const TestFolder folder;
  expect_data_error(folder.file("long.csv", std::string(kSmallLog) + std::string(2'000'001, 'a') + ",1,1\n"),
                    "line 4 is longer than 2000000 bytes, the limit");
  expect_data_error(folder.file("long.jsonl", "{}\n{\"x\":\"" + std::string(17'000'000, 'a') + "\"}\n"),
                    "line 2 is longer than 16777216 bytes, the limit");
  std::string fine = "x,label,pred\n";
  for (int i = 0; i < 3; ++i) fine += std::string(1'500'000, 'a') + ",1,1\n";
  EXPECT_TRUE(read_log({.paths = {folder.file("fine.csv", fine)}}));
}

TEST(HostileFiles, NewlineInAColumnName) {
  const TestFolder folder;
  std::string csv = "\"new\nline\",label,pred\n";
  for (int i = 0; i < 50; ++i) csv += "1,0,0\n2,1,0\n";
  const auto log = read_log({.paths = {folder.file("log.csv", csv)}});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(log->rows, 100U);
  EXPECT_NE(log->find("new\nline"), nullptr);
}

TEST(HostileFiles, NamesThatAreNotUtf8) {
  const TestFolder folder;
  const Error error = must_fail({.paths = {folder.file("caf\xe9 größe.csv", kSmallLog)}});
  EXPECT_EQ(error.code, ErrorCode::data);
  EXPECT_THAT(error.message, HasSubstr("caf\\xE9 größe.csv: the name of the file is not UTF-8"));
}

TEST(HostileFiles, ChangedWhileInUse) {
  const TestFolder folder;
  std::string csv(kSmallLog);
  for (int i = 0; i < 5000; ++i) csv += "1,a,b\n";
  const std::string path = folder.file("log.csv", csv);
  const Progress grow([&](std::string_view, double) { std::ofstream(path, std::ios::app) << "9,a,b\n"; });
  const auto grown = read_log({.paths = {path}}, grow);
  ASSERT_FALSE(grown);
  EXPECT_THAT(grown.error().message,
              AllOf(HasSubstr(path), HasSubstr("somebody changed the file while it was in use")));

  const auto log = read_log({.paths = {path}});
  ASSERT_TRUE(log);
  (void)folder.file("log.csv", kSmallLog);
  const auto exported = export_cases(*log, "TRUE", folder.path("cases.parquet"));
  ASSERT_FALSE(exported);
  EXPECT_THAT(exported.error().message, HasSubstr("25 now"));
}

TEST(HostileFlags, ColumnsThatAreNotThere) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", kSmallLog);
  const Error error = must_fail({.paths = {csv}, .roles = {.label = "labels"}});
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.message, HasSubstr("label column labels: the log has no such column; near names are label"));
  EXPECT_THAT(must_fail({.paths = {csv}, .roles = {.weight = "label"}}).message, HasSubstr("it holds text"));
  EXPECT_THAT(must_fail({.paths = {csv}, .confident = 0.9}).message, HasSubstr("need a score"));
  EXPECT_THAT(must_fail({.paths = {folder.file("bare.csv", "x,z\n1,2\n")}}).message, HasSubstr("no failure rule"));
}

TEST(HostileExpressions, AreRefusedBeforeTheyRun) {
  const TestFolder folder;
  const std::string csv = folder.file("log.csv", kSmallLog);
  const std::string secret = folder.file("secret.csv", "s\n1\n");
  const auto expect_refused = [&](const std::string& expression, const std::string& why) {
    const Error error = must_fail({.paths = {csv}, .failure = expression});
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << expression;
    EXPECT_THAT(error.message, AllOf(HasSubstr(expression), HasSubstr(why)));
  };
  expect_refused("x >", "syntax error");
  expect_refused("", "not one complete SQL expression");
  expect_refused("x", "its type is BIGINT, not BOOLEAN");
  expect_refused("label", "its type is VARCHAR, not BOOLEAN");
  expect_refused("1", "its type is INTEGER, not BOOLEAN");
  expect_refused("nope = 1", "nope");
  expect_refused("true; DROP TABLE log", "not one complete SQL expression");
  expect_refused("true) UNION ALL SELECT (false", "not one complete SQL expression");
  expect_refused("(SELECT count(*) FROM read_csv('" + secret + "')) > 0", "Cannot access file");
  expect_refused("EXISTS (SELECT * FROM read_text('/etc/passwd'))", "Cannot access file");
  expect_refused("EXISTS (FROM '" + secret + "')", "Cannot access file");
  expect_refused("ATTACH '" + secret + "'", "does not exist");
  expect_refused("COPY log TO '" + folder.path("out.csv") + "'", "syntax error");
  expect_refused("SET threads = 1", "syntax error");
  expect_refused("avg(x) > 1", "GROUP BY");
  expect_refused("count(*) OVER (", "not one complete SQL expression");
  EXPECT_TRUE(read_log({.paths = {csv}, .failure = R"(label = E'\'(' OR label <> $a$(';$a$)"}));
  expect_refused(R"(label = E'\'') OR (x = 1) --')", "not one complete SQL expression");
  expect_refused("label = $$'$$) FROM log; SELECT ($$'$$", "not one complete SQL expression");
  expect_refused("label = $a$'$a$ OR (1$$ ( $$", "not one complete SQL expression");
  EXPECT_EQ(folder.entries(), 2U);
}

TEST(HostileOutputs, LeaveNothingBehind) {
  const TestFolder folder;
  const auto log = read_log({.paths = {folder.file("log.csv", kSmallLog)}});
  ASSERT_TRUE(log);
  for (const std::string& place : {folder.path("none/cases.parquet"), folder.path("")}) {
    const auto written = export_cases(*log, "TRUE", place);
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().code, ErrorCode::data);
  }
  EXPECT_FALSE(export_cases(*log, "nope = 1", folder.path("cases.parquet")));
  const auto unknown = write_columns(log->columns, folder.path("log.xlsx"));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("known are .parquet"));
  EXPECT_EQ(folder.entries(), 1U);
}

}  // namespace
}  // namespace errata::table
