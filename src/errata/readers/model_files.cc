#include "errata/readers/model_files.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <system_error>

namespace errata::readers {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kModelNames{"text_detector.onnx", "text_reader.onnx",
                                                      "text_reader_characters.txt", "face_detector.onnx"};

}  // namespace

Result<fs::path> find_model(ModelFile model, const fs::path& folder) {
  const fs::path place = fs::path("share/errata/models") / kModelNames[static_cast<std::size_t>(model)];
  std::error_code ignored;
  for (const fs::path& root : {folder.parent_path(), folder})
    if (fs::is_regular_file(root / place, ignored)) return root / place;
  return unavailable(
      fmt::format("{}: is not installed, and reading text and finding faces needs it: run `make build` in Errata's "
                  "sources",
                  (folder.parent_path() / place).string()));
}

Result<fs::path> find_model(ModelFile model) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return unavailable(fmt::format("/proc/self/exe: {}; the program's folder is not known", error.message()));
  return find_model(model, program.parent_path());
}

}  // namespace errata::readers
