#include "errata/engine/analyze.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "errata/base/atomic_file.h"
#include "errata/engine/failure_columns.h"
#include "errata/report/json.h"
#include "errata/report/saved_slices.h"

namespace errata::engine {

Result<table::PredictionLog> open_log(const table::ReadOptions& options, const Progress& progress) {
  ERRATA_ASSIGN(auto log, table::read_log(options, progress));
  drop_failure_columns(log, options.roles.features);
  return log;
}

Result<AnalyzedLog> analyze(const AnalyzeRequest& request, ThreadPool& pool, const Progress& progress) {
  ERRATA_ASSIGN(auto log, open_log(request.read, progress));
  ERRATA_ASSIGN(auto analysis, slice::analyze_log(log, request.analysis, pool, progress));
  return AnalyzedLog{.log = std::move(log), .analysis = std::move(analysis)};
}

Result<std::vector<ExportedCases>> export_hotspots(const AnalyzedLog& analyzed, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return output_error(fmt::format("{}: the folder cannot be made: {}", folder, error.message()));
  std::vector<ExportedCases> exported;
  for (const auto& hotspot : analyzed.analysis.hotspots) {
    const auto name = fmt::format("hotspot-{:02}.parquet", exported.size() + 1);
    const auto place = (std::filesystem::path(folder) / name).string();
    ERRATA_ASSIGN(const auto rows, table::export_cases(analyzed.log, hotspot.slice.sql, place));
    exported.push_back({.place = place, .rows = rows});
  }
  return exported;
}

Result<std::vector<std::vector<table::Predicate>>> read_saved_slices(const std::string& place) {
  ERRATA_ASSIGN(const auto json, read_file(place));
  return report::parse_saved_slices(json, place);
}

std::vector<MeasuredSlice> measure_saved_slices(const table::PredictionLog& log,
                                                std::vector<std::vector<table::Predicate>> slices, double fdr) {
  auto counts = slice::measure_on_log(log, slices, fdr);
  std::vector<MeasuredSlice> measured;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    auto sql = table::where_clause(slices[i]);
    measured.push_back({.where = std::move(slices[i]), .sql = std::move(sql), .counts = std::move(counts[i])});
  }
  return measured;
}

std::string saved_slices_json(const slice::Analysis& analysis) {
  slice::SearchResult hotspots{.rows = analysis.rows, .failures = analysis.failures, .loss = analysis.loss};
  hotspots.min_support_rows = analysis.top.min_support_rows;
  std::vector<std::vector<table::Predicate>> where;
  for (const auto& hotspot : analysis.hotspots) {
    hotspots.slices.push_back(hotspot.slice.slice.whole);
    where.push_back(hotspot.slice.where);
  }
  return report::render_slices_json(hotspots, where, analysis.rule.kind == table::FailureRule::Kind::loss);
}

}  // namespace errata::engine
