#pragma once

#include <string_view>

namespace errata::table {

/// Is a text closed in itself, so that parentheses around it cannot be escaped? No parenthesis closes what the text
/// did not open, nothing stays open, and no semicolon stands outside quotes and comments. Whether it is an expression
/// is for the SQL parser to say.
///     is_one_expression("a > 1 OR (b)");             // true
///     is_one_expression("1) FROM t; DROP TABLE (x");  // false
[[nodiscard]] bool is_one_expression(std::string_view text);

}  // namespace errata::table
