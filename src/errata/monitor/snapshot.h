#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "errata/base/error.h"
#include "errata/memory/failure_memory.h"

namespace errata::monitor {

/// What a snapshot holds.
enum class SnapshotKind : std::uint32_t {
  memory = 1,   ///< a failure memory alone
  monitor = 2,  ///< a monitor: memory, policy and the cases that wait for outcomes
};

/// A snapshot as bytes: "ERRATAMEM", version, kind, schema, length and checksum of what follows, then `content`.
/// docs/formats/memory-snapshot.md
[[nodiscard]] std::string seal(SnapshotKind kind, const memory::Schema& schema, std::string_view content);

/// The content of a snapshot that is whole, of this version, of the kind asked for and of the same features.
/// @param schema  what cases look like here; nullptr takes any
/// @param place   named in errors
/// @return data error that says what does not fit; of other features it names the first that differs
[[nodiscard]] Result<std::string_view> unseal(std::string_view bytes, SnapshotKind kind, const memory::Schema* schema,
                                              std::string_view place);

/// Nothing when they are the same, else the first difference in words.
[[nodiscard]] std::string difference(const memory::Schema& there, const memory::Schema& here);

/// A failure memory and the time up to which it has seen its stream.
struct SavedMemory {
  memory::FailureMemory memory;
  std::int64_t time = 0;
  std::string name{};  ///< of its file, for messages
};

/// A failure memory in a file of its own.
[[nodiscard]] Result<void> write_memory(const memory::FailureMemory& memory, std::int64_t time,
                                        const std::string& place);
/// @return data error when the file is no snapshot of a memory, or is damaged
[[nodiscard]] Result<SavedMemory> read_memory(const std::string& place);

}  // namespace errata::monitor
