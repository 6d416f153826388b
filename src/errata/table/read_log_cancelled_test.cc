// Reading and writing stop soon after somebody asked for it, and what comes later is not disturbed.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "errata/base/test_folder.h"
#include "errata/table/duckdb/connection.h"
#include "errata/table/predicate.h"
#include "errata/table/read_log.h"
#include "errata/table/write_log.h"

namespace errata::table {
namespace {

using std::chrono::steady_clock;

/// Requests a stop a moment after it was made.
class Later {
 public:
  explicit Later(Cancellation& stop)
      : thread_([&] {
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
          stop.request();
        }) {}

 private:
  std::jthread thread_;
};

constexpr auto kSoon = std::chrono::seconds(1);
// About a minute of work, and rows that come one by one.
constexpr const char* kLongQuery = "SELECT count(DISTINCT hash(range)) FROM range(100000000)";
constexpr const char* kManyRows = "SELECT range FROM range(100000000000)";

TEST(Cancelled, EndsAQueryThatRuns) {
  Cancellation stop;
  const auto connection = Connection::open({}, 1, &stop);
  ASSERT_TRUE(connection);
  const Later later(stop);
  const auto begin = steady_clock::now();
  EXPECT_THROW((void)connection->query(kLongQuery), Cancelled);
  EXPECT_LT(steady_clock::now() - begin, kSoon);
  EXPECT_THROW((void)connection->query("SELECT 1"), Cancelled);
}

TEST(Cancelled, EndsAStreamWhoseTakerDoesNotLook) {
  Cancellation stop;
  const auto connection = Connection::open({}, 1, &stop);
  ASSERT_TRUE(connection);
  const Later later(stop);
  const auto begin = steady_clock::now();
  EXPECT_THROW((void)connection->stream(kManyRows, 16, [](auto) { return true; }), Cancelled);
  EXPECT_LT(steady_clock::now() - begin, kSoon);
}

TEST(Cancelled, ATakerMayThrowItself) {
  const auto connection = Connection::open({}, 1);
  ASSERT_TRUE(connection);
  EXPECT_THROW((void)connection->stream(kManyRows, 16, [](auto) -> bool { throw Cancelled(); }), Cancelled);
  EXPECT_TRUE(connection->query("SELECT 1"));
}

// A connection that is closed while an exception passes has to wait for the workers that read for it still.
TEST(Cancelled, AReadThatIsLeftEarlyLeavesNoWorkerBehind) {
  const TestFolder folder;
  const std::string place = folder.path("log.parquet");
  std::vector<Column> columns(8);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = fmt::format("x{}", c);
    for (int i = 0; i < 300'000; ++i) columns[c].numbers.push_back(std::sin(i) * i);
  }
  ASSERT_TRUE(write_columns(columns, place));
  const auto read_one_chunk = [&] {
    const auto connection = Connection::open({place}, 4);
    ASSERT_TRUE(connection);
    (void)connection->stream("SELECT * FROM " + sql_text(place), 16, [](auto) -> bool { throw Cancelled(); });
  };
  for (int i = 0; i < 20; ++i) EXPECT_THROW(read_one_chunk(), Cancelled);
}

TEST(Cancelled, ReadsAndWritesEndAndTheNextOneWorks) {
  const TestFolder folder;
  const std::string place = folder.path("log.parquet");
  std::vector<Column> columns{{.name = "x"}, {.name = "label"}, {.name = "prediction"}};
  for (int i = 0; i < 2'000'000; ++i) {
    columns[0].numbers.push_back(std::sin(i));
    columns[1].numbers.push_back(i % 2);
    columns[2].numbers.push_back(i % 3 == 0);
  }
  ASSERT_TRUE(write_columns(columns, place));

  Cancellation reading;
  const Progress progress([&](std::string_view, double) { reading.request(); }, &reading);
  const ReadOptions options{.paths = {place}};
  EXPECT_THROW((void)read_log(options, progress), Cancelled);
  EXPECT_THROW((void)read_schema(options, &reading), Cancelled);
  EXPECT_THROW((void)write_columns(columns, folder.path("copy.csv"), {}, &reading), Cancelled);

  Cancellation writing;
  const Later later(writing);
  const auto begin = steady_clock::now();
  EXPECT_THROW((void)write_columns(columns, folder.path("copy.csv.gz"), {}, &writing), Cancelled);
  EXPECT_LT(steady_clock::now() - begin, kSoon);
  EXPECT_EQ(folder.entries(), 1U);

  const auto log = read_log(options);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->rows, 2'000'000U);
  EXPECT_THROW((void)export_cases(*log, "TRUE", folder.path("cases.parquet"), &reading), Cancelled);
  EXPECT_EQ(folder.entries(), 1U);
}

}  // namespace
}  // namespace errata::table
