#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace errata::table {

/// A date as somebody wrote it.
struct WrittenDate {
  enum class Form : std::uint8_t {
    year_first,   ///< 2026-03-02, 2026/03/02, 2026.03.02
    month_alone,  ///< 2026-03
    year_last,    ///< 3/2/2026, 03-02-2026, 2.3.2026
    named_month,  ///< Mar 2, 2026; 2 March 2026; 2-Mar-2026
  };
  Form form = Form::year_first;
  bool points = false;       ///< its parts are separated by points
  bool day_first = true;     ///< year_last: it is a date with the day first
  bool month_first = true;   ///< year_last: it is a date with the month first
  bool time_of_day = false;  ///< hours and minutes follow
};

/// Reads a text as a date of the Gregorian calendar, with or without a time of day (and a zone behind year_first);
/// nothing for all else, in particular for versions (1.10.11) and years of two digits.
[[nodiscard]] std::optional<WrittenDate> written_date(std::string_view text);

}  // namespace errata::table
