// A .npy file is a magic, a version, the length of a header, the header, and the values as they lie in memory. The
// header is a Python dictionary of three literals, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 28, 28)}; what
// is parsed here is just that, in any order of keys. Nothing is allocated by a size that the header claims before the
// bytes are known to be there.

#include "errata/arrays/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "errata/base/atomic_file.h"

namespace errata::arrays {
namespace {

constexpr std::size_t kMostHeader = kMostNpyBegin - 12;

static_assert(std::endian::native == std::endian::little, "arrays are little-endian and read as they lie");

struct TypeName {
  std::string_view name;  // behind the byte order
  NpyType type;
  std::size_t bytes;
};
constexpr std::array<TypeName, 12> kTypes{{{"b1", NpyType::boolean, 1},
                                           {"i1", NpyType::int8, 1},
                                           {"u1", NpyType::uint8, 1},
                                           {"i2", NpyType::int16, 2},
                                           {"u2", NpyType::uint16, 2},
                                           {"i4", NpyType::int32, 4},
                                           {"u4", NpyType::uint32, 4},
                                           {"i8", NpyType::int64, 8},
                                           {"u8", NpyType::uint64, 8},
                                           {"f4", NpyType::float32, 4},
                                           {"f8", NpyType::float64, 8},
                                           {"f2", NpyType::float16, 2}}};

template <typename T>
constexpr NpyType kTypeOf = NpyType::float32;
template <>
constexpr NpyType kTypeOf<double> = NpyType::float64;
template <>
constexpr NpyType kTypeOf<std::uint8_t> = NpyType::uint8;
template <>
constexpr NpyType kTypeOf<std::uint32_t> = NpyType::uint32;
template <>
constexpr NpyType kTypeOf<std::int64_t> = NpyType::int64;

const TypeName* type_named(std::string_view description) {
  if (description.empty()) return nullptr;
  const auto* found = std::ranges::find(kTypes, description.substr(1), &TypeName::name);
  if (found == kTypes.end()) return nullptr;
  const char order = description[0];
  return order == '<' || order == '=' || (order == '|' && found->bytes == 1) ? found : nullptr;
}

/// The literals of the header, read from the front.
class HeaderText {
 public:
  explicit HeaderText(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_[0] != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::optional<std::string_view> take_string() {
    skip_space();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return inside;
  }
  std::optional<std::size_t> take_number() {
    skip_space();
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  std::optional<std::vector<std::size_t>> take_tuple() {
    std::vector<std::size_t> values;
    if (!take('(')) return std::nullopt;
    while (!take(')')) {
      if (!values.empty() && !take(',')) return std::nullopt;
      if (take(')')) break;  // behind the comma of (3,)
      const auto value = take_number();
      if (!value || values.size() == 32) return std::nullopt;
      values.push_back(*value);
    }
    return values;
  }
  [[nodiscard]] bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

struct Header {
  std::string description;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

std::optional<Header> parse_header(std::string_view text) {
  HeaderText in(text);
  Header header;
  bool has_description = false, has_order = false, has_shape = false;
  if (!in.take('{')) return std::nullopt;
  while (!in.take('}')) {
    const auto key = in.take_string();
    if (!key || !in.take(':')) return std::nullopt;
    if (*key == "descr") {
      // A structured dtype is a list: no string, and refused by an empty description.
      const auto description = in.take_string();
      if (!description) return Header{};
      header.description = *description;
      has_description = true;
    } else if (*key == "fortran_order") {
      header.fortran_order = in.take_word("True");
      if (!header.fortran_order && !in.take_word("False")) return std::nullopt;
      has_order = true;
    } else if (*key == "shape") {
      auto shape = in.take_tuple();
      if (!shape) return std::nullopt;
      header.shape = *std::move(shape);
      has_shape = true;
    } else {
      return std::nullopt;
    }
    (void)in.take(',');
  }
  return has_description && has_order && has_shape && in.at_end() ? std::optional(header) : std::nullopt;
}

/// Product of the shape and the bytes of a value, or nothing when it is beyond memory.
std::optional<std::size_t> bytes_of(const std::vector<std::size_t>& shape, std::size_t value_bytes) {
  if (std::ranges::find(shape, std::size_t{0}) != shape.end()) return 0;
  std::size_t bytes = value_bytes;
  for (const std::size_t length : shape)
    if (__builtin_mul_overflow(bytes, length, &bytes)) return std::nullopt;
  return bytes;
}

template <typename From, typename Visit>
void visit_as(const NpyArray& array, Visit visit) {
  const std::size_t size = array.size();
  for (std::size_t i = 0; i < size; ++i) {
    From value{};
    std::memcpy(&value, array.bytes.data() + i * sizeof(From), sizeof(From));
    visit(i, value);
  }
}

/// The number that 16 bits are by IEEE 754: sign, 5 bits of exponent, 10 of fraction.
float half_of(std::uint16_t bits) {
  const int exponent = bits >> 10U & 31;
  const auto fraction = static_cast<float>(bits & 1023U);
  float value = 0;
  if (exponent == 31)
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  else
    value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (bits >> 15U) != 0 ? -value : value;
}

/// visit(i, value) for every value, as the type that the file has.
template <typename Visit>
void visit_values(const NpyArray& array, Visit visit) {
  switch (array.type) {
    case NpyType::boolean:
    case NpyType::uint8: return visit_as<std::uint8_t>(array, visit);
    case NpyType::int8: return visit_as<std::int8_t>(array, visit);
    case NpyType::int16: return visit_as<std::int16_t>(array, visit);
    case NpyType::uint16: return visit_as<std::uint16_t>(array, visit);
    case NpyType::int32: return visit_as<std::int32_t>(array, visit);
    case NpyType::uint32: return visit_as<std::uint32_t>(array, visit);
    case NpyType::int64: return visit_as<std::int64_t>(array, visit);
    case NpyType::uint64: return visit_as<std::uint64_t>(array, visit);
    case NpyType::float32: return visit_as<float>(array, visit);
    case NpyType::float64: return visit_as<double>(array, visit);
    case NpyType::float16:
      return visit_as<std::uint16_t>(array, [&](std::size_t i, std::uint16_t bits) { visit(i, half_of(bits)); });
  }
}

/// Whether the value is an integer of 64 bits.
template <typename T>
bool is_int64(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return std::floor(value) == value && value >= T(-0x1p63) && value < T(0x1p63);
  else
    return std::in_range<std::int64_t>(value);
}

}  // namespace

std::size_t NpyArray::size() const {
  std::size_t product = 1;
  for (const std::size_t length : shape) product *= length;
  return product;
}

std::vector<float> NpyArray::floats() const {
  std::vector<float> values(size());
  visit_values(*this, [&](std::size_t i, auto value) { values[i] = static_cast<float>(value); });
  return values;
}

Result<std::vector<std::int64_t>> NpyArray::integers(std::string_view place) const {
  std::vector<std::int64_t> values(size());
  std::string wrong;
  visit_values(*this, [&](std::size_t i, auto value) {
    if (is_int64(value))
      values[i] = static_cast<std::int64_t>(value);  // NOLINT(bugprone-signed-char-misuse): the number is meant
    else if (wrong.empty())
      wrong = fmt::format("{}: value {} at index {} is not a whole number of 64 bits", place, value, i);
  });
  if (!wrong.empty()) return data_error(std::move(wrong));
  return values;
}

std::string shape_text(const std::vector<std::size_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Result<NpyLayout> parse_npy_layout(std::string_view begin, std::string_view place) {
  if (!begin.starts_with("\x93NUMPY"))
    return data_error(fmt::format("{}: is not a .npy file (no \\x93NUMPY at its start)", place));
  const auto truncated = [&] { return data_error(fmt::format("{}: is truncated within its header", place)); };
  if (begin.size() < 8) return truncated();
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(begin[at])); };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3)
    return data_error(fmt::format("{}: .npy version {} is not one of 1, 2, 3", place, version));
  const std::size_t before = version == 1 ? 10 : 12;
  if (begin.size() < before) return truncated();
  const std::size_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > kMostHeader)
    return data_error(fmt::format("{}: its header has {} bytes; up to {} are read", place, length, kMostHeader));
  if (begin.size() - before < length) return truncated();

  const auto header = parse_header(begin.substr(before, length));
  if (!header)
    return data_error(fmt::format("{}: its header is no dictionary of descr, fortran_order and shape", place));
  const TypeName* type = type_named(header->description);
  if (type == nullptr)
    return data_error(fmt::format(
        "{}: dtype '{}' is not supported; little-endian numbers and booleans are: b1, i1 … i8, u1 … u8, f2, f4, f8",
        place, header->description.empty() ? "of records" : header->description));
  if (header->fortran_order && header->shape.size() > 1)
    return data_error(fmt::format("{}: is in Fortran order; write it with numpy.ascontiguousarray", place));
  const auto bytes = bytes_of(header->shape, type->bytes);
  if (!bytes) return data_error(fmt::format("{}: shape {} needs too many bytes", place, shape_text(header->shape)));
  return NpyLayout{.type = type->type, .shape = header->shape, .start = before + length, .bytes = *bytes};
}

Result<NpyArray> parse_npy(std::string_view content, std::string_view place) {
  ERRATA_ASSIGN(NpyLayout layout, parse_npy_layout(content, place));
  const std::size_t there = content.size() - layout.start;
  if (there < layout.bytes)
    return data_error(fmt::format("{}: is truncated: shape {} needs {} bytes, {} are there", place,
                                  shape_text(layout.shape), layout.bytes, there));
  if (there > layout.bytes)
    return data_error(fmt::format("{}: bytes are left over behind shape {}", place, shape_text(layout.shape)));
  return NpyArray{
      .type = layout.type, .shape = std::move(layout.shape), .bytes = std::string(content.substr(layout.start))};
}

Result<NpyArray> read_npy(const std::filesystem::path& file) {
  ERRATA_ASSIGN(const std::string content, read_file(file));
  return parse_npy(content, file.string());
}

template <typename T>
NpyArray npy_array(std::span<const T> values, std::vector<std::size_t> shape) {
  NpyArray array{.type = kTypeOf<T>, .shape = std::move(shape), .bytes{}};
  ERRATA_CHECK(array.size() == values.size());
  array.bytes.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), values.size_bytes());
  return array;
}
template NpyArray npy_array(std::span<const float>, std::vector<std::size_t>);
template NpyArray npy_array(std::span<const double>, std::vector<std::size_t>);
template NpyArray npy_array(std::span<const std::uint8_t>, std::vector<std::size_t>);
template NpyArray npy_array(std::span<const std::uint32_t>, std::vector<std::size_t>);
template NpyArray npy_array(std::span<const std::int64_t>, std::vector<std::size_t>);

std::string npy_content(const NpyArray& array) {
  const auto* type = std::ranges::find(kTypes, array.type, &TypeName::type);
  std::string header =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}", type->bytes == 1 ? '|' : '<',
                  type->name, fmt::join(array.shape, ", "), array.shape.size() == 1 ? "," : "");
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  ERRATA_CHECK(header.size() < 65'536);
  std::string content("\x93NUMPY\x01\x00", 8);
  content += static_cast<char>(header.size() & 255);
  content += static_cast<char>(header.size() >> 8);
  return content + header + array.bytes;
}

}  // namespace errata::arrays
