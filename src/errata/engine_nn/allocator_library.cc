#include "errata/engine_nn/allocator_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "errata/engine_nn/allocator_protocol.h"
#include "errata/engine_nn/errata_allocator.h"
#include "errata/image/picture.h"

namespace errata::engine_nn {
namespace {

using Allocate = decltype(&errata_allocate);

/// The function of a library, which stays loaded.
Result<Allocate> loaded(const std::string& place) {
  void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return data_error(::dlerror());
  void* function = ::dlsym(library, "errata_allocate");
  if (function == nullptr) return data_error(fmt::format("{}: it has no function errata_allocate", place));
  return reinterpret_cast<Allocate>(function);
}

/// Empty at the end.
std::string line_from(std::FILE* file) {
  std::string line;
  for (int sign = std::getc(file); sign != EOF && sign != '\n'; sign = std::getc(file)) line += static_cast<char>(sign);
  return line;
}

std::string answered(const AllocatorQuestion& question, const image::Picture& picture, Allocate allocate) {
  const errata_allocation_question asked{.pixels = picture.bytes.data(),
                                         .height = static_cast<std::uint32_t>(question.height),
                                         .width = static_cast<std::uint32_t>(question.width),
                                         .query = question.query.c_str(),
                                         .patch = static_cast<std::uint32_t>(question.patch),
                                         .rows = static_cast<std::uint32_t>(question.rows),
                                         .columns = static_cast<std::uint32_t>(question.columns),
                                         .max_positions = static_cast<std::uint32_t>(question.max_positions),
                                         .max_tokens = question.max_tokens,
                                         .video = question.frame ? question.frame->video : ERRATA_NO_VIDEO,
                                         .frame = question.frame ? question.frame->number : 0,
                                         .examined = question.examined.data(),
                                         .examined_count = question.examined.size()};
  std::vector<std::uint32_t> positions(question.max_positions);
  std::vector<std::uint64_t> budgets(question.max_positions);
  std::size_t count = 0;
  if (const int status = allocate(&asked, positions.data(), budgets.data(), &count); status != 0)
    return refusal_line(question.id, fmt::format("errata_allocate gave {}", status));
  if (count > question.max_positions)
    return refusal_line(question.id,
                        fmt::format("errata_allocate says that it wrote {} positions; there is room for {}", count,
                                    question.max_positions));
  positions.resize(count);
  budgets.resize(count);
  return answer_line(question.id, positions, budgets);
}

}  // namespace

Result<void> check_allocator_library(const std::string& place) {
  ERRATA_TRY(loaded(place));
  return {};
}

Result<void> serve_allocator_library(const std::string& place, std::FILE* questions, std::FILE* answers) {
  ERRATA_ASSIGN(const Allocate allocate, loaded(place));
  for (std::string line; !(line = line_from(questions)).empty();) {
    ERRATA_ASSIGN(const AllocatorQuestion question, parse_question(line));
    ERRATA_ASSIGN(image::Picture picture, image::read_picture(question.image));
    const std::string answer = answered(question, image::in_colour(std::move(picture)), allocate) + '\n';
    std::fputs(answer.c_str(), answers);
    std::fflush(answers);
  }
  return {};
}

}  // namespace errata::engine_nn
