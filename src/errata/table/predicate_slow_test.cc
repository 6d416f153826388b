// The same predicate in codes, in memory and in SQL, on logs written and read through files.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "errata/base/limits.h"
#include "errata/base/test_folder.h"
#include "errata/table/predicate.h"
#include "errata/table/read_log.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

rc::Gen<std::string> nasty_name() {
  return rc::gen::element<std::string>("plain", "with space", "quo\"te", "it's", "größe", "SELECT", "a;b", "日本",
                                       "a.b", "100%", "x\ty");
}

/// A log of one numeric, one text and one time column with nasty names, values with ties, gaps and extremes.
std::vector<Column> random_columns() {
  const std::size_t rows = *rc::gen::inRange<std::size_t>(1, 60);
  const auto names = *rc::gen::unique<std::vector<std::string>>(3, nasty_name());
  Column number{.name = names[0], .kind = ColumnKind::numeric, .source_type = "DOUBLE"};
  Column text{.name = names[1], .kind = ColumnKind::categorical, .source_type = "VARCHAR"};
  Column time{.name = names[2], .kind = ColumnKind::timestamp, .source_type = "TIMESTAMP"};
  Column row_number{.name = "at", .kind = ColumnKind::numeric, .source_type = "DOUBLE"};
  text.categories = {"", "'quoted'", "10", "Ünï", "b"};
  for (std::size_t row = 0; row < rows; ++row) {
    number.numbers.push_back(*rc::gen::oneOf(
        rc::gen::map(rc::gen::inRange(-9, 9), [](int i) { return i / 3.0; }),
        rc::gen::map(rc::gen::arbitrary<double>(), [](double x) { return std::isnan(x) ? 0 : x; }),
        rc::gen::element(kNaN, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity())));
    text.codes.push_back(*rc::gen::inRange(-1, 5));
    time.micros.push_back(*rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-5, 5),
                                          rc::gen::inRange<std::int64_t>(0, 1'900'000'000'000'000),
                                          rc::gen::just(kMissingTime)));
    row_number.numbers.push_back(static_cast<double>(row));
  }
  return {number, text, time, row_number};
}

RC_GTEST_PROP(Predicates, CodesMemoryAndSqlAgree, ()) {
  const TestFolder folder;
  const std::vector<Column> columns = random_columns();
  const std::string place = folder.path("log.parquet");
  RC_ASSERT(write_columns(columns, place).has_value());
  const auto log = read_log({.paths = {place}, .failure = "false"});
  RC_ASSERT(log.has_value());
  const Column& column = log->columns[*rc::gen::inRange<std::size_t>(0, 3)];
  const auto coded = code_column(
      column, {.bins = *rc::gen::inRange<std::size_t>(2, 12), .rare_below = *rc::gen::inRange<std::size_t>(0, 4)});
  RC_ASSERT(coded.has_value());
  const auto code = static_cast<Code>(*rc::gen::inRange<std::size_t>(0, coded->bins.size()));
  const Predicate predicate = predicate_of(*coded, code, code);

  const auto matched = matches(*log, {&predicate, 1});
  RC_ASSERT(matched.has_value());
  std::vector<double> expected;
  for (std::size_t row = 0; row < log->rows; ++row) {
    RC_ASSERT(((*matched)[row] == 1) == (coded->codes[row] == code));
    if ((*matched)[row] == 1) expected.push_back(static_cast<double>(row));
  }
  const std::string cases = folder.path("cases.parquet");
  const auto exported = export_cases(*log, where_clause({&predicate, 1}), cases);
  RC_ASSERT(exported.has_value());
  RC_ASSERT(*exported == expected.size());
  const auto selected = read_log({.paths = {cases}, .failure = "false"});
  RC_ASSERT(selected.has_value());
  RC_ASSERT(selected->find("at")->numbers == expected);
}

}  // namespace
}  // namespace errata::table
