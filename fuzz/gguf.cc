// The reader of GGUF files and what language models take from them: tensors lie inside the file, and a model that is
// made of them has the numbers that its plan asks for.
#include <cstdint>
#include <string>

#include "errata/arrays/gguf.h"
#include "errata/base/error.h"
#include "errata/language/gguf_model.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace errata;
  const std::string content(reinterpret_cast<const char*>(data), size);
  const auto file = arrays::parse_gguf(arrays::MappedFile(content), "fuzz");
  if (!file) return 0;
  std::size_t bytes = 0;
  for (const arrays::GgufTensor& tensor : file->tensors) {
    bytes += tensor.bytes;
    ERRATA_CHECK(tensor.start + tensor.bytes <= size && file->find(tensor.name) == &tensor);
    if (!tensor.format) continue;
    std::vector<float> values(tensor.size());
    file->read(tensor, 0, values);
  }
  ERRATA_CHECK(bytes <= size);
  (void)language::tokenizer_of(*file);
  if (!language::config_of(*file)) return 0;
  const fuzz::MemoryFile place(content);
  const auto model = language::load_gguf(place.path());
  if (model) ERRATA_CHECK(model->model.values.size() == model->model.plan.size);
  return 0;
}
