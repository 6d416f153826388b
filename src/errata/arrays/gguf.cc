#include "errata/arrays/gguf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>

namespace errata::arrays {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr std::size_t kMostSides = 4, kDeepestList = 4, kLongestKey = 65'535;
constexpr std::uint64_t kUsualAlignment = 32, kMostAlignment = 1 << 20;

/// A type of tensors as ggml numbers them.
struct GgmlType {
  std::uint32_t number;
  std::string_view name;
  std::size_t block, bytes;
  std::optional<NumberFormat> format;
};
constexpr std::array kGgmlTypes{
    GgmlType{0, "F32", 1, 4, NumberFormat::f32},
    GgmlType{1, "F16", 1, 2, NumberFormat::f16},
    GgmlType{2, "Q4_0", 32, 18, NumberFormat::q4_0},
    GgmlType{3, "Q4_1", 32, 20, NumberFormat::q4_1},
    GgmlType{6, "Q5_0", 32, 22, NumberFormat::q5_0},
    GgmlType{7, "Q5_1", 32, 24, NumberFormat::q5_1},
    GgmlType{8, "Q8_0", 32, 34, NumberFormat::q8_0},
    GgmlType{9, "Q8_1", 32, 36, {}},
    GgmlType{10, "Q2_K", 256, 84, {}},
    GgmlType{11, "Q3_K", 256, 110, {}},
    GgmlType{12, "Q4_K", 256, 144, NumberFormat::q4_k},
    GgmlType{13, "Q5_K", 256, 176, NumberFormat::q5_k},
    GgmlType{14, "Q6_K", 256, 210, NumberFormat::q6_k},
    GgmlType{15, "Q8_K", 256, 292, {}},
    GgmlType{16, "IQ2_XXS", 256, 66, {}},
    GgmlType{17, "IQ2_XS", 256, 74, {}},
    GgmlType{18, "IQ3_XXS", 256, 98, {}},
    GgmlType{19, "IQ1_S", 256, 50, {}},
    GgmlType{20, "IQ4_NL", 32, 18, {}},
    GgmlType{21, "IQ3_S", 256, 110, {}},
    GgmlType{22, "IQ2_S", 256, 82, {}},
    GgmlType{23, "IQ4_XS", 256, 136, {}},
    GgmlType{24, "I8", 1, 1, {}},
    GgmlType{25, "I16", 1, 2, {}},
    GgmlType{26, "I32", 1, 4, {}},
    GgmlType{27, "I64", 1, 8, {}},
    GgmlType{28, "F64", 1, 8, NumberFormat::f64},
    GgmlType{29, "IQ1_M", 256, 56, {}},
    GgmlType{30, "BF16", 1, 2, NumberFormat::bf16},
    GgmlType{34, "TQ1_0", 256, 54, {}},
    GgmlType{35, "TQ2_0", 256, 66, {}},
    GgmlType{39, "MXFP4", 32, 17, {}},
};

/// Types of values as the format numbers them.
enum class ValueType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, list, u64, i64, f64, end };

/// Fewest bytes of a value in the file.
std::size_t least_bytes(ValueType type) {
  constexpr std::array<std::size_t, 13> kBytes{1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};
  return kBytes.at(static_cast<std::size_t>(type));
}

/// Reads values one after the other; the first that is wrong is kept, and every later one is nothing.
class GgufReader {
 public:
  GgufReader(std::string_view bytes, std::string_view place) : bytes_(bytes), place_(place) {}

  template <typename T>
  T number() {
    T value{};
    if (const std::string_view from = take(sizeof value); !from.empty()) std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  std::string text(std::size_t longest = std::numeric_limits<std::size_t>::max()) {
    const auto length = number<std::uint64_t>();
    if (length > longest) wrong(fmt::format("a name of {} bytes is too long", length));
    return std::string(take(length));
  }
  GgufValue value() { return value(type(), 0); }

  void wrong(const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("{}: no GGUF file that can be read: {}", place_, why);
  }
  [[nodiscard]] bool failed() const { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }

 private:
  std::string_view take(std::uint64_t size) {
    if (!failed() && size > left()) wrong(fmt::format("it is cut off at byte {}", bytes_.size()));
    if (failed()) return {};
    position_ += size;
    return bytes_.substr(position_ - size, size);
  }
  ValueType type() {
    const auto number_of = number<std::uint32_t>();
    if (number_of < static_cast<std::uint32_t>(ValueType::end)) return static_cast<ValueType>(number_of);
    wrong(fmt::format("a value of type {}", number_of));
    return ValueType::u8;
  }
  bool truth() {
    const auto byte = number<std::uint8_t>();
    if (byte > 1) wrong(fmt::format("a truth value of {}", byte));
    return byte == 1;
  }

  GgufValue value(ValueType type, std::size_t depth) {
    switch (type) {
      case ValueType::u8: return {std::uint64_t{number<std::uint8_t>()}};
      case ValueType::u16: return {std::uint64_t{number<std::uint16_t>()}};
      case ValueType::u32: return {std::uint64_t{number<std::uint32_t>()}};
      case ValueType::u64: return {number<std::uint64_t>()};
      case ValueType::i8: return {std::int64_t{number<std::int8_t>()}};
      case ValueType::i16: return {std::int64_t{number<std::int16_t>()}};
      case ValueType::i32: return {std::int64_t{number<std::int32_t>()}};
      case ValueType::i64: return {number<std::int64_t>()};
      case ValueType::f32: return {double{number<float>()}};
      case ValueType::f64: return {number<double>()};
      case ValueType::boolean: return {truth()};
      case ValueType::text: return {text()};
      default: return list(depth + 1);
    }
  }

  GgufValue list(std::size_t depth) {
    const ValueType of = type();
    const auto count = number<std::uint64_t>();
    if (depth > kDeepestList) wrong(fmt::format("lists stand more than {} deep", kDeepestList));
    if (!failed() && count > left() / least_bytes(of))
      wrong(fmt::format("a list of {} values does not fit in the {} bytes that are left", count, left()));
    if (failed()) return {};
    switch (of) {
      case ValueType::u8:
      case ValueType::u16:
      case ValueType::u32:
      case ValueType::u64: return items<std::uint64_t>(of, count, depth);
      case ValueType::i8:
      case ValueType::i16:
      case ValueType::i32:
      case ValueType::i64: return items<std::int64_t>(of, count, depth);
      case ValueType::f32:
      case ValueType::f64: return items<double>(of, count, depth);
      case ValueType::boolean: return items<bool>(of, count, depth);
      case ValueType::text: return items<std::string>(of, count, depth);
      default: break;
    }
    std::vector<GgufValue> lists;
    for (std::uint64_t i = 0; i < count && !failed(); ++i) lists.push_back(list(depth + 1));
    return {std::move(lists)};
  }

  template <typename T>
  GgufValue items(ValueType of, std::uint64_t count, std::size_t depth) {
    std::vector<T> all;
    for (std::uint64_t i = 0; i < count && !failed(); ++i) all.push_back(std::get<T>(value(of, depth).value));
    return {std::move(all)};
  }

  std::string_view bytes_, place_;
  std::size_t position_ = 0;
  std::string problem_;
};

/// a · b, or nothing beyond what a file can hold.
std::optional<std::size_t> bounded_product(std::size_t a, std::size_t b) {
  constexpr std::size_t kMost = std::size_t{1} << 62U;
  if (a != 0 && b > kMost / a) return std::nullopt;
  return a * b;
}

/// One tensor as its row describes it; `start` still counts from the first value.
GgufTensor read_tensor(GgufReader& in) {
  GgufTensor tensor{.name = in.text(kLongestKey), .type = {}, .format = {}, .shape = {}};
  const auto wrong = [&](const std::string& why) { in.wrong(fmt::format("tensor '{}': {}", tensor.name, why)); };
  const auto sides = in.number<std::uint32_t>();
  if (sides > kMostSides) wrong(fmt::format("{} sides are more than {}", sides, kMostSides));
  std::optional<std::size_t> size = 1;
  for (std::uint32_t side = 0; side < sides && !in.failed(); ++side) {
    tensor.shape.push_back(in.number<std::uint64_t>());
    size = size ? bounded_product(*size, tensor.shape.back()) : size;
  }
  const auto number = in.number<std::uint32_t>();
  tensor.start = in.number<std::uint64_t>();
  if (in.failed()) return tensor;
  const auto* const type = std::ranges::find(kGgmlTypes, number, &GgmlType::number);
  if (type == kGgmlTypes.end()) {
    wrong(fmt::format("type {} is not known", number));
    return tensor;
  }
  tensor.type = type->name;
  tensor.format = type->format;
  const std::size_t row = tensor.shape.empty() ? 1 : tensor.shape.front();
  if (!size || row % type->block != 0)
    wrong(fmt::format("its sides {} are no size of {}, which comes in blocks of {}", fmt::join(tensor.shape, " × "),
                      type->name, type->block));
  else
    tensor.bytes = *size / type->block * type->bytes;
  std::ranges::reverse(tensor.shape);
  return tensor;
}

/// Sets the tensors behind `values`, the byte where the first may begin.
Result<void> place_tensors(Gguf& gguf, std::size_t values, std::size_t alignment) {
  const std::size_t available = gguf.file.bytes().size() - std::min(values, gguf.file.bytes().size());
  std::vector<const GgufTensor*> order;
  for (GgufTensor& tensor : gguf.tensors) {
    const auto wrong = [&](const std::string& why) {
      return data_error(fmt::format("{}: tensor '{}': {}", gguf.place, tensor.name, why));
    };
    if (tensor.start % alignment != 0)
      return wrong(
          fmt::format("it begins at byte {} of the values, which is no multiple of {}", tensor.start, alignment));
    if (tensor.start > available || tensor.bytes > available - tensor.start)
      return wrong(fmt::format("its {} bytes from byte {} of the values on do not fit in the {} that there are",
                               tensor.bytes, tensor.start, available));
    tensor.start = tensor.bytes > 0 ? tensor.start + values : 0;  // what is empty may stand behind the end
    if (tensor.bytes > 0) order.push_back(&tensor);
  }
  std::ranges::sort(order, {}, &GgufTensor::start);
  for (std::size_t i = 1; i < order.size(); ++i)
    if (order[i]->start < order[i - 1]->start + order[i - 1]->bytes)
      return data_error(
          fmt::format("{}: tensor '{}' begins inside tensor '{}'", gguf.place, order[i]->name, order[i - 1]->name));
  return {};
}

Result<std::size_t> alignment_of(const Gguf& gguf) {
  constexpr std::string_view kKey = "general.alignment";
  if (!gguf.metadata.contains(kKey)) return kUsualAlignment;
  ERRATA_ASSIGN(const std::uint64_t alignment, gguf.whole(kKey));
  if (alignment == 0 || alignment % 8 != 0 || alignment > kMostAlignment)
    return data_error(
        fmt::format("{}: {} {} is no multiple of 8 from 8 to {}", gguf.place, kKey, alignment, kMostAlignment));
  return alignment;
}

/// Reads what stands before counts. @return false where it is wrong
void read_head(GgufReader& in, std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) in.wrong("it does not begin with GGUF");
  (void)in.number<std::uint32_t>();
  const auto version = in.number<std::uint32_t>();
  if (version > 0 && (version & 0xFFFFU) == 0) in.wrong("its numbers are of the other byte order (big-endian)");
  if (version != 2 && version != 3) in.wrong(fmt::format("version {}, and 2 and 3 are read", version));
}

}  // namespace

std::size_t GgufTensor::size() const {
  std::size_t product = 1;
  for (const std::size_t side : shape) product *= side;
  return product;
}

const GgufTensor* Gguf::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &GgufTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

Result<std::uint64_t> Gguf::whole(std::string_view key) const {
  if (const auto* const number = get<std::uint64_t>(key); number != nullptr) return *number;
  if (const auto* const number = get<std::int64_t>(key); number != nullptr && *number >= 0)
    return static_cast<std::uint64_t>(*number);
  return data_error(
      fmt::format("{}: {} {}", place, key, metadata.contains(key) ? "is no whole number from 0 on" : "is missing"));
}

void Gguf::read(const GgufTensor& tensor, std::size_t first, std::span<float> to) const {
  ERRATA_CHECK(tensor.format && first + to.size() <= tensor.size());
  const NumberLayout& size = layout_of(*tensor.format);
  ERRATA_CHECK(first % size.block == 0);
  read_numbers(*tensor.format, file.bytes().data() + tensor.start + first / size.block * size.bytes, to);
}

Result<Gguf> parse_gguf(MappedFile file, std::string_view place) {
  Gguf gguf{.place = std::string(place), .file = std::move(file), .metadata = {}, .tensors = {}};
  GgufReader in(gguf.file.bytes(), place);
  read_head(in, gguf.file.bytes());
  const auto tensors = in.number<std::uint64_t>(), keys = in.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < keys && !in.failed(); ++i) {
    std::string key = in.text(kLongestKey);
    GgufValue value = in.value();
    if (gguf.metadata.contains(key)) in.wrong(fmt::format("the key '{}' stands twice", key));
    if (!in.failed()) gguf.metadata.emplace(std::move(key), std::move(value));
  }
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < tensors && !in.failed(); ++i) {
    gguf.tensors.push_back(read_tensor(in));
    if (!names.insert(gguf.tensors.back().name).second)
      in.wrong(fmt::format("tensor '{}' stands twice", gguf.tensors.back().name));
  }
  if (in.failed()) return data_error(in.problem());
  ERRATA_ASSIGN(const std::size_t alignment, alignment_of(gguf));
  ERRATA_TRY(place_tensors(gguf, (in.position() + alignment - 1) / alignment * alignment, alignment));
  return gguf;
}

Result<Gguf> read_gguf(const std::filesystem::path& file) {
  ERRATA_ASSIGN(MappedFile mapped, MappedFile::open(file));
  return parse_gguf(std::move(mapped), file.string());
}

std::string readable_types() {
  std::vector<std::string_view> names;
  for (const GgmlType& type : kGgmlTypes)
    if (type.format) names.push_back(type.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace errata::arrays
