#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/slice/analysis.h"
#include "errata/slice/compare.h"
#include "errata/table/read_log.h"

namespace errata::engine {

struct AnalyzeRequest {
  table::ReadOptions read;
  slice::AnalysisOptions analysis;
  std::vector<std::vector<table::Predicate>> saved{};  ///< conjunctions to measure on this log as well
  bool ids_of_examples = false;  ///< read the ids of the example cases, which takes another pass over that column
};

/// An analysis and the log it speaks of.
struct AnalyzedLog {
  table::PredictionLog log;
  slice::Analysis analysis;
};

/// Reads a log with the columns of its failure rule taken out of the features.
[[nodiscard]] Result<table::PredictionLog> open_log(const table::ReadOptions& options, const Progress& progress = {});

/// The main job: reads a log and says where, when and under what conditions its model fails.
///     ThreadPool pool;
///     ERRATA_ASSIGN(auto found, analyze({.read = {.paths = {"log.parquet"}}}, pool));
[[nodiscard]] Result<AnalyzedLog> analyze(const AnalyzeRequest& request, ThreadPool& pool,
                                          const Progress& progress = {});

/// One file of exported cases.
struct ExportedCases {
  std::string place;
  std::size_t rows = 0;
};

/// The kinds of files that cases are exported as, the first by default.
inline constexpr std::array<std::string_view, 4> kExportFormats{"parquet", "csv", "csv.gz", "jsonl"};

/// Writes the cases of each hotspot as `<folder>/hotspot-01.<format>`, …; the folder is made where it is missing, and
/// the files that an earlier export with more hotspots or of another format left there are removed. All files appear at
/// the end or none.
/// @param format  one of kExportFormats
[[nodiscard]] Result<std::vector<ExportedCases>> export_hotspots(const AnalyzedLog& analyzed, const std::string& folder,
                                                                 std::string_view format,
                                                                 const Progress& progress = {});

/// Reads slices that were saved (--save-slices, `errata slices`, `errata analyze --json`, or by hand).
[[nodiscard]] Result<std::vector<std::vector<table::Predicate>>> read_saved_slices(const std::string& place);

}  // namespace errata::engine
