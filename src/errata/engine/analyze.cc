#include "errata/engine/analyze.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "errata/base/atomic_file.h"
#include "errata/base/cancellation.h"
#include "errata/engine/failure_columns.h"
#include "errata/slice/saved_slices.h"

namespace errata::engine {

namespace fs = std::filesystem;

Result<table::PredictionLog> open_log(const table::ReadOptions& options, const Progress& progress) {
  ERRATA_ASSIGN(auto log, table::read_log(options, progress));
  drop_failure_columns(log, options.roles.features);
  return log;
}

Result<AnalyzedLog> analyze(const AnalyzeRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<AnalyzedLog> {
    ERRATA_ASSIGN(auto log, open_log(request.read, progress));
    ERRATA_ASSIGN(auto analysis, slice::analyze_log(log, request.analysis, pool, progress));
    const slice::ConfirmOptions& confirm = request.analysis.confirm;
    analysis.saved = slice::measure_saved(log, request.saved, confirm.fdr, confirm.seed, progress);
    return AnalyzedLog{.log = std::move(log), .analysis = std::move(analysis)};
  });
}

Result<std::vector<ExportedCases>> export_hotspots(const AnalyzedLog& analyzed, const std::string& folder,
                                                   const Progress& progress) {
  return until_cancelled([&]() -> Result<std::vector<ExportedCases>> {
    std::error_code error;
    UnfinishedFile made;
    if (fs::create_directories(folder, error)) made = UnfinishedFile(folder);
    if (error) return output_error(fmt::format("{}: the folder cannot be made: {}", folder, error.message()));
    const auto place_of = [&](std::size_t number) {
      return (fs::path(folder) / fmt::format("hotspot-{:02}.parquet", number)).string();
    };
    std::vector<ExportedCases> exported;
    std::vector<AtomicFile> files;
    for (const auto& hotspot : analyzed.analysis.hotspots) {
      const auto place = place_of(exported.size() + 1);
      ERRATA_ASSIGN(auto file, AtomicFile::create(place));
      ERRATA_ASSIGN(const auto rows, table::export_cases(analyzed.log, hotspot.slice.sql, file.path().string(),
                                                         progress.cancellation()));
      files.push_back(std::move(file));
      exported.push_back({.place = place, .rows = rows});
    }
    for (auto& file : files) ERRATA_TRY(file.commit());
    made.keep();
    // An earlier log may have had more hotspots: theirs would pass for this one's.
    for (std::size_t number = exported.size() + 1; fs::remove(place_of(number), error); ++number) {
    }
    if (error)
      return output_error(
          fmt::format("{}: a file of an earlier export cannot be removed: {}", folder, error.message()));
    return exported;
  });
}

Result<std::vector<std::vector<table::Predicate>>> read_saved_slices(const std::string& place) {
  ERRATA_ASSIGN(const auto json, read_file(place));
  return slice::parse_saved_slices(json, place);
}

}  // namespace errata::engine
