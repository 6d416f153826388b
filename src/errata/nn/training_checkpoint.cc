#include "errata/nn/training_checkpoint.h"

#include <fmt/format.h>

#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/checksum.h"

namespace errata::nn {
namespace {

constexpr std::string_view kMagic = "errata training checkpoint";
constexpr std::uint32_t kCheckpointVersion = 1;

/// Data error with the first entry of two identities that differs.
std::unexpected<Error> of_another_training(const std::filesystem::path& place, std::string_view name,
                                           std::string_view there, std::string_view here) {
  return data_error(fmt::format(
      "{}: this checkpoint is of another training: its {} is {}, not {}; remove it to train from the beginning",
      place.string(), name, there, here));
}

}  // namespace

void TrainingIdentity::add(std::string_view name, double value) { add(name, fmt::format("{}", value)); }
void TrainingIdentity::add(std::string_view name, std::uint64_t value) { add(name, fmt::format("{}", value)); }
void TrainingIdentity::add_bytes(std::string_view name, std::string_view bytes) {
  add(name, fmt::format("{:016x}", checksum(bytes)));
}

Result<void> save_checkpoint(const std::filesystem::path& place, const TrainingIdentity& identity,
                             const TrainingState& state) {
  ByteWriter out;
  out.write(kMagic);
  out.write(kCheckpointVersion);
  out.write(static_cast<std::uint64_t>(identity.entries().size()));
  for (const auto& [name, value] : identity.entries()) {
    out.write(std::string_view(name));
    out.write(std::string_view(value));
  }
  out.write(static_cast<std::uint64_t>(state.epochs));
  out.write(static_cast<std::uint64_t>(state.steps));
  for (const auto* values : {&state.parameters, &state.first, &state.second, &state.statistics}) out.write(*values);
  out.write(checksum(out.bytes()));
  return write_file(place, out.bytes());
}

Result<std::optional<TrainingState>> load_checkpoint(const std::filesystem::path& place,
                                                     const TrainingIdentity& identity, const TrainingState& expected) {
  std::error_code ignored;
  if (!std::filesystem::exists(place, ignored)) return std::nullopt;
  ERRATA_ASSIGN(const std::string file, read_file(place));
  ByteReader in(file);
  if (in.read_text() != kMagic)
    return data_error(fmt::format("{}: this is no training checkpoint of Errata", place.string()));
  if (const auto version = in.read<std::uint32_t>(); version != kCheckpointVersion)
    return data_error(fmt::format("{}: a training checkpoint of version {}; this Errata reads {}", place.string(),
                                  version, kCheckpointVersion));
  const auto entries = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < entries && !in.truncated(); ++i) {
    const std::string name = in.read_text();
    const std::string value = in.read_text();
    if (in.truncated()) break;
    const auto& own = identity.entries();
    if (i >= own.size() || own[i].first != name) return of_another_training(place, name, value, "there");
    if (own[i].second != value) return of_another_training(place, name, value, own[i].second);
  }
  TrainingState state;
  state.epochs = in.read<std::uint64_t>();
  state.steps = in.read<std::uint64_t>();
  for (auto* values : {&state.parameters, &state.first, &state.second, &state.statistics}) in.read_into(*values);
  const auto sum = in.read<std::uint64_t>();
  ERRATA_TRY(in.finish(place.string()));
  const std::string_view summed(file.data(), file.size() - sizeof sum);
  if (sum != checksum(summed) || entries != identity.entries().size() ||
      state.parameters.size() != expected.parameters.size() || state.first.size() != expected.first.size() ||
      state.second.size() != expected.second.size() || state.statistics.size() != expected.statistics.size())
    return data_error(fmt::format("{}: this training checkpoint is damaged", place.string()));
  return state;
}

}  // namespace errata::nn
