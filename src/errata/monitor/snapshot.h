#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/memory/failure_memory.h"
#include "errata/monitor/judge.h"

namespace errata::monitor {

/// What a snapshot holds.
enum class SnapshotKind : std::uint32_t {
  memory = 1,   ///< a memory, its policy and the outcomes that a log had, but not yet told
  monitor = 2,  ///< a monitor: memory, policy and the cases that wait for outcomes
  streams = 3,  ///< an index of streams of a log; a snapshot of kind `memory` of each follows it in the file
};

/// A snapshot as bytes: "ERRATAMEM", version, kind, schema, length and checksum of what follows, then `content`.
/// docs/formats/memory-snapshot.md
[[nodiscard]] std::string seal(SnapshotKind kind, const memory::Schema& schema, std::string_view content);

/// The content of a snapshot that is whole, of a version that is read, of the kind asked for and of the same features.
/// @param schema  what cases look like here; nullptr takes any
/// @param place   named in errors
/// @param version  where to write that of the snapshot, 2 or 3
/// @return data error that says what does not fit; of other features it names the first that differs
[[nodiscard]] Result<std::string_view> unseal(std::string_view bytes, SnapshotKind kind, const memory::Schema* schema,
                                              std::string_view place, std::uint32_t* version = nullptr);

/// Nothing when they are the same, else the first difference in words.
[[nodiscard]] std::string difference(const memory::Schema& there, const memory::Schema& here);

/// An outcome that had not come when its stream was cut.
struct WaitingOutcome {
  Judged judged;
  memory::Outcome outcome;
  std::int64_t time = 0;               ///< of its case
  std::uint64_t cases_since = 0;       ///< the last case of the stream has 1
  std::optional<long double> known{};  ///< when it becomes known, where the log said so
};

/// A judge, the time up to which it has seen its stream, and what it still waits for.
struct SavedMemory {
  Judge judge;
  std::int64_t time = 0;
  std::vector<WaitingOutcome> waiting{};
  std::string name{};  ///< of its file, for messages
};

/// A memory with its policy in a file of its own.
[[nodiscard]] Result<void> write_memory(const SavedMemory& saved, const std::string& place);
/// @return data error when the file is no snapshot of a memory, or is damaged
[[nodiscard]] Result<SavedMemory> read_memory(const std::string& place);

/// The same as bytes, and back.
/// @param place  named in errors
[[nodiscard]] std::string memory_snapshot(const SavedMemory& saved);
[[nodiscard]] Result<SavedMemory> restore_memory(std::string_view bytes, const std::string& place);

/// The memory of one stream of several.
struct SavedStream {
  std::string name{};      ///< the value of the column
  bool missing = false;    ///< the stream of cases without a value
  std::string snapshot{};  ///< memory_snapshot()
};

/// The memories of the streams of a log that its column tells apart.
struct SavedStreams {
  std::string column{};
  std::vector<SavedStream> streams{};
  std::string name{};  ///< of the file, for messages
};

[[nodiscard]] Result<void> write_streams(const SavedStreams& saved, const std::string& place);
/// The memories in it are not looked into.
/// @return data error when the file holds no memories of streams, is damaged, or names a stream twice
[[nodiscard]] Result<SavedStreams> read_streams(const std::string& place);

}  // namespace errata::monitor
