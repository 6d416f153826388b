// Text files, before anything is known of their columns.
#include "errata/table/duckdb/text_file.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "errata/table/duckdb/vectors.h"
#include "errata/table/predicate.h"

namespace errata::table {
namespace {

constexpr std::size_t kHeadBytes = 1U << 20U;
constexpr std::size_t kHeadLines = 200;

/// Lines that end in LF, CR LF or CR alone; the last one only when the text ends with it.
std::vector<std::string> split_lines(std::string_view text, bool is_whole) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < kHeadLines) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos && !is_whole && !lines.empty()) break;
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return lines;
}

std::string first_bytes(const LogFile& file, std::size_t most) {
  std::ifstream stream(file.path, std::ios::binary);
  std::string bytes(std::min<std::size_t>(most, file.size), '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  return bytes;
}

Result<std::vector<std::string>> head_lines(const Connection& connection, const LogFile& file) {
  if (!file.path.ends_with(".gz")) {
    const std::string head = first_bytes(file, kHeadBytes);
    std::string_view text = head;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return split_lines(text, head.size() == file.size);
  }
  // Packed lines: DuckDB unpacks them as rows of one column.
  const auto rows = connection.query(fmt::format(
      "SELECT line FROM read_csv({}, auto_detect = false, header = false, delim = '\x1e', quote = '', escape = '', "
      "hive_partitioning = false, columns = {{'line': 'VARCHAR'}}) LIMIT {}",
      sql_text(literal_pattern(file.path)), kHeadLines));
  if (!rows) return data_error(fmt::format("{}: {}", file.path, rows.error().message));
  std::vector<std::string> lines;
  for (const auto& row : *rows) lines.push_back(row[0].value_or(""));
  return lines;
}

/// Parquet begins and ends with its name.
Result<void> check_parquet(const LogFile& file, std::string_view head) {
  constexpr std::string_view kName = "PAR1";
  if (!head.starts_with(kName) && !head.starts_with("PARE"))  // PARE: with an encrypted end
    return data_error(fmt::format("{}: holds no Parquet; name it by what it holds (.csv, .tsv, .jsonl)", file.path));
  std::ifstream stream(file.path, std::ios::binary);
  std::string tail(kName.size(), '\0');
  stream.seekg(-static_cast<std::streamoff>(kName.size()), std::ios::end);
  stream.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  if (head.starts_with(tail)) return {};
  return data_error(fmt::format(
      "{}: the end of the file is missing: it was cut off, or somebody still writes it; write or fetch it anew",
      file.path));
}

}  // namespace

Result<void> check_content(const LogFile& file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMagic{{
      {"\x1F\x8B", "gzip data; name it so that it ends in .gz"},
      {"PAR1", "Parquet; name it so that it ends in .parquet"},
      {"PK\x03\x04", "a zip archive or a spreadsheet; save the table as .csv"},
      {"SQLite format 3", "an SQLite database; export the table as .csv"},
  }};
  const std::string head = first_bytes(file, 64);
  const bool packed = file.path.ends_with(".gz");
  if (packed && !head.starts_with(kMagic[0].first))
    return data_error(fmt::format("{}: ends in .gz but holds no gzip data; rename it", file.path));
  if (file.kind == FileKind::parquet) return check_parquet(file, head);
  if (packed) return {};
  for (const auto& [magic, words] : kMagic)
    if (head.starts_with(magic)) return data_error(fmt::format("{}: holds {}", file.path, words));
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (file.kind == FileKind::json_lines && first != std::string::npos && head[first] == '[')
    return data_error(fmt::format(
        "{}: holds a JSON array; lines with one object each are read (jq -c '.[]' writes them)", file.path));
  return {};
}

Result<TextDialect> read_dialect(const Connection& connection, const LogFile& file, std::optional<char> delimiter) {
  if (!delimiter && file.kind == FileKind::tsv) delimiter = '\t';
  ERRATA_ASSIGN(const std::vector<std::string> lines, head_lines(connection, file));
  TextDialect dialect = find_dialect(lines, delimiter);
  if (dialect.names.empty()) return data_error(fmt::format("{}: no line names the columns", file.path));
  return dialect;
}

std::string dialect_sql(const TextDialect& dialect) {
  const auto sign = [](char c) { return c == '\0' ? std::string("''") : sql_text(std::string(1, c)); };
  return fmt::format(
      "auto_detect = false, header = true, skip = {}, comment = '', delim = {}, quote = {}, escape = {}, "
      "max_line_size = {}",
      dialect.skipped, sign(dialect.delimiter), sign(dialect.quote),
      sign(dialect.quote == '\0' ? '\0' : dialect.escape), kMostTextLine);
}

Result<void> survey_texts(const Connection& connection, const std::string& select, std::span<TextSurvey> surveys,
                          std::size_t rows) {
  const auto look = [&](std::span<const duckdb_data_chunk> chunks) {
    duckdb_data_chunk chunk = chunks.front();
    const std::size_t count = duckdb_data_chunk_get_size(chunk);
    for (std::size_t c = 0; c < surveys.size(); ++c) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, c);
      const auto* values = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector));
      const std::uint64_t* validity = duckdb_vector_get_validity(vector);
      for (std::size_t row = 0; row < count; ++row)
        if (is_valid(validity, row)) surveys[c].add(view_of(values[row]));
    }
    return true;
  };
  return connection.stream(rows == 0 ? select : fmt::format("{} LIMIT {}", select, rows), 1, look);
}

}  // namespace errata::table
