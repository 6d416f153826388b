#include "errata/monitor/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/checksum.h"

namespace errata::monitor {
namespace {

constexpr std::string_view kMagic = "ERRATAMEM";
constexpr std::uint32_t kVersion = 3, kOldest = 2;  // what follows the checksum is the same in both

/// Of version 2: FNV-1a over 64-bit words and the bytes that are left.
std::uint64_t checksum_of_version_2(std::string_view bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3ULL;
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ bytes.size();
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29U;
    bytes.remove_prefix(sizeof word);
  }
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

void write_names(ByteWriter& out, const std::vector<std::string>& names) {
  out.write(static_cast<std::uint64_t>(names.size()));
  for (const auto& name : names) out.write(name);
}

std::vector<std::string> read_names(ByteReader& in) {
  std::vector<std::string> names;
  const auto size = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < size && !in.truncated(); ++i) names.push_back(in.read_text());
  return names;
}

std::string first_difference(std::string_view what, const std::vector<std::string>& there,
                             const std::vector<std::string>& here) {
  for (std::size_t i = 0; i < std::max(there.size(), here.size()); ++i) {
    if (i >= here.size()) return fmt::format("it has the {} '{}', which is not here", what, there[i]);
    if (i >= there.size()) return fmt::format("it has no {} '{}'", what, here[i]);
    if (there[i] != here[i]) return fmt::format("its {} {} is '{}', here it is '{}'", what, i + 1, there[i], here[i]);
  }
  return "";
}

}  // namespace

std::string difference(const memory::Schema& there, const memory::Schema& here) {
  if (auto words = first_difference("numeric feature", there.numbers, here.numbers); !words.empty()) return words;
  if (auto words = first_difference("categorical feature", there.categories, here.categories); !words.empty())
    return words;
  if (auto words = first_difference("class", there.classes, here.classes); !words.empty()) return words;
  if (there.embedding != here.embedding)
    return fmt::format("its embeddings have width {}, here {}", there.embedding, here.embedding);
  return "";
}

std::string seal(SnapshotKind kind, const memory::Schema& schema, std::string_view content) {
  ByteWriter body;
  body.write(kind);
  write_names(body, schema.numbers);
  write_names(body, schema.categories);
  write_names(body, schema.classes);
  body.write(static_cast<std::uint64_t>(schema.embedding));
  body.write(content);
  ByteWriter head;
  for (const char c : kMagic) head.write(c);
  head.write(kVersion);
  head.write(static_cast<std::uint64_t>(body.bytes().size()));
  head.write(checksum(body.bytes()));
  return head.bytes() + body.bytes();
}

Result<std::string_view> unseal(std::string_view bytes, SnapshotKind kind, const memory::Schema* schema,
                                std::string_view place) {
  const auto refuse = [&](std::string_view why) { return data_error(fmt::format("{}: {}", place, why)); };
  if (!bytes.starts_with(kMagic)) {
    const bool cut = kMagic.starts_with(bytes);
    return refuse(cut ? "the snapshot is truncated" : "this is no snapshot of a memory");
  }
  ByteReader head(bytes.substr(kMagic.size()));
  const auto version = head.read<std::uint32_t>();
  const auto size = head.read<std::uint64_t>();
  const auto sum = head.read<std::uint64_t>();
  if (!head.truncated() && (version < kOldest || version > kVersion))
    return refuse(
        fmt::format("the snapshot is of version {}, this program reads {} to {}", version, kOldest, kVersion));
  if (head.truncated() || head.remaining() < size)
    return refuse(fmt::format("the snapshot is truncated: {} bytes of {}", head.remaining(), size));
  if (head.remaining() > size) return refuse(fmt::format("{} bytes follow the snapshot", head.remaining() - size));
  const std::string_view body = bytes.substr(bytes.size() - size);
  if ((version == kOldest ? checksum_of_version_2(body) : checksum(body)) != sum)
    return refuse("the snapshot is damaged: its checksum does not fit");
  ByteReader in(body);
  const auto found = in.read<SnapshotKind>();
  const memory::Schema there{.numbers = read_names(in),
                             .categories = read_names(in),
                             .classes = read_names(in),
                             .embedding = static_cast<std::size_t>(in.read<std::uint64_t>())};
  if (found != kind)
    return refuse(kind == SnapshotKind::monitor ? "this is the snapshot of a memory, not of a monitor"
                                                : "this is the snapshot of a monitor, not of a memory");
  if (schema != nullptr)
    if (const auto words = difference(there, *schema); !words.empty())
      return refuse("the snapshot was made with other features: " + words);
  const auto length = in.read<std::uint64_t>();
  if (in.truncated() || length != in.remaining()) return refuse("the snapshot is damaged: lengths do not fit");
  return body.substr(body.size() - length);
}

Result<void> write_memory(const memory::FailureMemory& memory, std::int64_t time, const std::string& place) {
  ByteWriter content;
  content.write(time);
  memory.save(content);
  return write_file(place, seal(SnapshotKind::memory, memory.schema(), content.bytes()));
}

Result<SavedMemory> read_memory(const std::string& place) {
  ERRATA_ASSIGN(const auto bytes, read_file(place));
  ERRATA_ASSIGN(const auto content, unseal(bytes, SnapshotKind::memory, nullptr, place));
  ByteReader in(content);
  const auto time = in.read<std::int64_t>();
  auto loaded = memory::FailureMemory::load(in);
  if (!loaded) return data_error(fmt::format("{}: {}", place, loaded.error().message));
  ERRATA_TRY(in.finish(place));
  return SavedMemory{.memory = *std::move(loaded), .time = time, .name = place};
}

}  // namespace errata::monitor
