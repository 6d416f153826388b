#include "errata/engine_nn/checklist_cases.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "errata/base/limits.h"
#include "errata/base/test_folder.h"
#include "errata/table/read_log.h"

namespace errata::engine_nn {
namespace {

using checklist::Contender;
using checklist::Gate;

/// Three cases of two allocators; the last has no scene, and its red share could not be measured.
checklist::Checklist made_by_hand() {
  const auto contender = [](const char* name, std::vector<double> recall, std::vector<double> red) {
    return Contender{
        .name = name,
        .figures = {{.name = "recall", .gate = Gate{.limit = .85}, .values = std::move(recall)},
                    {.name = "red share", .gate = Gate{.limit = .35, .at_least = false}, .values = std::move(red)},
                    {.name = "only told", .values = {1, 2, 3}}}};
  };
  checklist::Checklist made{.options = {}, .encoder = "scenes", .modes = {}};
  made.modes.push_back({.mode = &checklist::modes()[0],
                        .contenders = {contender("errata", {.9, .85, .5}, {.1, .35, kNaN}),
                                       contender("document", {.2, .84, 1}, {.36, .2, kNaN})},
                        .cases = {{.seed = 2'000'000, .scene = "magazine", .query = "say, \"what\""},
                                  {.seed = 2'000'001, .scene = "magazine", .query = "read it"},
                                  {.query = "describe this"}}});
  return made;
}

const table::Column& column(const table::PredictionLog& log, std::string_view name) {
  const auto found = std::ranges::find(log.columns, name, &table::Column::name);
  EXPECT_NE(found, log.columns.end()) << name;
  return *found;
}

std::string text_at(const table::Column& column, std::size_t row) {
  const auto code = column.codes[row];
  return code == table::kMissingCode ? "missing" : column.categories[static_cast<std::size_t>(code)];
}

TEST(ChecklistCases, AreALogThatAnAnalysisReads) {
  const TestFolder folder;
  for (const char* name : {"cases.csv", "cases.csv.gz", "cases.jsonl", "cases.parquet"}) {
    SCOPED_TRACE(name);
    const auto written = write_checklist_cases(made_by_hand(), folder.path(name));
    ASSERT_TRUE(written) << written.error().message;
    const auto log = table::read_log({.paths = {folder.path(name)}, .failure = "passed = 0"});
    ASSERT_TRUE(log) << log.error().message;
    // Case by case, allocator by allocator: two figures, of the last case one.
    EXPECT_EQ(log->failed, (std::vector<std::uint8_t>{0, 0, 1, 1, 0, 0, 1, 0, 1, 0}));
    EXPECT_EQ(log->roles.id, "case_id");
    EXPECT_FALSE(log->roles.label) << "no column is taken for what it is not";
    EXPECT_FALSE(log->roles.score);
    EXPECT_EQ(text_at(column(*log, "mode"), 0), "camouflaged-text");
    EXPECT_EQ(text_at(column(*log, "taxonomy"), 9), "perceptual");
    EXPECT_EQ(text_at(column(*log, "query"), 0), "say, \"what\"");
    EXPECT_EQ(text_at(column(*log, "allocator"), 2), "document");
    EXPECT_EQ(text_at(column(*log, "figure"), 3), "red share");
    EXPECT_EQ(text_at(column(*log, "scene"), 8), "missing");
    EXPECT_EQ(column(*log, "seed").missing, 2U);
    EXPECT_EQ(column(*log, "seed").numbers[4], 2'000'001);
    EXPECT_DOUBLE_EQ(column(*log, "value").numbers[6], .84);
    EXPECT_DOUBLE_EQ(column(*log, "gate").numbers[1], .35);
  }
}

TEST(ChecklistCases, RealPicturesHaveAFileAndNoSeed) {
  const TestFolder folder;
  checklist::Checklist made = made_by_hand();
  made.modes[0].real = checklist::OnReal{
      .cases = {{.scene = "real photo", .query = "where is the dog", .file = "a.jpg"}},
      .contenders = {
          Contender{.name = "errata",
                    .figures = {{.name = "even", .gate = Gate{.limit = .05, .at_least = false}, .values = {1}}}}}};
  ASSERT_TRUE(write_checklist_cases(made, folder.path("cases.parquet")));
  const auto log = table::read_log({.paths = {folder.path("cases.parquet")}, .failure = "passed = 0"});
  ASSERT_TRUE(log) << log.error().message;
  ASSERT_EQ(log->rows, 11U);
  EXPECT_EQ(log->failed.back(), 1);
  EXPECT_EQ(text_at(column(*log, "file"), 10), "a.jpg");
  EXPECT_EQ(text_at(column(*log, "file"), 0), "missing");
  EXPECT_EQ(text_at(column(*log, "scene"), 10), "real photo");
  EXPECT_EQ(column(*log, "seed").missing, 3U);
}

TEST(ChecklistCases, AnUnknownKindOfFileIsRefused) {
  const TestFolder folder;
  const auto written = write_checklist_cases(made_by_hand(), folder.path("cases.xlsx"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(folder.path("cases.xlsx")));
}

}  // namespace
}  // namespace errata::engine_nn
