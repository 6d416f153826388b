// Failure rules. One in 64 of the texts that pass as one expression (reading takes half a second, and DuckDB has no
// coverage to learn from) is asked of a log of three rows, and three rows come back.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "errata/base/atomic_file.h"
#include "errata/base/checksum.h"
#include "errata/table/expression.h"
#include "errata/table/read_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!table::is_one_expression(text) || checksum(text) % 64 != 0) return 0;
  static const std::string log = [] {
    const auto place =
        std::filesystem::temp_directory_path() / ("fuzz_expression_" + std::to_string(::getpid()) + ".csv");
    ERRATA_CHECK(write_file(place, "a,label,prediction\n1,0,0\n2,1,0\n3,1,1\n"));
    return place.string();
  }();
  const auto read = table::read_log({.paths = {log}, .failure = text, .threads = 1});
  if (read) ERRATA_CHECK(read->rows == 3 && read->failed.size() == 3);
  return 0;
}
