#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>

#include "errata/monitor/errata.h"
#include "errata/monitor/monitor.h"

struct errata_monitor {
  std::optional<errata::monitor::Monitor> monitor{};
  std::string error{}, snapshot{};
  std::vector<std::string_view> categories{};
};

namespace {

using errata::Error;
using errata::Result;
using errata::memory::Schema;
using errata::monitor::Monitor;
using errata::monitor::MonitorOptions;

static_assert(static_cast<int>(errata::selective::Decision::accept) == ERRATA_ACCEPT);
static_assert(static_cast<int>(errata::selective::Decision::defer) == ERRATA_DEFER);
static_assert(static_cast<int>(errata::selective::Decision::abstain) == ERRATA_ABSTAIN);
static_assert(errata::memory::kNoClass == ERRATA_NO_CLASS);

// errata.h is C and cannot read the table of base/error.h: the two are held together here.
static_assert(errata::kErrorKinds[0].c_status == ERRATA_INVALID_ARGUMENT);
static_assert(errata::kErrorKinds[1].c_status == ERRATA_DATA);
static_assert(errata::kErrorKinds[2].c_status == ERRATA_OUTPUT);
static_assert(errata::kErrorKinds[3].c_status == ERRATA_NOT_FOUND);
static_assert(errata::kErrorKinds[4].c_status == ERRATA_CONFLICT);
static_assert(errata::kErrorKinds[5].c_status == ERRATA_UNAVAILABLE);
static_assert(errata::kErrorKinds[6].c_status == ERRATA_CANCELLED);

/// Runs `work` and keeps its error; no exception leaves.
template <typename Work>
int guarded(errata_monitor* handle, Work work) {
  if (handle == nullptr) return ERRATA_INVALID_ARGUMENT;
  try {
    handle->error.clear();
    Result<void> done = work();
    if (done) return ERRATA_OK;
    handle->error = done.error().message;
    return errata::kind_of(done.error().code).c_status;
  } catch (const std::bad_alloc&) {
    handle->error.clear();
    return ERRATA_OUT_OF_MEMORY;
  }
}

Result<Monitor*> monitor_of(errata_monitor* handle) {
  if (!handle->monitor) return errata::invalid_argument("this monitor could not be made; it can only be freed");
  return &*handle->monitor;
}

Result<std::vector<std::string>> names_of(const char* const* names, std::size_t count, std::string_view what) {
  std::vector<std::string> copied;
  for (std::size_t i = 0; i < count; ++i) {
    if (names == nullptr || names[i] == nullptr)
      return errata::invalid_argument(fmt::format("{} {} of {} has no name", what, i + 1, count));
    copied.emplace_back(names[i]);
  }
  return copied;
}

Result<Schema> schema_of(const errata_schema* given) {
  if (given == nullptr) return errata::invalid_argument("there is no schema");
  Schema schema{.embedding = given->embedding};
  ERRATA_ASSIGN(schema.numbers, names_of(given->numbers, given->numbers_count, "numeric feature"));
  ERRATA_ASSIGN(schema.categories, names_of(given->categories, given->categories_count, "categorical feature"));
  ERRATA_ASSIGN(schema.classes, names_of(given->classes, given->classes_count, "class"));
  return schema;
}

Result<MonitorOptions> options_of(const errata_options* given) {
  if (given == nullptr) return errata::invalid_argument("there are no options");
  if (given->cold_decision < ERRATA_ACCEPT || given->cold_decision > ERRATA_ABSTAIN)
    return errata::invalid_argument(fmt::format("cold_decision {} is no decision", given->cold_decision));
  MonitorOptions options;
  options.policy.coverage = given->coverage == 0 ? std::nullopt : std::optional(given->coverage);
  options.policy.risk = given->risk == 0 ? std::nullopt : std::optional(given->risk);
  options.policy.defer_share = given->defer_share;
  options.policy.cold_start = given->cold_start;
  options.policy.cold_decision = errata::selective::Decision(given->cold_decision);
  options.memory.warm_up = given->warm_up;
  options.memory.max_warm_up = std::max<std::size_t>(options.memory.max_warm_up, given->warm_up);
  options.memory.window = given->window;
  options.memory.max_modes = given->max_modes;
  options.memory.max_pending = given->max_pending;
  options.memory.confident = given->confident;
  options.memory.half_life = given->half_life;
  options.memory.seed = given->seed;
  if (given->clamp_time != 0) options.backward_time = errata::monitor::BackwardTime::clamp;
  return options;
}

template <typename T>
std::span<const T> values_of(const T* values, std::size_t count) {
  return values == nullptr ? std::span<const T>() : std::span(values, count);
}

Result<errata::memory::CaseView> case_of(errata_monitor* handle, const errata_case& seen) {
  const Schema& schema = handle->monitor->schema();
  handle->categories.clear();
  if (seen.categories != nullptr) {
    for (std::size_t c = 0; c < schema.categories.size(); ++c) {
      const char* text = seen.categories[c];
      handle->categories.push_back(text == nullptr ? std::string_view() : std::string_view(text));
    }
  }
  return errata::memory::CaseView{.time = seen.time,
                                  .numbers = values_of(seen.numbers, schema.numbers.size()),
                                  .categories = handle->categories,
                                  .embedding = values_of(seen.embedding, schema.embedding),
                                  .predicted = seen.predicted,
                                  .confidence = seen.confidence,
                                  .positive_score = seen.positive_score,
                                  .auditor_risk = seen.auditor_risk};
}

void fill(errata_decision& into, const errata::monitor::MonitorDecision& from) {
  into = {.risk = from.risk,
          .decision = static_cast<int>(from.decision),
          .cold = from.cold ? 1 : 0,
          .warm = from.warm ? 1 : 0,
          .mode = from.mode == errata::memory::kNoMode ? ERRATA_NO_MODE : static_cast<std::int64_t>(from.mode),
          .threshold = from.threshold,
          .similarity = from.similarity,
          .danger = from.danger};
  std::size_t size = std::min<std::size_t>(from.reason.size(), ERRATA_REASON_SIZE - 1);
  const auto continues = [&](std::size_t at) {
    return at < from.reason.size() && (static_cast<unsigned char>(from.reason[at]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && continues(size)) --size;  // no letter is cut in two
  std::memcpy(into.reason, from.reason.data(), size);
  into.reason[size] = '\0';
}

/// Makes a handle, and in it what `make` gives.
template <typename Make>
int make_handle(errata_monitor** handle, Make make) {
  if (handle == nullptr) return ERRATA_INVALID_ARGUMENT;
  *handle = new (std::nothrow) errata_monitor;
  if (*handle == nullptr) return ERRATA_OUT_OF_MEMORY;
  return guarded(*handle, [&]() -> Result<void> {
    ERRATA_ASSIGN((*handle)->monitor, make());
    return {};
  });
}

}  // namespace

extern "C" {

void errata_options_init(errata_options* options) {
  const MonitorOptions defaults;
  *options = {.coverage = defaults.policy.coverage.value_or(0),
              .risk = 0,
              .defer_share = defaults.policy.defer_share,
              .cold_start = defaults.policy.cold_start,
              .cold_decision = static_cast<int>(defaults.policy.cold_decision),
              .warm_up = defaults.memory.warm_up,
              .window = defaults.memory.window,
              .max_modes = defaults.memory.max_modes,
              .max_pending = defaults.memory.max_pending,
              .confident = defaults.memory.confident,
              .half_life = defaults.memory.half_life,
              .clamp_time = 0,
              .seed = defaults.memory.seed};
}

void errata_case_init(errata_case* seen) {
  *seen = {.id = nullptr,
           .time = 0,
           .numbers = nullptr,
           .categories = nullptr,
           .embedding = nullptr,
           .predicted = ERRATA_NO_CLASS,
           .confidence = errata::memory::kUnknown,
           .positive_score = errata::memory::kUnknown,
           .auditor_risk = errata::memory::kUnknown};
}

int errata_monitor_create(const errata_schema* schema, const errata_options* options, errata_monitor** monitor) {
  return make_handle(monitor, [&]() -> Result<Monitor> {
    ERRATA_ASSIGN(const auto known, schema_of(schema));
    ERRATA_ASSIGN(const auto chosen, options_of(options));
    return Monitor::create(known, chosen);
  });
}

int errata_monitor_restore(const errata_schema* schema, const void* bytes, size_t size, errata_monitor** monitor) {
  return make_handle(monitor, [&]() -> Result<Monitor> {
    if (bytes == nullptr) return errata::invalid_argument("there are no bytes to restore from");
    ERRATA_ASSIGN(const auto known, schema_of(schema));
    return Monitor::restore(std::string_view(static_cast<const char*>(bytes), size), known);
  });
}

int errata_monitor_load(const errata_schema* schema, const char* place, errata_monitor** monitor) {
  return make_handle(monitor, [&]() -> Result<Monitor> {
    if (place == nullptr) return errata::invalid_argument("there is no file to load from");
    ERRATA_ASSIGN(const auto known, schema_of(schema));
    return Monitor::load(place, known);
  });
}

int errata_monitor_decide(errata_monitor* monitor, const errata_case* seen, errata_decision* decision) {
  return guarded(monitor, [&]() -> Result<void> {
    ERRATA_ASSIGN(Monitor* const made, monitor_of(monitor));
    if (seen == nullptr || decision == nullptr || seen->id == nullptr)
      return errata::invalid_argument("a case, its id or the place for its decision is missing");
    ERRATA_ASSIGN(const auto view, case_of(monitor, *seen));
    ERRATA_ASSIGN(const auto decided, made->decide(seen->id, view));
    fill(*decision, decided);
    return {};
  });
}

int errata_monitor_learn(errata_monitor* monitor, const char* id, int failed, uint32_t label, int64_t time) {
  return guarded(monitor, [&]() -> Result<void> {
    ERRATA_ASSIGN(Monitor* const made, monitor_of(monitor));
    if (id == nullptr) return errata::invalid_argument("an outcome needs the id of its case");
    if (failed != 0 && failed != 1)
      return errata::invalid_argument(fmt::format("id '{}': failed is {}, not 0 or 1", id, failed));
    return made->learn(id, {.failed = failed == 1, .label = label}, time);
  });
}

int errata_monitor_snapshot(errata_monitor* monitor, const void** bytes, size_t* size) {
  return guarded(monitor, [&]() -> Result<void> {
    ERRATA_ASSIGN(Monitor* const made, monitor_of(monitor));
    if (bytes == nullptr || size == nullptr) return errata::invalid_argument("there is no place for the snapshot");
    monitor->snapshot = made->snapshot();
    *bytes = monitor->snapshot.data();
    *size = monitor->snapshot.size();
    return {};
  });
}

int errata_monitor_save(errata_monitor* monitor, const char* place) {
  return guarded(monitor, [&]() -> Result<void> {
    ERRATA_ASSIGN(Monitor* const made, monitor_of(monitor));
    if (place == nullptr) return errata::invalid_argument("there is no file to save to");
    return made->save(place);
  });
}

const char* errata_monitor_error(const errata_monitor* monitor) {
  return monitor == nullptr ? "out of memory" : monitor->error.c_str();
}

void errata_monitor_free(errata_monitor* monitor) { delete monitor; }

}  // extern "C"
