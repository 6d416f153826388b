// What DuckDB's own SUMMARIZE of a log costs: the yardstick of bench/whole_command.py.
//
// Usage: summarize_log LOG THREADS
#include <cstdio>
#include <cstdlib>
#include <string>

#include "errata/table/duckdb/connection.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: summarize_log LOG THREADS\n", stderr);
    return 2;
  }
  const std::string log = argv[1];
  const auto connection = errata::table::Connection::open({log}, std::strtoul(argv[2], nullptr, 10));
  if (!connection) return 1;
  const auto rows = connection->query("SUMMARIZE SELECT * FROM '" + log + "'");
  if (!rows) std::fprintf(stderr, "%s\n", rows.error().message.c_str());
  return rows ? 0 : 1;
}
