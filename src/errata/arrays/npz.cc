#include "errata/arrays/npz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zip.h>

#include <algorithm>
#include <utility>

#include "errata/base/atomic_file.h"

namespace errata::arrays {
namespace {

/// Reads on until the content has `size` bytes or the member ends.
Result<void> read_until(zip_file_t* file, std::size_t size, std::string& content, std::string_view place) {
  std::vector<char> block(std::size_t{1} << 20);
  while (content.size() < size) {
    const zip_int64_t got = zip_fread(file, block.data(), std::min(block.size(), size - content.size()));
    if (got < 0) return data_error(fmt::format("{}: is damaged: {}", place, zip_file_strerror(file)));
    if (got == 0) break;
    content.append(block.data(), static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace

Result<void> write_npz(const std::filesystem::path& place, const std::vector<std::pair<std::string, NpyArray>>& arrays,
                       const Cancellation* cancellation) {
  ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(place));
  const auto failed = [&](std::string_view why) {
    return output_error(fmt::format("{}: cannot be written: {}", place.string(), why));
  };
  int code = 0;
  zip_t* zip = zip_open(file.path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (zip == nullptr) return failed(fmt::format("libzip reports error {}", code));
  std::vector<std::string> contents;  // read when the archive is closed
  contents.reserve(arrays.size());
  for (const auto& [name, array] : arrays) {
    const std::string& content = contents.emplace_back(npy_content(array));
    zip_source_t* source = zip_source_buffer(zip, content.data(), content.size(), 0);
    const zip_int64_t entry =
        source == nullptr ? -1 : zip_file_add(zip, fmt::format("{}.npy", name).c_str(), source, ZIP_FL_ENC_UTF_8);
    // Stored as numpy.savez does: activations shrink by a fifth, at eight times the time.
    // Of no time, so that the same arrays are the same file.
    constexpr zip_uint16_t kMidnight = 0, kFirstOf1980 = (1U << 5U) | 1U;
    if (entry < 0 || zip_set_file_compression(zip, static_cast<zip_uint64_t>(entry), ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, static_cast<zip_uint64_t>(entry), kMidnight, kFirstOf1980, 0) != 0) {
      const std::string why = zip_strerror(zip);
      if (entry < 0) zip_source_free(source);
      zip_discard(zip);
      return failed(fmt::format("array {}: {}", name, why));
    }
  }
  const auto stops = [](zip_t*, void* state) {
    const auto* asked = static_cast<const Cancellation*>(state);
    return asked != nullptr && asked->requested() ? 1 : 0;
  };
  zip_register_cancel_callback_with_state(zip, stops, nullptr, const_cast<Cancellation*>(cancellation));
  if (zip_close(zip) != 0) {
    const std::string why = zip_strerror(zip);
    zip_discard(zip);
    throw_if_requested(cancellation);
    return failed(why);
  }
  return file.commit();
}

struct NpzFile::Archive {
  explicit Archive(zip_t* opened) : zip(opened) {}
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { zip_discard(zip); }
  zip_t* zip;
};

NpzFile::NpzFile(std::string place, std::unique_ptr<Archive> archive)
    : place_(std::move(place)), archive_(std::move(archive)) {}
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile& NpzFile::operator=(NpzFile&&) noexcept = default;
NpzFile::~NpzFile() = default;

Result<NpzFile> NpzFile::open(const std::filesystem::path& file) {
  int code = 0;
  zip_t* zip = zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (zip == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    return data_error(fmt::format("{}: cannot be read as .npz: {}", file.string(), why));
  }
  NpzFile npz(file.string(), std::make_unique<Archive>(zip));
  const zip_int64_t entries = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* name = zip_get_name(zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    std::string_view text = name == nullptr ? "" : name;
    if (text.ends_with(".npy")) npz.names_.emplace_back(text.substr(0, text.size() - 4));
  }
  return npz;
}

bool NpzFile::has(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

Result<NpyArray> NpzFile::read(std::string_view name) const {
  const std::string place = fmt::format("{}, array {}", place_, name);
  if (!has(name)) return data_error(fmt::format("{}: is not there; the file has {}", place, fmt::join(names_, ", ")));
  const std::string entry = fmt::format("{}.npy", name);
  zip_file_t* opened = zip_fopen(archive_->zip, entry.c_str(), 0);
  if (opened == nullptr) return data_error(fmt::format("{}: {}", place, zip_strerror(archive_->zip)));
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(opened, zip_fclose);
  std::string content;
  ERRATA_TRY(read_until(file.get(), kMostNpyBegin, content, place));
  ERRATA_ASSIGN(const NpyLayout layout, parse_npy_layout(content, place));
  // One byte more than the header asks for: what is packed may be a thousand times as long as the file.
  ERRATA_TRY(read_until(file.get(), layout.start + layout.bytes + 1, content, place));
  return parse_npy(content, place);
}

}  // namespace errata::arrays
