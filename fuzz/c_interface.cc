// The C interface: calls in any order with any numbers. A monitor's risk is a probability, and what it saves restores
// to the same bytes.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "errata/base/error.h"
#include "errata/monitor/errata.h"

namespace {

using Provider = FuzzedDataProvider;

constexpr std::array kNumbers{"age", "income"}, kClasses{"no", "yes"};
constexpr std::array kCategories{"region"};

double number(Provider& in) {
  return in.ConsumeBool() ? in.PickValueInArray<double>({0, 1, -1, std::nan(""), HUGE_VAL, -HUGE_VAL, 1e308, 5e-324})
                          : in.ConsumeFloatingPointInRange<double>(-2, 2);
}

std::int64_t time_of(Provider& in, std::int64_t last) {
  switch (in.ConsumeIntegralInRange(0, 7)) {
    case 0: return in.ConsumeIntegral<std::int64_t>();
    case 1: return std::numeric_limits<std::int64_t>::max();
    default: return last > INT64_MAX - 256 ? last : last + in.ConsumeIntegral<std::uint8_t>();
  }
}

errata_options options_of(Provider& in) {
  errata_options options;
  errata_options_init(&options);
  options.warm_up = in.ConsumeIntegralInRange<std::uint64_t>(0, 40);
  options.cold_start = in.ConsumeIntegralInRange<std::uint64_t>(0, 20);
  options.window = in.ConsumeIntegralInRange<std::uint64_t>(0, 300);
  options.max_modes = in.ConsumeIntegralInRange<std::uint64_t>(0, 65);
  options.max_pending = in.ConsumeBool() ? 100'000'000 : in.ConsumeIntegralInRange<std::uint64_t>(0, 50);
  if (in.ConsumeBool()) options.coverage = number(in);
  if (in.ConsumeBool()) options.risk = number(in);
  if (in.ConsumeBool()) options.half_life = number(in);
  if (in.ConsumeBool()) options.confident = number(in);
  options.clamp_time = in.ConsumeBool();
  return options;
}

void check_snapshot(errata_monitor* monitor, const errata_schema& schema) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  ERRATA_CHECK(errata_monitor_snapshot(monitor, &bytes, &size) == ERRATA_OK);
  errata_monitor* again = nullptr;
  ERRATA_CHECK(errata_monitor_restore(&schema, bytes, size, &again) == ERRATA_OK);
  const void* same = nullptr;
  std::size_t same_size = 0;
  ERRATA_CHECK(errata_monitor_snapshot(again, &same, &same_size) == ERRATA_OK);
  ERRATA_CHECK(size == same_size && std::memcmp(bytes, same, size) == 0);
  errata_monitor_free(again);
}

void decide(errata_monitor* monitor, Provider& in, std::int64_t& last) {
  const std::string id = "case-" + std::to_string(in.ConsumeIntegral<std::uint8_t>());
  const std::array numbers{number(in), number(in)};
  const std::array categories{in.PickValueInArray<const char*>({"north", "south", "", nullptr})};
  const std::array embedding{static_cast<float>(number(in)), static_cast<float>(number(in))};
  errata_case seen;
  errata_case_init(&seen);
  seen.id = id.c_str();
  seen.time = time_of(in, last);
  seen.numbers = numbers.data();
  seen.categories = categories.data();
  seen.embedding = embedding.data();
  seen.predicted = in.PickValueInArray<std::uint32_t>({0, 1, 2, ERRATA_NO_CLASS});
  seen.confidence = in.ConsumeBool() ? in.ConsumeProbability<double>() : number(in);
  seen.auditor_risk = in.ConsumeBool() ? std::nan("") : number(in);
  errata_decision decision;
  if (errata_monitor_decide(monitor, &seen, &decision) != ERRATA_OK) return;
  last = std::max(last, seen.time);
  ERRATA_CHECK(decision.risk >= 0 && decision.risk <= 1);
  ERRATA_CHECK(std::memchr(decision.reason, 0, ERRATA_REASON_SIZE) != nullptr);
}

void learn(errata_monitor* monitor, Provider& in, std::int64_t& last) {
  const std::string id = "case-" + std::to_string(in.ConsumeIntegral<std::uint8_t>());
  const std::int64_t time = time_of(in, last);
  const auto label = in.PickValueInArray<std::uint32_t>({0, 1, 2, ERRATA_NO_CLASS});
  if (errata_monitor_learn(monitor, id.c_str(), in.ConsumeIntegralInRange(-1, 2), label, time) == ERRATA_OK)
    last = std::max(last, time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Provider in(data, size);
  const errata_schema schema{.numbers = kNumbers.data(),
                             .numbers_count = in.ConsumeBool() ? 2U : 0U,
                             .categories = kCategories.data(),
                             .categories_count = in.ConsumeBool() ? 1U : 0U,
                             .classes = kClasses.data(),
                             .classes_count = in.ConsumeBool() ? 2U : 0U,
                             .embedding = in.ConsumeBool() ? 2U : 0U};
  const errata_options options = options_of(in);
  errata_monitor* monitor = nullptr;
  if (errata_monitor_create(&schema, &options, &monitor) == ERRATA_OK) {
    std::int64_t last = 0;
    while (in.remaining_bytes() > 0) {
      switch (in.ConsumeIntegralInRange(0, 15)) {
        case 0: check_snapshot(monitor, schema); break;
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: learn(monitor, in, last); break;
        default: decide(monitor, in, last);
      }
    }
    check_snapshot(monitor, schema);
  }
  errata_monitor_free(monitor);
  return 0;
}
