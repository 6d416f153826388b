#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"
#include "errata/table/read_log.h"

namespace errata::table {

/// What a column can be used for.
enum class Usable : std::uint8_t { number, category, time, list, nothing };

struct NamedColumn {
  std::string name;
  Usable usable = Usable::number;
};

/// Whether a column of this name is taken for the time where no other is named.
[[nodiscard]] bool is_usual_time(std::string_view name);

struct SettledRoles {
  Roles roles;
  std::vector<std::string> warnings;
};

/// What a column is: "label", …, "feature", "ignored".
struct PlayedRole {
  std::string role;
  bool guessed = false;  ///< from its name or its values
};
[[nodiscard]] PlayedRole played_role(const Roles& roles, std::string_view column);

/// Label and prediction where they may be classes: neither the user nor the log that this one is compared with says
/// that they are numbers, and no failure or loss is computed from them.
[[nodiscard]] std::vector<std::string> columns_of_classes(const Roles& roles, const ReadOptions& options);

/// What the user computes from columns: failures, and a loss that is no column.
[[nodiscard]] std::vector<std::string> expressions_of(const ReadOptions& options, const Roles& roles);

/// Gives every column a role: those named by the user first, then the usual names (docs/formats/log.md), and what is
/// left and holds numbers, categories or times is a feature.
/// @param loss  a column, or an expression: what is no column and more than a word leaves the role of the loss empty
/// @return invalid_argument naming a column that the log does not have, with near names, or that cannot play its role
[[nodiscard]] Result<SettledRoles> settle_roles(std::span<const NamedColumn> columns, const RoleNames& named,
                                                const std::optional<std::string>& loss);

}  // namespace errata::table
