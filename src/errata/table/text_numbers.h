#pragma once

#include "errata/table/prediction_log.h"
#include "errata/table/reading.h"

namespace errata::table {

/// Warns of columns of text that may be meant as numbers: all their values are (quoted in JSON, or text in Parquet), or
/// at least four fifths of the rows are and the others are words ("missing"), which kept them from being read so.
/// Columns of at most ten different numbers are told nothing of: as categories they are as good.
/// @param reading  a column whose type is said there is what the user wants
void warn_of_numbers_in_text(PredictionLog& log, const Reading& reading);

}  // namespace errata::table
