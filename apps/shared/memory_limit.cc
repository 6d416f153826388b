#include "memory_limit.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>

#include "errata/base/byte_size.h"
#include "errata/base/large_memory.h"
#include "flags.h"

namespace errata::cli {

bool large_memory_is_in_files();  // new_delete.cc

namespace {
constexpr std::uint64_t kLeast = std::uint64_t{128} << 20U;  ///< the program, DuckDB and a chunk of rows
}

void add_memory_limit(CLI::App& app, std::uint64_t& bytes) {
  const auto take = [&bytes](const std::string& text) {
    const auto size = parse_byte_size(text);
    if (!size) throw CLI::ValidationError("--memory-limit", size.error().message);
    if (*size < kLeast)
      throw CLI::ValidationError("--memory-limit", fmt::format("{} is too little; errata itself needs 128MiB", text));
    bytes = *size;
  };
  app.add_option_function<std::string>(
         "--memory-limit", take, "for logs larger than memory, like 512MB or 4GiB: the rest lies in files in TMPDIR")
      ->type_name("SIZE")
      ->group(kRunning);
}

Result<void> stay_within(std::uint64_t bytes) {
  if (bytes == 0) return {};
  if (!large_memory_is_in_files()) return invalid_argument("--memory-limit: not in a build with sanitizers");
  const char* folder = std::getenv("TMPDIR");
  return large_memory::limit_to(bytes, folder != nullptr && *folder != '\0' ? folder : "/tmp");
}

}  // namespace errata::cli
