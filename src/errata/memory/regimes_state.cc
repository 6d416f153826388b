// Reading the regime detector out: copies for people, bytes for snapshots.
#include <algorithm>
#include <cmath>

#include "errata/memory/regimes.h"

namespace errata::memory {

std::optional<RegimeState> RegimeDetector::state(std::uint32_t mode) const {
  for (const auto& state : states()) {
    if (state.mode == mode) return state;
  }
  return std::nullopt;
}

std::vector<RegimeState> RegimeDetector::states() const {
  std::vector<RegimeState> all;
  for (const auto& stream : streams_) {
    const bool raised = in_regime(stream);
    const bool fresh = stream.level.cases >= static_cast<double>(options_.settle_cases);
    const Count& level = stream.phase == Phase::raised && !fresh ? stream.told : stream.level;
    const Count& baseline = raised ? stream.baseline : stream.level;
    double sum = 0;
    for (const auto& test : stream.up) sum += test.sum;
    all.push_back({.mode = stream.mode,
                   .raised = raised,
                   .regime = raised ? stream.regime : 0,
                   .onset = raised ? stream.began : 0,
                   .rate = stream.phase == Phase::leaving ? stream.left_rate : level.rate(),
                   .baseline = baseline.rate(),
                   .log_evidence = std::log(std::max(sum / static_cast<double>(kAlternatives), 1.0))});
  }
  return all;
}

void RegimeDetector::write_stream(ByteWriter& out, const Stream& stream) {
  out.write(stream.mode);
  out.write(stream.phase);
  for (const Count& count : {stream.level, stream.baseline, stream.pending, stream.told}) {
    out.write(count.failures);
    out.write(count.cases);
  }
  for (const Tests* tests : {&stream.up, &stream.down}) {
    for (const Test& test : *tests) {
      for (const double value : {test.sum, test.cusum, test.since.failures, test.since.cases}) out.write(value);
      out.write(test.onset);
    }
  }
  for (const auto value : {stream.regime, stream.regime_cases, stream.last_case}) out.write(value);
  for (const auto value : {stream.began, stream.onset, stream.last_time}) out.write(value);
  for (const double value : {stream.log_evidence, stream.left_rate, stream.quiet_at, stream.recent, stream.most_recent})
    out.write(value);
  out.write(stream.recent_at);
}

RegimeDetector::Stream RegimeDetector::read_stream(ByteReader& in) {
  Stream stream;
  stream.mode = in.read<std::uint32_t>();
  stream.phase = in.read<Phase>();
  for (Count* count : {&stream.level, &stream.baseline, &stream.pending, &stream.told}) {
    count->failures = in.read<double>();
    count->cases = in.read<double>();
  }
  for (Tests* tests : {&stream.up, &stream.down}) {
    for (Test& test : *tests) {
      for (double* value : {&test.sum, &test.cusum, &test.since.failures, &test.since.cases})
        *value = in.read<double>();
      test.onset = in.read<std::int64_t>();
    }
  }
  for (auto* value : {&stream.regime, &stream.regime_cases, &stream.last_case}) *value = in.read<std::uint64_t>();
  for (auto* value : {&stream.began, &stream.onset, &stream.last_time}) *value = in.read<std::int64_t>();
  for (double* value : {&stream.log_evidence, &stream.left_rate, &stream.quiet_at, &stream.recent, &stream.most_recent})
    *value = in.read<double>();
  stream.recent_at = in.read<std::int64_t>();
  return stream;
}

bool RegimeDetector::possible(const Stream& stream) {
  constexpr double kMostCases = 1e15;
  const auto counted = [](Count count) {
    return count.failures >= 0 && count.failures <= count.cases && count.cases < kMostCases;
  };
  const auto tested = [&](const Test& test) { return test.sum >= 0 && test.cusum >= 0 && counted(test.since); };
  return stream.phase <= Phase::leaving && counted(stream.level) && counted(stream.baseline) &&
         counted(stream.pending) && counted(stream.told) && std::ranges::all_of(stream.up, tested) &&
         std::ranges::all_of(stream.down, tested) && !std::isnan(stream.quiet_at) && stream.recent >= 0 &&
         stream.recent <= stream.most_recent && stream.most_recent < kMostCases;
}

void RegimeDetector::save(ByteWriter& out) const {
  for (const double value :
       {options_.false_alarm, options_.false_change, options_.tolerance, options_.least_rate, options_.least_change,
        options_.limit_z, options_.memory_cases, options_.half_life, options_.quiet}) {
    out.write(value);
  }
  for (const auto value : {options_.learn_cases, options_.settle_cases, options_.longest, options_.max_modes}) {
    out.write(static_cast<std::uint64_t>(value));
  }
  out.write(next_regime_);
  out.write(cases_);
  out.write(static_cast<std::uint64_t>(streams_.size()));
  for (const auto& stream : streams_) write_stream(out, stream);
}

Result<RegimeDetector> RegimeDetector::load(ByteReader& in) {
  RegimeOptions options;
  for (double* value :
       {&options.false_alarm, &options.false_change, &options.tolerance, &options.least_rate, &options.least_change,
        &options.limit_z, &options.memory_cases, &options.half_life, &options.quiet}) {
    *value = in.read<double>();
  }
  for (auto* value : {&options.learn_cases, &options.settle_cases, &options.longest, &options.max_modes}) {
    *value = static_cast<std::size_t>(in.read<std::uint64_t>());
  }
  auto made = make(options);
  if (in.truncated() || !made) return data_error("regimes: broken options");
  made->next_regime_ = in.read<std::uint64_t>();
  made->cases_ = in.read<std::uint64_t>();
  const auto streams = in.read<std::uint64_t>();
  if (streams < 1 || streams - 1 > options.max_modes) return data_error("regimes: a wrong number of streams");
  made->streams_.clear();
  made->ids_.clear();
  for (std::uint64_t k = 0; k < streams && !in.truncated(); ++k) {
    const auto stream = read_stream(in);
    const bool first = k == 0;
    if (first != (stream.mode == kNoMode) || !possible(stream) ||
        std::ranges::find(made->ids_, stream.mode) != made->ids_.end()) {
      return data_error("regimes: a stream that cannot be");
    }
    made->ids_.push_back(stream.mode);
    made->streams_.push_back(stream);
  }
  if (in.truncated()) return data_error("regimes: truncated");
  return made;
}

}  // namespace errata::memory
