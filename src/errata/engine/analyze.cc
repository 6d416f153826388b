#include "errata/engine/analyze.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "errata/base/atomic_file.h"
#include "errata/base/cancellation.h"
#include "errata/engine/failure_columns.h"
#include "errata/slice/saved_slices.h"
#include "errata/table/roles.h"
#include "errata/table/write_log.h"

namespace errata::engine {

namespace fs = std::filesystem;

Result<table::PredictionLog> open_log(const table::ReadOptions& options, const Progress& progress) {
  ERRATA_ASSIGN(auto log, table::read_log(options, progress));
  drop_failure_columns(log, table::expressions_of(options, log.roles), options.roles.features);
  return log;
}

namespace {

/// One pass for the examples of all hotspots.
Result<void> add_ids(const table::PredictionLog& log, const Progress& progress, slice::Analysis& analysis) {
  if (!log.roles.id || log.find(*log.roles.id) != nullptr) return {};
  std::vector<std::uint64_t> rows;
  for (const auto& hotspot : analysis.hotspots)
    rows.insert(rows.end(), hotspot.examples.rows.begin(), hotspot.examples.rows.end());
  ERRATA_ASSIGN(const auto texts, table::texts_at(log, *log.roles.id, rows, progress.cancellation()));
  auto next = texts.begin();
  for (auto& hotspot : analysis.hotspots) {
    auto& examples = hotspot.examples;
    table::Column id{.name = *log.roles.id, .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
    for (std::size_t i = 0; i < examples.rows.size(); ++i, ++next) {
      id.codes.push_back(*next ? static_cast<std::int32_t>(id.categories.size()) : table::kMissingCode);
      if (*next) id.categories.push_back(**next);
    }
    examples.columns.insert(examples.columns.begin(), std::move(id));
    examples.roles.insert(examples.roles.begin(), "id");
  }
  return {};
}

}  // namespace

Result<AnalyzedLog> analyze(const AnalyzeRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<AnalyzedLog> {
    ERRATA_ASSIGN(auto log, open_log(request.read, progress));
    ERRATA_ASSIGN(auto analysis, slice::analyze_log(log, request.analysis, pool, progress));
    const slice::ConfirmOptions& confirm = request.analysis.confirm;
    analysis.saved = slice::measure_saved(log, request.saved, confirm.fdr, confirm.seed, progress);
    if (request.ids_of_examples) ERRATA_TRY(add_ids(log, progress, analysis));
    return AnalyzedLog{.log = std::move(log), .analysis = std::move(analysis)};
  });
}

namespace {

std::string exported_place(const std::string& folder, std::size_t number, std::string_view format) {
  return (fs::path(folder) / fmt::format("hotspot-{:02}.{}", number, format)).string();
}

/// An earlier export may have had more hotspots, or another format: its files would pass for those of this one.
Result<void> remove_earlier(const std::string& folder, std::size_t written, std::string_view format) {
  std::error_code error;
  for (const std::string_view other : kExportFormats)
    for (std::size_t number = other == format ? written + 1 : 1;
         fs::remove(exported_place(folder, number, other), error); ++number) {
    }
  if (!error) return {};
  return output_error(fmt::format("{}: a file of an earlier export cannot be removed: {}", folder, error.message()));
}

}  // namespace

Result<std::vector<ExportedCases>> export_hotspots(const AnalyzedLog& analyzed, const std::string& folder,
                                                   std::string_view format, const Progress& progress) {
  return until_cancelled([&]() -> Result<std::vector<ExportedCases>> {
    std::error_code error;
    UnfinishedFile made;
    if (fs::create_directories(folder, error)) made = UnfinishedFile(folder);
    if (error) return output_error(fmt::format("{}: the folder cannot be made: {}", folder, error.message()));
    std::vector<ExportedCases> exported;
    std::vector<AtomicFile> files;
    for (const auto& hotspot : analyzed.analysis.hotspots) {
      const auto place = exported_place(folder, exported.size() + 1, format);
      ERRATA_ASSIGN(auto file, AtomicFile::create(place));
      ERRATA_ASSIGN(const auto rows, table::export_cases(analyzed.log, hotspot.slice.sql, file.path().string(),
                                                         progress.cancellation()));
      files.push_back(std::move(file));
      exported.push_back({.place = place, .rows = rows});
    }
    for (auto& file : files) ERRATA_TRY(file.commit());
    made.keep();
    ERRATA_TRY(remove_earlier(folder, exported.size(), format));
    return exported;
  });
}

Result<std::vector<std::vector<table::Predicate>>> read_saved_slices(const std::string& place) {
  ERRATA_ASSIGN(const auto json, read_file(place));
  return slice::parse_saved_slices(json, place);
}

}  // namespace errata::engine
