#pragma once

#include <string>
#include <vector>

#include "errata/slice/examples.h"
#include "errata/table/predicate.h"

namespace errata::report {

/// The SQL condition and the pandas query that select a conjunction's cases, each with a button that copies it.
[[nodiscard]] std::string queries_html(const std::vector<table::Predicate>& where, const std::string& sql);

/// Some failing cases of a slice as a table: how each is called, label, prediction, score, features.
[[nodiscard]] std::string examples_html(const slice::ExampleCases& examples);

/// One value of a column as people read it, "–" where it is missing.
[[nodiscard]] std::string cell_text(const table::Column& column, std::size_t row);

}  // namespace errata::report
