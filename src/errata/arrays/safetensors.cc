#include "errata/arrays/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "errata/arrays/npy.h"
#include "errata/base/json_nesting.h"

namespace errata::arrays {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr const char* kMetadata = "__metadata__";
constexpr std::size_t kDeepest = 8;  ///< a tensor's shape stands three deep

struct SafeTypeName {
  std::string_view name;
  SafetensorType type;
  std::size_t bytes;
};
constexpr std::array kSafeTypes{
    SafeTypeName{"BOOL", SafetensorType::boolean, 1},  SafeTypeName{"U8", SafetensorType::uint8, 1},
    SafeTypeName{"I8", SafetensorType::int8, 1},       SafeTypeName{"I16", SafetensorType::int16, 2},
    SafeTypeName{"U16", SafetensorType::uint16, 2},    SafeTypeName{"I32", SafetensorType::int32, 4},
    SafeTypeName{"U32", SafetensorType::uint32, 4},    SafeTypeName{"I64", SafetensorType::int64, 8},
    SafeTypeName{"U64", SafetensorType::uint64, 8},    SafeTypeName{"F16", SafetensorType::float16, 2},
    SafeTypeName{"BF16", SafetensorType::bfloat16, 2}, SafeTypeName{"F32", SafetensorType::float32, 4},
    SafeTypeName{"F64", SafetensorType::float64, 8},
};

/// JSON in which no key of one object stands twice.
std::optional<Json> parse_unique(std::string_view text, std::string& repeated) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      repeated = parsed.get<std::string>();
    return true;
  };
  Json json = Json::parse(text, watch, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::optional<std::size_t> size_of(const Json& json) {
  if (!json.is_number_unsigned()) return std::nullopt;
  return json.get<std::size_t>();
}

/// a · b, or nothing beyond 64 bits.
std::optional<std::size_t> product(std::size_t a, std::size_t b) {
  if (a != 0 && b > std::numeric_limits<std::size_t>::max() / a) return std::nullopt;
  return a * b;
}

/// One tensor as the header describes it; `start` still counts from the first value.
Result<SafetensorEntry> parse_entry(const std::string& name, const Json& json, std::string_view place) {
  const auto wrong = [&](const std::string& why) {
    return data_error(fmt::format("{}: tensor '{}': {}", place, name, why));
  };
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets"))
    return wrong("it has other keys than dtype, shape and data_offsets");
  const auto& dtype = json["dtype"];
  const auto* const type = dtype.is_string()
                               ? std::ranges::find(kSafeTypes, dtype.get<std::string>(), &SafeTypeName::name)
                               : kSafeTypes.end();
  if (type == kSafeTypes.end()) return wrong(fmt::format("dtype {} is not known", dtype.dump()));
  SafetensorEntry entry{.name = name, .type = type->type, .shape = {}};
  std::size_t bytes = type->bytes;
  if (!json["shape"].is_array()) return wrong("its shape is no list");
  for (const auto& side : json["shape"]) {
    const auto size = size_of(side);
    const auto larger = size ? product(bytes, *size) : std::nullopt;
    if (!larger) return wrong("its shape holds what is no size");
    entry.shape.push_back(*size);
    bytes = *larger;
  }
  const auto& offsets = json["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !size_of(offsets[0]) || !size_of(offsets[1]))
    return wrong("its data_offsets are not two sizes");
  const std::size_t begin = *size_of(offsets[0]), end = *size_of(offsets[1]);
  if (end < begin) return wrong(fmt::format("it ends at {} before it begins at {}", end, begin));
  if (end - begin != bytes)
    return wrong(fmt::format("its shape {} asks for {} bytes, its data_offsets hold {}", shape_text(entry.shape), bytes,
                             end - begin));
  entry.start = begin;
  entry.bytes = bytes;
  return entry;
}

Result<std::map<std::string, std::string>> parse_metadata(const Json& json, std::string_view place) {
  std::map<std::string, std::string> metadata;
  const auto is_text = [](const Json& value) { return value.is_string(); };
  if (!json.is_object() || !std::ranges::all_of(json, is_text))
    return data_error(fmt::format("{}: {} is no object of texts", place, kMetadata));
  for (const auto& [key, value] : json.items()) metadata[key] = value.get<std::string>();
  return metadata;
}

/// The tensors must lie one behind the other from the first byte to the last.
Result<void> place_entries(Safetensors& file, std::size_t values) {
  std::ranges::stable_sort(file.entries, {}, [](const SafetensorEntry& e) { return std::pair(e.start, e.bytes); });
  std::size_t next = 0;
  const std::size_t available = file.file.bytes().size() - values;
  for (SafetensorEntry& entry : file.entries) {
    if (entry.start != next)
      return data_error(fmt::format("{}: tensor '{}' begins at byte {} of the values, {} {}", file.place, entry.name,
                                    entry.start,
                                    entry.start < next ? "inside another that ends at" : "behind a hole from", next));
    if (entry.bytes > available - next)
      return data_error(fmt::format("{}: tensor '{}' ends at byte {} of the values, and there are {}", file.place,
                                    entry.name, entry.start + entry.bytes, available));
    next += entry.bytes;
    entry.start += values;
  }
  if (next != available)
    return data_error(fmt::format("{}: {} bytes behind the last tensor belong to none", file.place, available - next));
  return {};
}

template <typename T>
T value_at(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

std::size_t SafetensorEntry::size() const {
  std::size_t size = 1;
  for (const std::size_t side : shape) size *= side;
  return size;
}

const SafetensorEntry* Safetensors::find(std::string_view name) const {
  const auto found = std::ranges::find(entries, name, &SafetensorEntry::name);
  return found == entries.end() ? nullptr : &*found;
}

std::optional<NumberFormat> SafetensorEntry::format() const {
  switch (type) {
    case SafetensorType::float64: return NumberFormat::f64;
    case SafetensorType::float32: return NumberFormat::f32;
    case SafetensorType::float16: return NumberFormat::f16;
    case SafetensorType::bfloat16: return NumberFormat::bf16;
    default: return std::nullopt;
  }
}

Result<const SafetensorEntry*> Safetensors::tensor(std::string_view name, std::span<const std::size_t> shape) const {
  const SafetensorEntry* const entry = find(name);
  if (entry == nullptr) return data_error(fmt::format("{}: there is no tensor '{}'", place, name));
  if (!std::ranges::equal(entry->shape, shape))
    return data_error(fmt::format("{}: tensor '{}' is {}, it must be {}", place, name, shape_text(entry->shape),
                                  shape_text({shape.begin(), shape.end()})));
  if (!entry->format()) return data_error(fmt::format("{}: tensor '{}' holds no floating-point numbers", place, name));
  return entry;
}

void Safetensors::read(const SafetensorEntry& entry, std::size_t first, std::span<float> to) const {
  const auto format = entry.format();
  ERRATA_CHECK(format && first + to.size() <= entry.size());
  read_numbers(*format, file.bytes().data() + entry.start + first * layout_of(*format).bytes, to);
}

Result<std::vector<float>> Safetensors::floats(std::string_view name, std::span<const std::size_t> shape) const {
  ERRATA_ASSIGN(const SafetensorEntry* const entry, tensor(name, shape));
  std::vector<float> values(entry->size());
  read(*entry, 0, values);
  return values;
}

Result<Safetensors> parse_safetensors(std::string content, std::string_view place) {
  return parse_safetensors(MappedFile(std::move(content)), place);
}

Result<Safetensors> parse_safetensors(MappedFile content, std::string_view place) {
  const auto wrong = [&](const std::string& why) {
    return data_error(fmt::format("{}: no safetensors file: {}", place, why));
  };
  Safetensors file{.place = std::string(place), .file = std::move(content), .entries = {}, .metadata = {}};
  const std::string_view bytes = file.file.bytes();
  if (bytes.size() < kLengthBytes) return wrong("it is shorter than the 8 bytes that every one begins with");
  const auto length = value_at<std::uint64_t>(bytes.data());
  if (length > kMostSafetensorsHeader) return wrong(fmt::format("a header of {} bytes is too long", length));
  if (length > bytes.size() - kLengthBytes) return wrong(fmt::format("its header of {} bytes is cut off", length));
  const std::string_view header = bytes.substr(kLengthBytes, length);
  if (!header.starts_with('{')) return wrong("its header does not begin with {");
  if (nests_deeper(header, kDeepest)) return wrong(fmt::format("its header is nested more than {} deep", kDeepest));
  std::string repeated;
  const std::optional<Json> json = parse_unique(header, repeated);
  if (!json) return wrong("its header is no JSON");
  if (!repeated.empty()) return wrong(fmt::format("the key '{}' stands twice", repeated));
  for (const auto& [name, value] : json->items()) {
    if (name == kMetadata) {
      ERRATA_ASSIGN(file.metadata, parse_metadata(value, place));
    } else {
      ERRATA_ASSIGN(auto entry, parse_entry(name, value, place));
      file.entries.push_back(std::move(entry));
    }
  }
  ERRATA_TRY(place_entries(file, kLengthBytes + length));
  return file;
}

Result<Safetensors> read_safetensors(const std::filesystem::path& file) {
  ERRATA_ASSIGN(MappedFile mapped, MappedFile::open(file));
  return parse_safetensors(std::move(mapped), file.string());
}

std::string safetensors_content(std::span<const FloatTensor> tensors,
                                const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  std::size_t next = 0;
  for (const FloatTensor& tensor : tensors) {
    const std::size_t end = next + tensor.values.size_bytes();
    header[tensor.name] = Json{{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {next, end}}};
    next = end;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string content(kLengthBytes, '\0');
  std::memcpy(content.data(), &length, kLengthBytes);
  content += text;
  for (const FloatTensor& tensor : tensors)
    if (!tensor.values.empty())
      content.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes());
  return content;
}

}  // namespace errata::arrays
