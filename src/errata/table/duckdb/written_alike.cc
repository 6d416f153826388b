#include "errata/table/duckdb/written_alike.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "errata/table/text.h"

namespace errata::table {
namespace {

/// One of two ways to write, and who writes so: by folded name of the column, the first file.
struct Ways {
  std::array<std::map<std::string, std::string>, 2> files{};

  void add(bool way, const FileColumn& column, const FileSchema& schema) {
    files[way ? 1 : 0].try_emplace(folded(column.name), schema.file.path);
  }
  /// The only way that a column of this name is written; nothing where there is none, or both.
  [[nodiscard]] std::optional<bool> of(const std::string& name) const {
    const bool first = files[0].contains(name), second = files[1].contains(name);
    return first == second ? std::nullopt : std::optional(second);
  }
  [[nodiscard]] std::optional<bool> of_all() const {
    return files[0].empty() == files[1].empty() ? std::nullopt : std::optional(!files[1].empty());
  }
};

bool is_month_or_day_first(const TextReading& reading) {
  return reading.kind == TextKind::time &&
         (reading.order == DateOrder::month_first || reading.order == DateOrder::day_first);
}

bool has_comma(const TextReading& reading) {
  return reading.kind == TextKind::number && (reading.decimal == ',' || reading.grouping == ',');
}

struct Decided {
  Ways day_first, decimal_comma;
};

void collect(std::span<const FileSchema> files, Decided& decided) {
  for (const FileSchema& schema : files) {
    for (const FileColumn& column : schema.columns) {
      const TextReading& reading = column.reading;
      if (is_month_or_day_first(reading) && !reading.either_order)
        decided.day_first.add(reading.order == DateOrder::day_first, column, schema);
      if (has_comma(reading) && !reading.either_number)
        decided.decimal_comma.add(reading.decimal == ',', column, schema);
    }
  }
}

void read_anew(FileColumn& column) { column.value = reading_sql(column.reading, text_of(column)); }

}  // namespace

bool is_undecided(std::span<const FileSchema> files) {
  return std::ranges::any_of(files, [](const FileSchema& schema) {
    return std::ranges::any_of(schema.columns, [](const FileColumn& column) {
      return column.reading.either_order || column.reading.either_number;
    });
  });
}

Result<void> check_date_order(std::span<const FileSchema> files, std::optional<bool> day_first) {
  if (!day_first) return {};
  Ways ways;
  for (const FileSchema& schema : files)
    for (const FileColumn& column : schema.columns)
      if (is_month_or_day_first(column.reading)) ways.add(column.reading.order == DateOrder::day_first, column, schema);
  for (const auto& [name, path] : ways.files[*day_first ? 0 : 1])
    if (ways.files[*day_first ? 1 : 0].contains(name))
      return data_error(
          fmt::format("{}: column {}: its dates can only have the {} first, and --{}-first reads those of other files "
                      "the other way",
                      path, name, *day_first ? "month" : "day", *day_first ? "day" : "month"));
  return {};
}

std::vector<std::string> read_alike(std::span<FileSchema> files, std::span<const FileSchema> others) {
  Decided decided;
  collect(files, decided);
  std::set<std::string> told;
  std::vector<std::string> words;
  const auto tell = [&](std::string sentence) {
    if (told.insert(sentence).second) words.push_back(std::move(sentence));
  };
  for (const auto& [name, path] : decided.day_first.files[1])
    if (const auto other = decided.day_first.files[0].find(name); other != decided.day_first.files[0].end())
      tell(fmt::format("column {}: {} writes the day first and {} the month; each is read its own way", name, path,
                       other->second));
  collect(others, decided);
  for (FileSchema& schema : files) {
    for (FileColumn& column : schema.columns) {
      TextReading& reading = column.reading;
      const std::string name = folded(column.name);
      if (reading.either_order) {
        const auto same = decided.day_first.of(name);
        const auto day_first = same ? same : decided.day_first.of_all();
        if (!day_first) continue;
        reading.order = *day_first ? DateOrder::day_first : DateOrder::month_first;
        reading.either_order = false;
        read_anew(column);
        if (!same)
          tell(
              fmt::format("column {}: day and month cannot be told apart; read with the {} first, as column {} has it "
                          "(--{}-first reads it the other way)",
                          column.name, *day_first ? "day" : "month",
                          decided.day_first.files[*day_first ? 1 : 0].begin()->first, *day_first ? "month" : "day"));
      } else if (reading.either_number) {
        const auto same = decided.decimal_comma.of(name);
        const auto comma = same ? same : decided.decimal_comma.of_all();
        if (!comma) continue;
        reading.either_number = false;
        if (!*comma) continue;
        reading.decimal = ',';
        reading.grouping = '.';
        read_anew(column);
      }
    }
  }
  return words;
}

}  // namespace errata::table
