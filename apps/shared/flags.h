#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "console.h"
#include "errata/base/error.h"
#include "errata/engine/analyze.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace errata::cli {

// Groups of flags that verbs share. Each writes into the structs of the use case, whose values before are the defaults
// that --help shows.

/// Names of the groups in --help. The first three describe a log: errata.toml may hold them for all verbs in [log].
inline constexpr const char* kReading = "How files are read";
inline constexpr const char* kRoles = "Columns and their roles";
inline constexpr const char* kFailure = "What counts as a failure";
inline constexpr const char* kComparedGroups = "Groups";
inline constexpr const char* kSearch = "Search";
inline constexpr const char* kConfirmation = "Confirmation";
inline constexpr const char* kOutput = "Output";
inline constexpr const char* kRunning = "Running";

/// A flag of one word that `parse` understands, e.g. one of a few names; what it refuses is told with the flag's name.
CLI::Option* add_word(CLI::App& app, const std::string& flag,
                      std::function<Result<void>(const std::string& word)> parse, const std::string& words);
/// LOG..., one or more files or globs. @param more  what else they may be
void add_logs(CLI::App& app, std::vector<std::string>& paths, const std::string& more = "");
/// --types, --null-values, --decimal-comma, --day-first, --month-first, --time-format, --delimiter, --hive, --where.
void add_reading(CLI::App& app, table::ReadOptions& read);
void add_roles(CLI::App& app, table::RoleNames& roles);
/// --groups, --min-group.
void add_groups(CLI::App& app, table::RoleNames& roles, slice::GroupOptions& groups);
/// --failure, --loss, --confident, --positive, --task, --classes, --map, --score-means.
void add_failure_rule(CLI::App& app, table::ReadOptions& read);
/// --alpha, --top, --max-predicates, --min-support, --rank, --bins.
void add_search(CLI::App& app, slice::SearchOptions& search, table::CodingOptions& coding);
/// --granularity, --search-labels, --confirm, --fdr, --seed.
void add_analysis(CLI::App& app, slice::AnalysisOptions& analysis);

/// How a verb runs and speaks.
struct Running {
  std::size_t threads = 0;  ///< 0 means one a core
  bool quiet = false;
  ColourWhen colour = ColourWhen::automatic;
};
void add_running(CLI::App& app, Running& running);
void add_colour(CLI::App& app, Running& running);

/// --json [FILE]: standard output where no file is named ("-"). A file must end in .json, so that the name of a log
/// behind a bare --json is no file to write; see with_explicit_values().
void add_json(CLI::App& app, std::string& place);
/// Arguments with the value of every flag that may stand alone made explicit: of --json, of --timings, and of
/// --fail-on-hotspot, whose limits are words like rate=0.2,lift=2. @param json_lines  as Verb::json_lines
[[nodiscard]] std::vector<std::string> with_explicit_values(std::vector<std::string> arguments,
                                                            bool json_lines = false);

/// A whole number from 0 to `most` in digits alone, or nothing.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most = UINT64_MAX);
/// Makes every flag of whole numbers (those of the type N, or N,N) of an app refuse what is none, in words; the parser
/// itself takes -1 for 2^64 - 1.
void check_whole_numbers(CLI::App& app);

/// Splits a list of names at commas; a name in double quotes may hold commas, and quotes doubled.
[[nodiscard]] std::vector<std::string> split_names(std::string_view list);
/// A name as split_names() reads it back.
[[nodiscard]] std::string quoted_name(const std::string& name);

}  // namespace errata::cli
