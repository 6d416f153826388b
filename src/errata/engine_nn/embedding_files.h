#pragma once

#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/relevance/embedding_encoder.h"

namespace errata::engine_nn {

/// Embeddings of the parts of an image and of a query, each from a .npy file or from a table of any format that logs
/// have (Parquet, CSV, JSON lines): a row a part, in a column of lists of numbers or a column a dimension, row by row
/// of a square grid, or at the places that whole numbers in the columns `row` and `column` say, from 0, each once. The
/// query is a table of one row.
/// @return data errors naming file, column and row; see relevance/embedding_encoder.h
[[nodiscard]] Result<relevance::Embeddings> read_embedding_files(const std::string& patches, const std::string& query,
                                                                 const Progress& progress = {});

}  // namespace errata::engine_nn
