/// Problem: one file that Python users open with torch.jit.load and that Errata opens without trusting it.
///
/// A TorchScript archive is a zip file of a program in pickled objects and source; reading it runs code. Beside it the
/// format has records "extra/…", which libtorch keeps and otherwise leaves alone. Errata writes two of them, a line of
/// JSON that says what the file is and the weights as numbers, and reads only these two, through libtorch's reader of
/// the zip file. The weights stand in the file twice: a copy of a few megabytes buys that nothing of the program is
/// looked at. The zip reader of libtorch checks no checksums, so the line of JSON has one of the weights.

#include "errata/nn/archive.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "errata/base/atomic_file.h"
#include "errata/base/bytes.h"
#include "errata/base/checksum.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

constexpr std::string_view kHead = R"({"magic":"errata model","kind":")";
constexpr std::string_view kVersion = R"(","version":)";
constexpr std::string_view kWeights = R"(,"weights":")";
constexpr std::string_view kDescription = R"(","description":)";

bool is_name(std::string_view name, bool dots) {
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (dots && c == '.');
  });
}

/// The number of values of a shape, when it is one and has at most `limit` values.
std::optional<std::size_t> values_of(std::span<const std::int64_t> shape, std::size_t limit) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || (size > 0 && count > limit / static_cast<std::size_t>(size))) return std::nullopt;
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

/// Of the weights and of what is said about them: thresholds and names count as much.
std::string fingerprint_of(std::string_view weights, std::string_view description) {
  return fmt::format("{:016x}:{:016x}", checksum(weights), checksum(description));
}

std::string json_record(const Archive& archive, std::string_view weights) {
  const std::string description = archive.description.empty() ? "{}" : archive.description;
  return fmt::format("{}{}{}{}{}{}{}{}}}\n", kHead, archive.kind, kVersion, archive.version, kWeights,
                     fingerprint_of(weights, description), kDescription, description);
}

std::string weights_record(const Archive& archive) {
  ByteWriter out;
  out.write(static_cast<std::uint64_t>(archive.tensors.size()));
  for (const auto& tensor : archive.tensors) {
    out.write(std::string_view(tensor.name));
    out.write(tensor.shape);
    out.write(tensor.values);
  }
  return out.bytes();
}

/// What errata.json says, but the tensors; and the fingerprint that they must have.
struct Head {
  Archive archive;
  std::string fingerprint;
};

/// Reads the keys in the order in which json_record writes them; nobody else writes this record.
std::optional<Head> parse_head(std::string_view text) {
  const auto take = [&](std::string_view words) {
    if (!text.starts_with(words)) return false;
    text.remove_prefix(words.size());
    return true;
  };
  const auto take_until = [&](char end) {
    const auto taken = text.substr(0, text.find(end));
    text.remove_prefix(taken.size());
    return taken;
  };
  Head head;
  if (!take(kHead)) return std::nullopt;
  head.archive.kind = take_until('"');
  if (!is_name(head.archive.kind, true) || !take(kVersion)) return std::nullopt;
  const auto version = take_until(',');
  const auto* const end = version.data() + version.size();
  if (const auto read = std::from_chars(version.data(), end, head.archive.version);
      read.ec != std::errc() || read.ptr != end)
    return std::nullopt;
  if (!take(kWeights)) return std::nullopt;
  head.fingerprint = take_until('"');
  if (!take(kDescription) || !text.ends_with("}\n")) return std::nullopt;
  head.archive.description = text.substr(0, text.size() - 2);
  return head;
}

Result<std::vector<NamedTensor>> parse_weights(std::string_view bytes, const std::filesystem::path& place) {
  ByteReader in(bytes);
  std::vector<NamedTensor> tensors;
  const auto count = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && !in.truncated(); ++i) {
    NamedTensor tensor{.name = in.read_text()};
    in.read_into(tensor.shape);
    in.read_into(tensor.values);
    if (in.truncated()) break;
    if (!is_name(tensor.name, true))
      return data_error(fmt::format("{}: the name of tensor {} is none", place.string(), i));
    if (values_of(tensor.shape, tensor.values.size()) != tensor.values.size())
      return data_error(fmt::format("{}: tensor {}: {} values do not fill the shape [{}]", place.string(), tensor.name,
                                    tensor.values.size(), fmt::join(tensor.shape, ", ")));
    tensors.push_back(std::move(tensor));
  }
  ERRATA_TRY(in.finish(place.string()));
  return tensors;
}

std::string record(caffe2::serialize::PyTorchStreamReader& file, const std::string& name) {
  const auto [memory, size] = file.getRecord(name);
  return {static_cast<const char*>(memory.get()), size};
}

/// The records of a file that libtorch can open as a zip file, as far as Errata wrote them.
struct Records {
  std::string json, weights;
};

Result<std::optional<Records>> read_records(const std::filesystem::path& place, bool with_weights) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(place, error))
    return data_error(fmt::format("{}: there is no such file", place.string()));
  try {
    caffe2::serialize::PyTorchStreamReader file(place.string());
    if (!file.hasRecord("extra/errata.json") || !file.hasRecord("extra/errata.weights")) return std::nullopt;
    Records records{.json = record(file, "extra/errata.json"), .weights = {}};
    if (with_weights) records.weights = record(file, "extra/errata.weights");
    return records;
  } catch (const std::exception& reason) {
    return data_error(
        fmt::format("{}: no model file, or one that is cut short: {}", place.string(), short_words(reason.what())));
  }
}

/// The program and its extra records as the bytes of a zip file. The compiler's words for a script that is none.
Result<std::string> compiled(const Archive& archive, std::string_view script) {
  std::ostringstream file;
  try {
    torch::jit::Module module("ErrataModel");
    for (const auto& tensor : archive.tensors) {
      std::string name = tensor.name;
      std::ranges::replace(name, '.', '_');
      module.register_parameter(name, at::from_blob(const_cast<float*>(tensor.values.data()), tensor.shape).clone(),
                                false);
    }
    module.register_attribute("training", c10::BoolType::get(), false);  // Python's eval() and train() look for it
    module.define(fmt::format("{}\n", script));
    const std::string weights = weights_record(archive);
    module.save(file, {{"errata.json", json_record(archive, weights)}, {"errata.weights", weights}});
  } catch (const std::exception& error) {
    return invalid_argument(fmt::format("the script of a model: {}", short_words(error.what())));
  }
  return std::move(file).str();
}

}  // namespace

Result<void> write_archive(const std::filesystem::path& place, const Archive& archive, std::string_view script) {
  if (!is_name(archive.kind, true)) return invalid_argument(fmt::format("'{}' is no kind of archive", archive.kind));
  for (const auto& tensor : archive.tensors) {
    if (!is_name(tensor.name, true)) return invalid_argument(fmt::format("'{}' is no tensor's name", tensor.name));
    if (values_of(tensor.shape, tensor.values.size()) != tensor.values.size())
      return invalid_argument(fmt::format("tensor {}: {} values do not fill the shape [{}]", tensor.name,
                                          tensor.values.size(), fmt::join(tensor.shape, ", ")));
  }
  ERRATA_ASSIGN(const std::string bytes, compiled(archive, script));
  return write_file(place, bytes);
}

Result<Archive> read_archive(const std::filesystem::path& place, std::string_view kind, std::uint32_t newest_version) {
  ERRATA_ASSIGN(const auto records, read_records(place, true));
  if (!records) return data_error(fmt::format("{}: this model file was not written by Errata", place.string()));
  auto head = parse_head(records->json);
  if (!head) return data_error(fmt::format("{}: its record errata.json is not what Errata writes", place.string()));
  Archive& archive = head->archive;
  if (archive.kind != kind)
    return data_error(fmt::format("{}: an archive of kind {}, not {}", place.string(), archive.kind, kind));
  if (archive.version == 0 || archive.version > newest_version)
    return data_error(fmt::format("{}: {} of version {}; this Errata reads versions up to {}", place.string(), kind,
                                  archive.version, newest_version));
  const std::string whole = fingerprint_of(records->weights, archive.description);
  const std::string weights = whole.substr(0, whole.find(':'));
  if (!head->fingerprint.starts_with(weights))
    return data_error(fmt::format("{}: its weights are damaged", place.string()));
  // Files of earlier versions have the fingerprint of the weights alone.
  if (head->fingerprint != weights && head->fingerprint != whole)
    return data_error(fmt::format("{}: its record errata.json is damaged or was changed", place.string()));
  archive.fingerprint = checksum(whole);
  ERRATA_ASSIGN(archive.tensors, parse_weights(records->weights, place));
  return std::move(archive);
}

std::string kind_of_archive(const std::filesystem::path& place) {
  const auto records = read_records(place, false);
  if (!records || !*records) return {};
  const auto head = parse_head((*records)->json);
  return head ? head->archive.kind : std::string();
}

}  // namespace errata::nn
