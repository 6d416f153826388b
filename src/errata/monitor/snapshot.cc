#include "errata/monitor/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/checksum.h"

namespace errata::monitor {
namespace {

constexpr std::string_view kMagic = "ERRATAMEM";
constexpr std::uint32_t kVersion = 3, kOldest = 2;

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

std::string_view words_of(SnapshotKind kind) {
  switch (kind) {
    case SnapshotKind::memory: return "a memory";
    case SnapshotKind::monitor: return "a monitor";
    case SnapshotKind::streams: return "the memories of streams (--stream)";
  }
  return "something else";
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
  body.write(schema.numbers);
  body.write(schema.categories);
  body.write(schema.classes);
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
                                std::string_view place, std::uint32_t* version_of) {
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
  if (version_of != nullptr) *version_of = version;
  if (head.truncated() || head.remaining() < size)
    return refuse(fmt::format("the snapshot is truncated: {} bytes of {}", head.remaining(), size));
  const std::string_view rest = bytes.substr(bytes.size() - head.remaining()), body = rest.substr(0, size);
  if (rest.size() > size && ByteReader(body).read<SnapshotKind>() != SnapshotKind::streams)
    return refuse(fmt::format("{} bytes follow the snapshot", rest.size() - size));
  if ((version == kOldest ? checksum_of_version_2(body) : checksum(body)) != sum)
    return refuse("the snapshot is damaged: its checksum does not fit");
  ByteReader in(body);
  const auto found = in.read<SnapshotKind>();
  const memory::Schema there{.numbers = in.read_texts(),
                             .categories = in.read_texts(),
                             .classes = in.read_texts(),
                             .embedding = static_cast<std::size_t>(in.read<std::uint64_t>())};
  if (found != kind)
    return refuse(fmt::format("this is the snapshot of {}, not of {}", words_of(found), words_of(kind)));
  if (schema != nullptr)
    if (const auto words = difference(there, *schema); !words.empty())
      return refuse("the snapshot was made with other features: " + words);
  const auto length = in.read<std::uint64_t>();
  if (in.truncated() || length != in.remaining()) return refuse("the snapshot is damaged: lengths do not fit");
  return body.substr(body.size() - length);
}

namespace {

void write_waiting(ByteWriter& out, const WaitingOutcome& waiting) {
  write_judged(out, waiting.judged);
  out.write(waiting.judged.decided);
  out.write(waiting.outcome.failed);
  out.write(waiting.outcome.label);
  out.write(waiting.time);
  out.write(waiting.cases_since);
  out.write(waiting.known.has_value());
  const long double known = waiting.known.value_or(0), whole = std::floor(known);
  out.write(static_cast<std::int64_t>(whole));
  out.write(static_cast<double>(known - whole));
}

Result<WaitingOutcome> read_waiting(ByteReader& in) {
  WaitingOutcome waiting;
  ERRATA_ASSIGN(waiting.judged, read_judged(in));
  waiting.judged.decided = in.read<std::uint8_t>() != 0;
  waiting.outcome.failed = in.read<std::uint8_t>() != 0;
  waiting.outcome.label = in.read<std::uint32_t>();
  waiting.time = in.read<std::int64_t>();
  waiting.cases_since = in.read<std::uint64_t>();
  const bool known = in.read<std::uint8_t>() != 0;
  const auto whole = in.read<std::int64_t>();
  const auto part = in.read<double>();
  if (known) waiting.known = static_cast<long double>(whole) + part;
  const bool fits = part >= 0 && part < 1 && waiting.cases_since > 0 && waiting.cases_since < std::uint64_t{1} << 62U;
  if (in.truncated() || !fits) return data_error("the outcomes that are waited for are damaged");
  return waiting;
}

/// Cases of a memory's schema that are waited for.
Result<std::vector<WaitingOutcome>> read_all_waiting(ByteReader& in, const Judge& judge) {
  std::vector<WaitingOutcome> all;
  const auto count = in.read<std::uint64_t>();
  for (std::uint64_t w = 0; w < count && !in.truncated(); ++w) {
    ERRATA_ASSIGN(all.emplace_back(), read_waiting(in));
    const auto label = all.back().outcome.label;
    if (label != memory::kNoClass && label >= judge.memory().schema().classes.size())
      return data_error(fmt::format("an outcome that is waited for has the label {}, which is no class", label));
    if (all.back().judged.ticket > judge.last_ticket())
      return data_error("an outcome that is waited for is of no case");
  }
  if (in.truncated()) return data_error("it ends too early");
  return all;
}

/// Version 2 holds no policy.
Result<Judge> judge_of_memory_alone(ByteReader& in) {
  ERRATA_ASSIGN(auto memory, memory::FailureMemory::load(in));
  return Judge::create(std::move(memory), JudgeOptions{});
}

}  // namespace

std::string memory_snapshot(const SavedMemory& saved) {
  ByteWriter content;
  content.write(saved.time);
  saved.judge.save(content);
  content.write(static_cast<std::uint64_t>(saved.waiting.size()));
  for (const auto& waiting : saved.waiting) write_waiting(content, waiting);
  return seal(SnapshotKind::memory, saved.judge.memory().schema(), content.bytes());
}

Result<SavedMemory> restore_memory(std::string_view bytes, const std::string& place) {
  std::uint32_t version = 0;
  ERRATA_ASSIGN(const auto content, unseal(bytes, SnapshotKind::memory, nullptr, place, &version));
  const auto damaged = [&](const Error& error) { return data_error(fmt::format("{}: {}", place, error.message)); };
  ByteReader in(content);
  const auto time = in.read<std::int64_t>();
  auto judge = version < 3 ? judge_of_memory_alone(in) : Judge::load(in, version);
  if (!judge) return damaged(judge.error());
  std::vector<WaitingOutcome> waiting;
  if (version >= 3) {
    auto read = read_all_waiting(in, *judge);
    if (!read) return damaged(read.error());
    waiting = *std::move(read);
  }
  ERRATA_TRY(in.finish(place));
  return SavedMemory{.judge = *std::move(judge), .time = time, .waiting = std::move(waiting), .name = place};
}

Result<void> write_memory(const SavedMemory& saved, const std::string& place) {
  return write_file(place, memory_snapshot(saved));
}

Result<SavedMemory> read_memory(const std::string& place) {
  ERRATA_ASSIGN(const auto bytes, read_file(place));
  return restore_memory(bytes, place);
}

Result<void> write_streams(const SavedStreams& saved, const std::string& place) {
  ByteWriter index;
  index.write(saved.column);
  index.write(static_cast<std::uint64_t>(saved.streams.size()));
  for (const auto& stream : saved.streams) {
    index.write(stream.name);
    index.write(stream.missing);
    index.write(static_cast<std::uint64_t>(stream.snapshot.size()));
  }
  ERRATA_ASSIGN(auto file, AtomicFile::create(place));
  std::ofstream out(file.path(), std::ios::binary | std::ios::trunc);
  const auto write = [&out](std::string_view bytes) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  };
  write(seal(SnapshotKind::streams, {}, index.bytes()));
  for (const auto& stream : saved.streams) write(stream.snapshot);
  out.close();
  if (!out) return output_error(fmt::format("{}: cannot be written", place));
  return file.commit();
}

Result<SavedStreams> read_streams(const std::string& place) {
  ERRATA_ASSIGN(const auto bytes, read_file(place));
  ERRATA_ASSIGN(const auto index, unseal(bytes, SnapshotKind::streams, nullptr, place));
  ByteReader in(index);
  SavedStreams saved{.column = in.read_text(), .name = place};
  const auto count = in.read<std::uint64_t>();
  std::string_view rest(bytes);
  rest.remove_prefix(static_cast<std::size_t>(index.data() - bytes.data()) + index.size());
  std::set<std::pair<bool, std::string>> names;
  for (std::uint64_t s = 0; s < count && !in.truncated(); ++s) {
    SavedStream stream{.name = in.read_text(), .missing = in.read<std::uint8_t>() != 0};
    const auto size = in.read<std::uint64_t>();
    if (size > rest.size())
      return data_error(fmt::format("{}: the snapshot of the stream '{}' is truncated", place, stream.name));
    stream.snapshot = rest.substr(0, size);
    rest.remove_prefix(size);
    if (!names.emplace(stream.missing, stream.name).second)
      return data_error(fmt::format("{}: it names the stream '{}' twice", place, stream.name));
    saved.streams.push_back(std::move(stream));
  }
  ERRATA_TRY(in.finish(place));
  if (!rest.empty()) return data_error(fmt::format("{}: {} bytes follow the snapshots", place, rest.size()));
  return saved;
}

}  // namespace errata::monitor
