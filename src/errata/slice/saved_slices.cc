// Saved slices come from another run, another version or a text editor, so nothing in them is taken for granted:
// every value is asked for its type before it is read, and every message says which entry it is about.
#include "errata/slice/saved_slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "errata/base/json_nesting.h"
#include "errata/base/limits.h"
#include "errata/table/coding.h"

namespace errata::slice {

namespace {

using Json = nlohmann::json;
using table::FeatureSource;
using table::Predicate;

constexpr std::array kSources{FeatureSource::feature, FeatureSource::label, FeatureSource::prediction,
                              FeatureSource::stream, FeatureSource::time};

/// An entry of the file and how to name it in a message.
struct Entry {
  const Json& json;
  std::string place;

  [[nodiscard]] const Json* find(const char* key) const {
    const auto found = json.find(key);
    return found == json.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::unexpected<Error> error(std::string_view what) const {
    return data_error(fmt::format("{}: {}", place, what));
  }
};

/// A value in a message: a short text or another scalar as it stands, else its type.
std::string shown(const Json& value) {
  constexpr std::size_t kLongest = 100;
  const bool is_short = !value.is_string() || value.get_ref<const std::string&>().size() <= kLongest;
  if (value.is_primitive() && is_short) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("a value of type {}", value.type_name());
}

Result<double> range_end(const Entry& entry, const char* key, double open) {
  const Json* const value = entry.find(key);
  if (value == nullptr || value->is_null()) return open;
  if (!value->is_number()) return entry.error(fmt::format("\"{}\" must be a number or null", key));
  return value->get<double>();
}

Result<void> read_range(const Entry& entry, Predicate& predicate) {
  predicate.kind = Predicate::Kind::range;
  ERRATA_ASSIGN(predicate.above, range_end(entry, "above", -kInfinity));
  ERRATA_ASSIGN(predicate.up_to, range_end(entry, "up_to", kInfinity));
  if (!(predicate.above < predicate.up_to)) {
    return entry.error(fmt::format("the range above {} up to {} is empty", predicate.above, predicate.up_to));
  }
  ERRATA_ASSIGN(predicate.min, range_end(entry, "min", kInfinity));
  ERRATA_ASSIGN(predicate.max, range_end(entry, "max", -kInfinity));
  return {};
}

Result<void> read_equals(const Entry& entry, const Json& value, Predicate& predicate) {
  predicate.kind = Predicate::Kind::equals;
  if (value.is_string()) {
    predicate.value = value.get<std::string>();
  } else if (value.is_number_integer()) {
    predicate.value = value.dump();
    predicate.value_is_integer = true;
  } else {
    return entry.error("\"equals\" must be a text or an integer; a fraction is selected by \"above\" and \"up_to\"");
  }
  return {};
}

Result<void> read_any_of(const Entry& entry, const Json& values, Predicate& predicate) {
  predicate.kind = Predicate::Kind::any_of;
  if (!values.is_array() || !std::ranges::all_of(values, [](const Json& value) { return value.is_string(); })) {
    return entry.error("\"any_of\" must be a list of texts");
  }
  predicate.values = values.get<std::vector<std::string>>();
  return {};
}

Result<void> read_source(const Entry& entry, Predicate& predicate) {
  const Json* const value = entry.find("source");
  if (value == nullptr) return {};
  const auto source = std::ranges::find_if(
      kSources, [&](FeatureSource known) { return value->is_string() && *value == std::string(name_of(known)); });
  if (source == kSources.end()) {
    return entry.error(
        fmt::format("\"source\" is {}, not one of feature, label, prediction, stream, time", shown(*value)));
  }
  predicate.source = *source;
  return {};
}

Result<Predicate> read_predicate(const Entry& entry) {
  if (!entry.json.is_object()) return entry.error("a predicate must be an object like {\"feature\", \"equals\"}");
  const Json* const feature = entry.find("feature");
  if (feature == nullptr || !feature->is_string()) return entry.error("\"feature\" must be the name of a column");
  Predicate predicate;
  predicate.feature = feature->get<std::string>();
  if (const Json* const time = entry.find("time")) predicate.is_time = *time == true;
  ERRATA_TRY(read_source(entry, predicate));

  const Json* const equals = entry.find("equals");
  const Json* const any_of = entry.find("any_of");
  const Json* const missing = entry.find("missing");
  const bool range = entry.find("above") != nullptr || entry.find("up_to") != nullptr;
  const int kinds = (equals != nullptr) + (any_of != nullptr) + (missing != nullptr) + range;
  if (kinds != 1) {
    return entry.error("a predicate has exactly one of \"equals\", \"above\" and \"up_to\", \"any_of\", \"missing\"");
  }
  if (range) {
    ERRATA_TRY(read_range(entry, predicate));
  } else if (equals != nullptr) {
    ERRATA_TRY(read_equals(entry, *equals, predicate));
  } else if (any_of != nullptr) {
    ERRATA_TRY(read_any_of(entry, *any_of, predicate));
  } else {
    if (*missing != true) return entry.error("\"missing\" can only be true");
    predicate.kind = Predicate::Kind::missing;
  }
  return predicate;
}

Result<std::vector<Predicate>> read_conjunction(const Entry& entry) {
  const Json* const where = entry.json.is_object() ? entry.find("where") : nullptr;
  if (where == nullptr || !where->is_array()) return entry.error("\"where\" must be a list of predicates");
  std::vector<Predicate> conjunction;
  for (const Json& json : *where) {
    ERRATA_ASSIGN(conjunction.emplace_back(),
                  read_predicate({json, fmt::format("{}.where[{}]", entry.place, conjunction.size())}));
  }
  return conjunction;
}

/// Which list of the document holds the slices.
Result<const char*> list_of(const Entry& document) {
  if (!document.json.is_object()) return document.error("holds no slices: neither an analysis nor a list of slices");
  if (const Json* const schema = document.find("schema")) {
    if (*schema != "errata.analysis") {
      return document.error(fmt::format("its schema is {}, not \"errata.analysis\"", shown(*schema)));
    }
    const Json* const version = document.find("schema_version");
    if (version == nullptr || !version->is_number_integer()) return document.error("has no \"schema_version\"");
    if (version->is_number_unsigned() && std::cmp_greater(version->get<std::uint64_t>(), kNewestAnalysis)) {
      return document.error(fmt::format("was written by a newer errata: schema_version {}, this one reads up to {}",
                                        shown(*version), kNewestAnalysis));
    }
    return "hotspots";
  }
  if (document.find("slices") != nullptr) return "slices";
  return document.error("holds no slices: neither the JSON of `errata slices` nor of `errata analyze --json`");
}

/// nlohmann tells the byte; people look for a line.
std::unexpected<Error> syntax_error(std::string_view json, std::string_view name, std::size_t byte) {
  const std::string_view before = json.substr(0, std::min(byte > 0 ? byte - 1 : 0, json.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  if (before.size() == json.size()) return data_error(fmt::format("{}:{}: the JSON ends too early", name, line));
  return data_error(fmt::format("{}:{}: not JSON at column {}", name, line, before.size() - line_begin + 1));
}

}  // namespace

Result<std::vector<std::vector<Predicate>>> parse_saved_slices(std::string_view json, std::string_view name) {
  constexpr std::size_t kDeepest = 100;
  if (nests_deeper(json, kDeepest))
    return data_error(fmt::format("{}: lists and objects are nested more than {} deep", name, kDeepest));
  Json document_json;
  try {
    document_json = Json::parse(json);
  } catch (const Json::parse_error& error) {
    return syntax_error(json, name, error.byte);
  } catch (const Json::exception& error) {
    return data_error(fmt::format("{}: not JSON that can be held: {}", name, error.what()));
  }
  const Entry document{document_json, std::string(name)};
  ERRATA_ASSIGN(const char* const list, list_of(document));
  const Json* const slices = document.find(list);
  if (slices == nullptr || !slices->is_array()) return document.error(fmt::format("\"{}\" must be a list", list));

  std::vector<std::vector<Predicate>> conjunctions;
  for (const Json& slice : *slices) {
    ERRATA_ASSIGN(conjunctions.emplace_back(),
                  read_conjunction({slice, fmt::format("{}: {}[{}]", name, list, conjunctions.size())}));
  }
  return conjunctions;
}

}  // namespace errata::slice
