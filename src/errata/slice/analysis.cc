#include "errata/slice/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "errata/slice/expected_failures.h"
#include "errata/slice/silent_failures.h"
#include "errata/slice/time_axis.h"

namespace errata::slice {
namespace {

using table::CodedFeature;
using table::CodedTable;
using table::FeatureSource;

constexpr std::size_t kTreeFeatures = 100;
constexpr std::size_t kSampledForBins = 50'000;
constexpr std::size_t kCasesOfAFineBin = 25, kFewestFineBins = 20;
constexpr std::size_t kFineBins = 240;  // a hotspot may begin and end anywhere that matters; codes of a byte

Result<void> code_role(const table::PredictionLog& log, const std::optional<std::string>& role, FeatureSource source,
                       const table::CodingOptions& options, CodedTable& table) {
  const table::Column* column = role ? log.find(*role) : nullptr;
  if (column == nullptr || (source != FeatureSource::stream && log.task != table::Task::classes)) return {};
  table::CodingOptions categories = options;
  // A class or a batch is a name even where it is written as a number.
  if (column->kind == table::ColumnKind::numeric) categories.bins = 0;
  auto coded = code_column(*column, categories);
  if (!coded && source == FeatureSource::stream) coded = code_column(*column, options);
  if (!coded) return std::unexpected(coded.error());
  coded->source = source;
  table.features.push_back(std::move(*coded));
  return {};
}

/// Features, batch and time: what conjunctions are made of.
Result<CodedTable> code_conditions(const table::PredictionLog& log, const AnalysisOptions& options,
                                   std::optional<CodedFeature> time, ThreadPool& pool) {
  table::CodingOptions coding = options.coding;
  if (coding.rare_below == 0) coding.rare_below = options.confirm.search.min_support.of(log.rows);
  ERRATA_ASSIGN(CodedTable table, code_features(log, coding, pool));
  ERRATA_TRY(code_role(log, log.roles.stream, FeatureSource::stream, coding, table));
  if (options.search_labels) ERRATA_TRY(code_role(log, log.roles.label, FeatureSource::label, options.coding, table));
  if (time) table.features.push_back(std::move(*time));
  return table;
}

/// The same, cut finely enough for the ends of hotspots.
Result<CodedTable> code_finely(const table::PredictionLog& log, AnalysisOptions options, ThreadPool& pool) {
  if (options.coding.bins > 0)
    options.coding.bins = std::clamp(log.rows / kCasesOfAFineBin, kFewestFineBins, kFineBins);
  options.coding.sample = kSampledForBins;
  return code_conditions(log, options, coded_time(log, options.granularity, kFineBins), pool);
}

/// Turns slices of codes into slices in terms of the log.
class Naming {
 public:
  Naming(const table::PredictionLog& log, const CodedTable& table, const SliceMeter& meter)
      : log_(log), table_(table), meter_(meter) {}

  [[nodiscard]] NamedSlice named(TestedSlice slice) const {
    NamedSlice named{.slice = std::move(slice)};
    for (const CodedPredicate& predicate : named.slice.where) {
      named.where.push_back(
          table::predicate_of(table_.features[predicate.feature], predicate.first, predicate.last, predicate.also));
    }
    named.sql = table::where_clause(named.where);
    return named;
  }

  [[nodiscard]] NamedHotspot named(Hotspot hotspot) const {
    NamedHotspot result{.slice = named(std::move(hotspot.slice)),
                        .added_failures = hotspot.added_failures,
                        .inside = hotspot.inside,
                        .rest_of_outer = std::move(hotspot.rest_of_outer)};
    for (FoldedSlice& folded : hotspot.folded) {
      result.folded.push_back(
          {.slice = named(std::move(folded.slice)), .reason = folded.reason, .jaccard = folded.jaccard});
    }
    const auto rows = slice_rows(table_, result.slice.slice.where);
    result.classes = meter_.classes(rows);
    result.numbers = meter_.numbers(rows);
    result.examples = example_cases(log_, rows, result.slice.where);
    return result;
  }

 private:
  const table::PredictionLog& log_;
  const CodedTable& table_;
  const SliceMeter& meter_;
};

/// The features that go most with failure: an exact tree costs the square of their number.
CodedTable strongest(const CodedTable& table, std::span<const Association> associations) {
  CodedTable some{.rows = table.rows};
  for (const Association& association : associations) {
    const auto found = std::ranges::find(table.features, association.feature, &CodedFeature::name);
    if (found != table.features.end()) some.features.push_back(*found);
    if (some.features.size() == kTreeFeatures) break;
  }
  return some;
}

std::optional<PairRates> telling_pair(const Analysis& analysis, const CodedTable& table,
                                      std::span<const std::uint8_t> failed) {
  for (const NamedHotspot& hotspot : analysis.hotspots) {
    const auto& where = hotspot.slice.slice.where;
    // The features of both tables are the same, in the same order.
    if (where.size() == 2) return count_pair_rates(table, failed, where[0].feature, where[1].feature);
  }
  std::vector<std::size_t> strongest;
  for (const Association& association : analysis.associations) {
    const auto found = std::ranges::find(table.features, association.feature, &CodedFeature::name);
    if (found == table.features.end() || strongest.size() == 2) continue;
    strongest.push_back(static_cast<std::size_t>(found - table.features.begin()));
  }
  if (strongest.size() < 2) return std::nullopt;
  return count_pair_rates(table, failed, strongest[0], strongest[1]);
}

std::vector<std::uint32_t> order_of_split(const table::PredictionLog& log, const AnalysisOptions& options) {
  const bool by_time = options.confirm.split == SplitBy::time && log.roles.time;
  return by_time ? time_order(log) : std::vector<std::uint32_t>{};
}

/// Every slice that was tested, hotspots with those folded under them first.
std::vector<NamedSlice*> tested_slices(Analysis& analysis) {
  std::vector<NamedSlice*> slices;
  for (NamedHotspot& hotspot : analysis.hotspots) {
    slices.push_back(&hotspot.slice);
    for (NamedFold& fold : hotspot.folded) slices.push_back(&fold.slice);
  }
  for (NamedSlice& slice : analysis.unconfirmed) slices.push_back(&slice);
  return slices;
}

/// Hard or wrong: what of the failures of the tested slices the confidence leads one to expect, and where most is
/// beyond it.
void tell_excess(const table::PredictionLog& log, const Naming& naming, const SearchInput& input, ThreadPool& pool,
                 Analysis& analysis) {
  const ConfirmOptions& options = analysis.options.confirm;
  std::vector<std::uint32_t> held_out;
  std::vector<double> expected;
  pool.run_together({[&] { expected = expected_failures(log, options.seed); },
                     [&] { held_out = held_out_rows(log, analysis.options); }});
  if (expected.empty() || analysis.failures == 0) return;
  for (TestedSlice& slice : find_silent_failures(input, expected, held_out, options, pool)) {
    analysis.more_than_believed.push_back(naming.named(std::move(slice)));
  }
  const ExcessMeter meter(log, std::move(expected), held_out);  // only now: the search needs room
  const std::vector<NamedSlice*> slices = tested_slices(analysis);
  std::vector<Excess*> judged, found;
  pool.parallel_for(slices.size(), [&](std::size_t i, auto) {
    slices[i]->excess = meter.measure(slice_rows(input.table, slices[i]->slice.where));
  });
  for (NamedSlice* slice : slices) judged.push_back(&*slice->excess);
  judge(judged, options.fdr);
  for (NamedSlice& slice : analysis.more_than_believed) {
    slice.excess = meter.measure(slice_rows(input.table, slice.slice.where));
    found.push_back(&*slice.excess);
  }
  judge(found, options.fdr);
}

/// What kinds of failure every listed slice has.
void tell_kinds(const SliceMeter& meter, const CodedTable& table, ThreadPool& pool, Analysis& analysis) {
  std::vector<NamedSlice*> slices = tested_slices(analysis);
  for (auto* more : {&analysis.safe, &analysis.more_than_believed})
    for (NamedSlice& slice : *more) slices.push_back(&slice);
  pool.parallel_for(slices.size(), [&](std::size_t i, auto) {
    slices[i]->kinds = meter.kinds(slice_rows(table, slices[i]->slice.where));
  });
}

Result<void> find_hotspots(const table::PredictionLog& log, const AnalysisOptions& options, const CodedTable& table,
                           const SliceMeter& meter, ThreadPool& pool, const Progress& progress, Analysis& analysis) {
  const SearchInput input{.table = table, .failed = log.failed, .loss = log.loss};
  tell(progress, "searching slices", 0.2);
  ERRATA_ASSIGN(analysis.top, find_slices(input, options.confirm.search, pool));
  for (const Slice& slice : analysis.top.slices) {
    analysis.top_slices.push_back(Naming(log, table, meter).named(TestedSlice{.where = slice.where, .whole = slice}));
  }
  tell(progress, "binning features finely", 0.25);
  ERRATA_ASSIGN(const CodedTable fine, code_finely(log, options, pool));
  const SearchInput finely{.table = fine, .failed = log.failed, .loss = log.loss};
  tell(progress, "finding hotspots and confirming them on held-out cases", 0.3);
  ERRATA_ASSIGN(ConfirmResult confirmed, confirm_hotspots(finely, options.confirm, order_of_split(log, options), pool));
  tell(progress, "describing hotspots", 0.55);
  const Naming naming(log, fine, meter);
  analysis.tested = confirmed.tested;
  analysis.searched_rows = confirmed.searched_rows;
  analysis.confirm_rows = confirmed.confirm_rows;
  analysis.hotspots.resize(confirmed.hotspots.size());
  pool.parallel_for(confirmed.hotspots.size(), [&](std::size_t i, auto) {
    analysis.hotspots[i] = naming.named(std::move(confirmed.hotspots[i]));
  });
  for (TestedSlice& slice : confirmed.safe) analysis.safe.push_back(naming.named(std::move(slice)));
  for (TestedSlice& slice : confirmed.unconfirmed) analysis.unconfirmed.push_back(naming.named(std::move(slice)));
  tell(progress, "failures that the confidence does not expect", 0.6);
  tell_excess(log, naming, finely, pool, analysis);
  tell_kinds(meter, fine, pool, analysis);
  return {};
}

/// What goes with failure, and the error map.
void map_errors(const table::PredictionLog& log, const AnalysisOptions& options, const CodedTable& coded,
                ThreadPool& pool, Analysis& analysis) {
  analysis.associations = associate(log, coded, pool);
  analysis.tree = error_tree(coded.features.size() > kTreeFeatures ? strongest(coded, analysis.associations) : coded,
                             log.failed, {.min_leaf = options.confirm.search.min_support.of(log.rows)}, pool);
}

Result<void> add_groups(const table::PredictionLog& log, const AnalysisOptions& options, Analysis& analysis) {
  if (log.roles.groups.empty()) return {};
  GroupOptions groups = options.groups;
  groups.fdr = options.confirm.fdr;
  ERRATA_ASSIGN(analysis.groups, compare_groups(log, groups));
  return {};
}

void warn_of_sentinels(Analysis& analysis) {
  if (!analysis.over_time || analysis.over_time->sentinel_times == 0) return;
  const OverTime& over_time = *analysis.over_time;
  const std::string first = day_text(over_time.first_sentinel), last = day_text(over_time.last_sentinel);
  analysis.warnings.push_back(
      fmt::format("column {}: {} rows hold {}, far from all other times: taken for no real time and left out of the "
                  "periods; as a slice they stand apart",
                  over_time.column, over_time.sentinel_times, first == last ? first : first + " or " + last));
}

void add_warnings(const table::PredictionLog& log, Analysis& analysis) {
  analysis.warnings = log.warnings;
  if (analysis.failures == 0) analysis.warnings.emplace_back("no case failed: there is nothing to find");
  if (analysis.failures == log.rows && log.loss.empty()) {
    analysis.warnings.emplace_back("every case failed: no slice can fail more than the rest");
  }
  warn_of_sentinels(analysis);
  if (analysis.over_time && analysis.over_time->backward_steps > 0) {
    analysis.warnings.push_back(
        fmt::format("column {}: {} rows have a time before that of the row above; time order is used",
                    analysis.over_time->column, analysis.over_time->backward_steps));
  }
}

}  // namespace

Result<Analysis> analyze_log(const table::PredictionLog& log, const AnalysisOptions& options, ThreadPool& pool,
                             const Progress& progress) {
  Analysis analysis{
      .files = log.files, .rows = log.rows, .roles = log.roles, .task = log.task, .rule = log.rule, .options = options};
  for (const auto flag : log.failed) analysis.failures += flag;
  for (const double loss : log.loss) analysis.loss += loss;
  if (log.loss.empty()) analysis.loss = static_cast<double>(analysis.failures);
  ERRATA_ASSIGN(analysis.rate_interval,
                stats::wilson_interval({.failures = analysis.failures, .trials = log.rows}, 0.95));

  tell(progress, "binning features", 0);
  ERRATA_ASSIGN(CodedTable coded, code_conditions(log, options, coded_time(log, options.granularity), pool));
  tell(progress, "measuring the whole log", 0.1);
  const SliceMeter meter(log);
  {
    const auto all = all_rows(log.rows);
    pool.run_together({[&] { analysis.classes = meter.classes(all, pool); },
                       [&] { analysis.numbers = meter.numbers(all); }, [&] { analysis.claim = claim_of(log); }});
  }
  // The error map needs no hotspots. It goes on beside them, since their search has steps of one thread.
  Result<void> found;
  pool.run_together({[&] { found = find_hotspots(log, options, coded, meter, pool, progress, analysis); },
                     [&] { map_errors(log, options, coded, pool, analysis); }});
  ERRATA_TRY(found);
  tell(progress, "failures over time", 0.85);
  analysis.over_time = failures_over_time(log, options.granularity);
  tell(progress, "drift", 0.9);
  analysis.drift = measure_drift(log, pool);
  analysis.pair_rates = telling_pair(analysis, coded, log.failed);
  tell(progress, "measuring slices of one predicate", 0.95);
  if (!options.search_labels) ERRATA_TRY(code_role(log, log.roles.label, FeatureSource::label, options.coding, coded));
  ERRATA_TRY(code_role(log, log.roles.prediction, FeatureSource::prediction, options.coding, coded));
  analysis.singles = single_slices(log, coded, meter, pool);
  ERRATA_TRY(add_groups(log, options, analysis));
  add_warnings(log, analysis);
  tell(progress, "done", 1);
  return analysis;
}

std::vector<std::uint32_t> held_out_rows(const table::PredictionLog& log, const AnalysisOptions& options) {
  return held_out_rows(log.failed, options.confirm, order_of_split(log, options));
}

std::vector<SavedSlice> measure_saved(const table::PredictionLog& log,
                                      std::span<const std::vector<table::Predicate>> slices, double fdr,
                                      std::uint64_t seed, const Progress& progress) {
  const auto on_log = measure_on_log(log, slices, fdr, progress);
  std::vector<SavedSlice> saved;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    saved.push_back({.where = slices[i], .sql = table::where_clause(slices[i]), .on_log = on_log[i]});
  }
  if (slices.empty()) return saved;
  const ExcessMeter meter(log, expected_failures(log, seed));
  const SliceMeter kinds(log);
  std::vector<Excess*> judged;
  for (SavedSlice& slice : saved) {
    const auto members = table::matches(log, slice.where);
    if (!members || slice.on_log.n == 0) continue;
    const std::vector<std::uint32_t> rows = rows_of(*members);
    slice.kinds = kinds.kinds(rows);
    if (meter.can_tell()) judged.push_back(&slice.excess.emplace(meter.measure(rows)));
  }
  judge(judged, fdr);
  return saved;
}

}  // namespace errata::slice
