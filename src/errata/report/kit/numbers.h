#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace errata::report {

/// A count with thousands separated: 24421 -> "24,421".
[[nodiscard]] std::string count_text(std::uint64_t count);

/// "1 case", "2 cases", "24,421 cases".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// A share in [0, 1] as a percentage with one decimal: "31.2%"; two significant digits below 1% and above 99%, so that
/// only 0 is "0%" and only 1 is "100%" ("<0.01%", ">99.99%" at the ends). "–" for NaN.
[[nodiscard]] std::string percent_text(double share);

/// A level that somebody chose, without rounding: 0.05 -> "5%".
[[nodiscard]] std::string level_text(double share);

/// "once", "twice", "3 times".
[[nodiscard]] std::string times_text(std::uint64_t count);

/// A number as it stands in the data, at most `digits` significant ones, but never fewer than stand before
/// the point, no thousands separated: 13 -> "13", 7298.5 -> "7298.5"; with 3 digits 16670.4 -> "16670". "–" for NaN,
/// "∞" and "-∞" for infinities.
[[nodiscard]] std::string number_text(double value, int digits = 6);

/// A p-value from its natural logarithm: "0.012", "3e-9", "<1e-99" below that.
[[nodiscard]] std::string p_text(double log_p);
/// The same as an equation: "p = 3e-9", "p < 1e-99".
[[nodiscard]] std::string p_equation(double log_p);

/// A time in microseconds since 1970-01-01 UTC: "2026-03-02" at midnight, else "2026-03-02 14:05" (seconds if any).
[[nodiscard]] std::string time_text(double micros);
/// The date alone.
[[nodiscard]] std::string date_text(double micros);

/// Text of the log made safe to print: control characters (line breaks, escape sequences, changes of writing
/// direction) and broken UTF-8 become visible signs, and text of more than `max_characters` ends in "…".
[[nodiscard]] std::string plain_text(std::string_view text, std::size_t max_characters = 60);

}  // namespace errata::report
