#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace errata::table {

/// What the texts of a column are.
enum class TextKind : std::uint8_t { text, boolean, integer, number, time };

/// Is it a word that tables of pandas, R, SQL and spreadsheets hold where a value is missing?
[[nodiscard]] bool means_missing(std::string_view text);

/// What a column is, in the user's words.
enum class ColumnType : std::uint8_t { text, number, time, boolean };
[[nodiscard]] std::string_view name_of(ColumnType type);                           ///< "text", …
[[nodiscard]] std::optional<ColumnType> parse_column_type(std::string_view word);  ///< name_of()'s words

/// How dates are written, where the order of their parts tells ways apart.
enum class DateOrder : std::uint8_t { year_first, month_alone, month_first, day_first, named_month, own_format };

/// How the texts of a column are read.
struct TextReading {
  TextKind kind = TextKind::text;
  bool empty = false;                       ///< kind text: there was no value to look at
  std::vector<std::string> missing{};       ///< words that mean a missing value, as they occur: "NA"
  std::size_t missing_count = 0;            ///< how many of the values that were looked at are such words
  char decimal = '.';                       ///< kind number: the decimal sign
  char grouping = '\0';                     ///< kind number: the sign between thousands, which is left out; '\0': none
  bool percent = false;                     ///< kind number: values end in % and are divided by 100
  bool either_number = false;               ///< kind number: "1,234" could mean 1.234 as well as 1234
  std::string version{};                    ///< kind number: "1.10" beside 1.9, which reading makes 1.1; else empty
  DateOrder order = DateOrder::year_first;  ///< kind time
  bool date_only = false;                   ///< kind time: no value has a time of day
  bool either_order = false;                ///< kind time: day and month can be exchanged in every value
  bool points_in_years = false;             ///< kind time: 2024.1.2, which could be a version
  std::string format{};                     ///< own_format: strptime's

  bool operator==(const TextReading&) const = default;
};

/// What the user says of the texts in all columns.
struct TextConventions {
  std::vector<std::string> null_values{};    ///< words that mean a missing value in any column
  bool decimal_comma = false;                ///< 0,86 is a number
  std::optional<bool> day_first{};           ///< 02/03/2026 is in March
  std::optional<std::string> time_format{};  ///< strptime's, of columns that hold no date that is known here
};

/// Looks at the texts of one column, one after the other, and settles what they are.
/// Whole numbers with leading zeros or above 18 digits (01067, ids), 0x2A, and 1E5 among whole numbers stay texts:
/// codes that reading as a number would change. Words such as NA are missing where everything else is of one other
/// kind.
///     TextSurvey survey(conventions);  for (const auto* v : {"3", "NA", "2.5"}) survey.add(v);
///     survey.settle().kind;  // TextKind::number
/// Cost: a few steps a character.
class TextSurvey {
 public:
  /// @param conventions  outlive the survey
  explicit TextSurvey(const TextConventions& conventions) : conventions_(&conventions) {}

  void add(std::string_view value);

  /// What all values are.
  [[nodiscard]] TextReading settle() const;
  /// How the values are read as what the user says they are. Numbers that are times stay numbers.
  [[nodiscard]] TextReading settle_as(ColumnType type) const;
  /// How most values are written as times, for a column that holds times: the others cannot be read. Kind text where
  /// no value is a time.
  [[nodiscard]] TextReading settle_time() const;

 private:
  /// Ways to write a number.
  struct Forms {
    std::size_t whole = 0;            ///< 12
    std::size_t whole_exponent = 0;   ///< 1E5
    std::size_t fraction = 0;         ///< 1.5, 1e-05
    std::size_t comma = 0;            ///< 1,5 or 1.234,5
    std::size_t comma_and_three = 0;  ///< 1,234
    std::size_t grouped = 0;          ///< 1,234,567 or 1,234.5

    [[nodiscard]] std::size_t all() const {
      return whole + whole_exponent + fraction + comma + comma_and_three + grouped;
    }
  };
  struct Counts {
    std::size_t words = 0;                                   ///< that may mean missing: NA
    Forms plain{}, percent{};                                ///< 85, 85 %
    std::size_t not_finite = 0;                              ///< inf, NaN: numbers, and missing among truths and dates
    std::size_t truth = 0;                                   ///< true
    std::array<std::size_t, 4> dates{};                      ///< by WrittenDate::Form
    std::size_t day_first = 0, month_first = 0, points = 0;  ///< of the dates with the year last
    std::size_t points_in_years = 0;                         ///< of those with the year first
    std::size_t times_of_day = 0;
  };
  [[nodiscard]] bool read_numbers(std::size_t values, TextReading& reading) const;
  [[nodiscard]] bool read_commas(const Forms& forms, std::size_t values, TextReading& reading) const;
  [[nodiscard]] bool read_dates(std::size_t values, TextReading& reading) const;
  bool add_number(std::string_view value);
  void look_for_versions(std::string_view fraction);

  const TextConventions* conventions_;
  Counts counts_;
  struct Decimals {
    std::size_t short_ones = 0;  ///< values of up to three digits on both sides of the point
    std::size_t fewest = 0;      ///< digits behind the point
    std::string zero{};          ///< "1.10": that with the most of those that end in 0 behind another digit
  };
  Decimals decimals_;
  std::size_t values_ = 0;
  using Words = std::map<std::string, std::size_t, std::less<>>;  ///< as they occur, and how often
  Words null_words_;                                              ///< of the user
  Words words_;                                                   ///< that mean missing among numbers, truths and dates
  Words not_finite_;  ///< that are numbers, and mean missing among truths and dates
};

/// The type of a column that is read so, in SQL: "BIGINT", …
[[nodiscard]] std::string_view sql_type(const TextReading& reading);

/// A SQL expression that reads `text`, an expression of VARCHAR, as settled; NULL for what is missing.
/// @param lenient  NULL also for what does not fit, which else is an error
[[nodiscard]] std::string reading_sql(const TextReading& reading, const std::string& text, bool lenient = false);

/// The SQL condition that a text is there, means no missing value, and cannot be read so.
[[nodiscard]] std::string misfit_sql(const TextReading& reading, const std::string& text);

}  // namespace errata::table
