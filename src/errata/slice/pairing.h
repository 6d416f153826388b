#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/table/prediction_log.h"

namespace errata::slice {

/// By what the rows of two logs were joined.
enum class PairedBy : std::uint8_t { nothing, id, order };
[[nodiscard]] std::string_view name_of(PairedBy by);  ///< "nothing", …

/// Are the cases of two logs the same?
enum class PairingMode : std::uint8_t {
  guess,     ///< where ids or order of rows speak for it
  paired,    ///< by ids that both logs have, else in the order of rows
  unpaired,  ///< no
};

struct PairingOptions {
  PairingMode mode = PairingMode::guess;
  bool by_id = false;  ///< the user named the id column: join by it
};

/// Which rows of two logs are the same case.
struct Pairing {
  PairedBy by = PairedBy::nothing;
  bool guessed = false;
  std::string first_column{}, second_column{};              ///< of the ids
  std::vector<std::uint32_t> first{}, second{};             ///< [pairs] rows of the logs, ascending in the first
  std::uint64_t first_unmatched = 0, second_unmatched = 0;  ///< rows without a partner
  std::vector<std::string> warnings{};  ///< what a user should look at, naming the flag that overrides

  [[nodiscard]] bool paired() const { return by != PairedBy::nothing; }
};

/// Joins the rows of two logs that were read with their ids (ReadOptions::keep_id).
/// By id: an id that stands twice in a log is an error that names it; rows without id or partner are left out.
/// In order: both logs must have equally many rows.
/// A guess joins only where every pair has the same label and the same value of every feature that both logs have, and
/// these values differ between cases: by ids that both logs have, else in order.
/// @return data error naming file, column, value and rows
/// Cost: O(rows · columns) of a guess that holds; one that does not ends at the first difference.
[[nodiscard]] Result<Pairing> pair_rows(const table::PredictionLog& first, const table::PredictionLog& second,
                                        const PairingOptions& options, const Progress& progress = {});

}  // namespace errata::slice
