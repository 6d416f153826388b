#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/table/text_dialect.h"
#include "errata/table/text_survey.h"

namespace errata::table {

/// Values of a column that are not written as its reading takes for granted.
struct LateMisfits {
  std::size_t count = 0;
  std::size_t row = 0;  ///< of the first, from 1
  std::string first{};
};

/// Looks through the bytes of a delimited file for values that do not fit readings settled from its first lines: 01,
/// 0x2A, 1E5 and 1.5 in a column of whole numbers so far, which a reader would make 1, 42, 100000 and 2.
///     LateValues late(dialect, readings, conventions);
///     while (more) late.add(bytes);
///     late.finish();
/// Cost: under a nanosecond a byte without quotes, else about two; a value in a column that is not of plain numbers is
/// looked at more closely.
class LateValues {
 public:
  /// @param readings     [columns]; those of kind text hold anything
  /// @param conventions  outlive this
  LateValues(const TextDialect& dialect, std::vector<TextReading> readings, const TextConventions& conventions);

  /// The next bytes of the file, from the first on.
  void add(std::string_view bytes);
  /// The file ends.
  void finish();
  /// [columns]
  [[nodiscard]] const std::vector<LateMisfits>& misfits() const { return misfits_; }

 private:
  /// What a field must not hold, of the signs below, lest it is looked at closely.
  static constexpr std::uint8_t kNone = 0, kWhole = 1, kNumber = 2, kClosely = 4;
  [[nodiscard]] const char* skip_lines(const char* at, const char* end);
  [[nodiscard]] const char* take_records(const char* at, const char* end);
  [[nodiscard]] const char* take_blocks(const char* at, const char* end);
  [[nodiscard]] const char* take_record(const char* at, const char* end);
  [[nodiscard]] const char* take_quoted(const char* at, const char* end, std::size_t column);
  void look(std::size_t column, std::string_view field);
  [[nodiscard]] bool fits_at_a_glance(std::size_t column, std::string_view field) const;
  [[nodiscard]] bool fits(const TextReading& reading, std::string_view field) const;

  TextDialect dialect_;
  std::vector<TextReading> readings_;
  const TextConventions* conventions_;
  std::vector<std::uint8_t> looks_;
  std::vector<LateMisfits> misfits_;
  std::array<bool, 256> ends_{};  // does a byte end a field?
  std::string rest_;              // a record that has not ended
  std::size_t skipped_ = 0;       // lines before the header
  std::size_t row_ = 0;           // 0: the header
  std::size_t column_ = 0;        // of the field that comes next
  std::size_t looked_at_ = 0;     // columns of a record that did not end before
};

}  // namespace errata::table
