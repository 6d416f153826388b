// From DuckDB's chunks to columns.
//
// Each item is cast by DuckDB to one of three types, DOUBLE, VARCHAR or BIGINT microseconds, so that three loops over a
// chunk's vectors are all there is. A text is looked up in the column's dictionary where it lies in the vector and is
// copied only when it is new. The embedding is cast to FLOAT[] (list_column.h).
//
// Reading is waited for more than all that follows. So chunks are taken some at a time, and each column of them is
// appended by whichever thread is free, while the next ones are fetched: no two touch one column, and every column sees
// its rows in order.
#include "errata/table/duckdb/load.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "errata/table/dictionary.h"
#include "errata/table/duckdb/vectors.h"
#include "errata/table/predicate.h"

namespace errata::table {
namespace {

void append_numbers(Column& column, NumbersReader& numbers, std::span<const double> values,
                    const std::uint64_t* validity) {
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!is_valid(validity, row)) {
      ++column.missing;
    } else if (std::isinf(values[row])) {
      ++column.infinite;
    } else if (std::isnan(values[row])) {
      ++column.nan;
      ++column.missing;
    }
  }
  if (validity == nullptr) return numbers.add(values);
  std::vector<double> present(values.begin(), values.end());
  for (std::size_t row = 0; row < values.size(); ++row)
    if (!is_valid(validity, row)) present[row] = std::numeric_limits<double>::quiet_NaN();
  numbers.add(present);
}

/// A dictionary, and the codes of short texts that came lately. DuckDB keeps up to 12 bytes in the value itself, so
/// that these are found by comparing two words, without a hash of the text.
class TextCodes {
 public:
  void reserve() { lately_.resize(kSlots); }
  /// After reserve().
  std::int32_t code(const duckdb_string_t& text) {
    if (text.value.inlined.length > sizeof text.value.inlined.inlined) return dictionary_.code(view_of(text));
    Words words;
    static_assert(sizeof words == sizeof text);
    std::memcpy(words.data(), &text, sizeof words);
    Short& slot = lately_[(words[0] * 0x9E37'79B9'7F4A'7C15ULL ^ words[1] * 0xC2B2'AE3D'27D4'EB4FULL) >> kShift];
    if (slot.first != words[0] || slot.second != words[1])
      slot = {.first = words[0], .second = words[1], .code = dictionary_.code(view_of(text))};
    return slot.code;
  }
  std::vector<std::string> sort(CategoryCodes& codes) { return dictionary_.sort(codes); }

 private:
  static constexpr unsigned kSlotBits = 8;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  static constexpr unsigned kShift = 64 - kSlotBits;
  using Words = std::array<std::uint64_t, 2>;
  struct Short {
    std::uint64_t first = ~std::uint64_t{0}, second = 0;  // no text: it would be too long
    std::int32_t code = kMissingCode;
  };
  Dictionary dictionary_;
  std::vector<Short> lately_;
};

void append_texts(Column& column, TextCodes& texts, std::span<const duckdb_string_t> values,
                  const std::uint64_t* validity) {
  std::vector<std::int32_t> codes(values.size(), kMissingCode);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (is_valid(validity, row)) {
      codes[row] = texts.code(values[row]);
    } else {
      ++column.missing;
    }
  }
  column.codes.append(codes);
}

void append_times(Column& column, const std::int64_t* values, const std::uint64_t* validity, std::size_t count) {
  for (std::size_t row = 0; row < count; ++row) {
    const bool valid = is_valid(validity, row);
    column.micros.push_back(valid ? values[row] : kMissingTime);
    column.missing += valid ? 0 : 1;
  }
}

std::string select_of(const std::string& source_sql, const LoadPlan& plan) {
  std::string list;
  for (const LoadItem& item : plan.items) {
    if (!list.empty()) list += ", ";
    switch (item.kind) {
      case ColumnKind::numeric: list += fmt::format("CAST({} AS DOUBLE)", item.expression); break;
      case ColumnKind::categorical: list += fmt::format("CAST({} AS VARCHAR)", item.expression); break;
      case ColumnKind::timestamp: list += fmt::format("epoch_us({})", item.expression); break;
    }
  }
  // TRY_CAST: what is no number becomes NULL, and is told by its row.
  for (const std::string& name : plan.lists)
    list += fmt::format("{}TRY_CAST({} AS FLOAT[])", list.empty() ? "" : ", ", sql_name(name));
  return fmt::format("WITH log AS ({}) SELECT {} FROM log", source_sql, list);
}

/// Chunks that are taken at a time: enough that threads seldom wait for each other, and a few MiB of them; by one
/// thread as they come, while they are in the cache.
std::size_t chunks_together(const LoadPlan& plan, std::size_t threads) {
  constexpr std::size_t kMost = 16, kColumns = 20 * kMost;
  if (!plan.lists.empty() || threads == 1) return 1;
  return std::clamp(kColumns / plan.items.size(), std::size_t{1}, kMost);
}

/// Takes the chunks of one load.
class Loading {
 public:
  Loading(const LoadPlan& plan, const ThreadPool& pool)
      : plan_(plan),
        pool_(pool),
        texts_(plan.items.size()),
        numbers_(plan.items.size()),
        loaded_{.columns = std::vector<Column>(plan.items.size())} {
    for (std::size_t i = 0; i < plan.items.size(); ++i) {
      Column& column = loaded_.columns[i];
      column.name = plan.items[i].name;
      column.kind = plan.items[i].kind;
      column.source_type = plan.items[i].source_type;
      switch (column.kind) {
        case ColumnKind::numeric: numbers_[i].reserve(plan.expected_rows); break;
        case ColumnKind::categorical:
          texts_[i].reserve();
          column.codes.reserve(plan.expected_rows);
          break;
        case ColumnKind::timestamp: column.micros.reserve(plan.expected_rows); break;
      }
    }
    for (const std::string& name : plan.lists) loaded_.lists.push_back({.name = name});
  }

  /// @return false when a list has a fault
  bool take(std::span<const duckdb_data_chunk> chunks) {
    const std::size_t items = plan_.items.size();
    pool_.parallel_for(items, [&](std::size_t i, std::size_t) {
      for (duckdb_data_chunk chunk : chunks)
        append(i, duckdb_data_chunk_get_vector(chunk, i), duckdb_data_chunk_get_size(chunk));
    });
    for (std::size_t i = 0; i < chunks.size() && !loaded_.fault; ++i) take_lists(chunks[i]);
    return !loaded_.fault;
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }

  LoadedColumns finish() {
    pool_.parallel_for(plan_.items.size(), [&](std::size_t i, std::size_t) {
      Column& column = loaded_.columns[i];
      if (column.kind == ColumnKind::categorical) column.categories = texts_[i].sort(column.codes);
      if (column.kind == ColumnKind::numeric) column.numbers = numbers_[i].finish();
      column.codes.shrink_to_fit();
      column.micros.shrink_to_fit();
    });
    for (ListColumn& list : loaded_.lists) list.values.shrink_to_fit();
    return std::move(loaded_);
  }

 private:
  void append(std::size_t item, duckdb_vector vector, std::size_t count) {
    Column& column = loaded_.columns[item];
    const void* data = duckdb_vector_get_data(vector);
    const std::uint64_t* validity = duckdb_vector_get_validity(vector);
    switch (column.kind) {
      case ColumnKind::numeric:
        append_numbers(column, numbers_[item], {static_cast<const double*>(data), count}, validity);
        break;
      case ColumnKind::categorical:
        append_texts(column, texts_[item], {static_cast<const duckdb_string_t*>(data), count}, validity);
        break;
      case ColumnKind::timestamp: append_times(column, static_cast<const std::int64_t*>(data), validity, count); break;
    }
  }

  void take_lists(duckdb_data_chunk chunk) {
    const std::size_t count = duckdb_data_chunk_get_size(chunk);
    for (std::size_t list = 0; list < loaded_.lists.size() && !loaded_.fault; ++list) {
      loaded_.faulty_list = list;
      loaded_.fault = append_list(loaded_.lists[list], duckdb_data_chunk_get_vector(chunk, plan_.items.size() + list),
                                  count, plan_.max_embedding, plan_.expected_rows);
    }
    rows_ += count;
  }

  const LoadPlan& plan_;
  const ThreadPool& pool_;
  std::vector<TextCodes> texts_;
  std::vector<NumbersReader> numbers_;
  LoadedColumns loaded_;
  std::size_t rows_ = 0;
};

}  // namespace

Result<LoadedColumns> load_columns(const Connection& connection, const std::string& source_sql, const LoadPlan& plan,
                                   const ThreadPool& pool, const Progress& progress) {
  Loading loading(plan, pool);
  const auto take = [&](std::span<const duckdb_data_chunk> chunks) {
    const bool more = loading.take(chunks);
    const auto expected = static_cast<double>(plan.expected_rows);
    tell(progress, "reading the log", plan.expected_rows == 0 ? -1 : static_cast<double>(loading.rows()) / expected);
    return more;
  };
  ERRATA_TRY(connection.stream(select_of(source_sql, plan), chunks_together(plan, pool.size()), take, pool));
  return loading.finish();
}

}  // namespace errata::table
