#include "errata/engine_nn/outside_allocator.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "errata/base/atomic_file.h"
#include "errata/base/child_process.h"
#include "errata/base/command_words.h"
#include "errata/base/temporary_folder.h"
#include "errata/checklist/allocators.h"
#include "errata/engine_nn/allocator_protocol.h"
#include "errata/image/picture.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;
using checklist::Answer;
using checklist::BadAnswer;
using checklist::Fault;

Fault fault_of(NoLine why) {
  switch (why) {
    case NoLine::late: return Fault::late;
    case NoLine::ended: return Fault::ended;
    case NoLine::endless: break;
  }
  return Fault::endless;
}

class OutsideAllocator {
 public:
  OutsideAllocator(std::vector<std::string> arguments, const OutsideRequest& request, const Cancellation* stop,
                   UnfinishedFile folder, LineProgram program)
      : arguments_(std::move(arguments)),
        request_(request),
        stop_(stop),
        folder_(std::move(folder)),
        program_(std::move(program)) {}
  OutsideAllocator(const OutsideAllocator&) = delete;
  OutsideAllocator& operator=(const OutsideAllocator&) = delete;
  ~OutsideAllocator() {
    program_.reset();
    std::error_code ignored;
    fs::remove_all(folder_.path(), ignored);  // with what the program may have put there
  }

  [[nodiscard]] Result<Answer> answer(const checklist::Task& task) {
    const UnfinishedFile picture(folder_.path() / fmt::format("{}.png", ++id_));
    ERRATA_ASSIGN(const std::string content, image::png_content(*task.picture));
    std::ofstream file(picture.path(), std::ios::binary);
    file << content;
    file.close();
    if (!file) return output_error(fmt::format("{}: cannot be written", picture.path().string()));
    Answer answer = ask(task, picture.path().string());
    if (!answer && breaks_off(answer.error().fault)) program_.reset();
    return answer;
  }

 private:
  [[nodiscard]] Answer ask(const checklist::Task& task, std::string place) {
    if (!program_) {
      auto started = LineProgram::start(arguments_);
      if (!started) return std::unexpected(BadAnswer{.fault = Fault::ended, .message = started.error().message});
      program_ = std::move(*started);
    }
    const auto line = program_->ask(line_of(question_of(task, id_, std::move(place))),
                                    {.timeout = request_.timeout, .cancellation = stop_});
    if (line) return parse_answer(*line, id_, task);
    return std::unexpected(BadAnswer{.fault = fault_of(line.error().why), .message = line.error().message});
  }

  std::vector<std::string> arguments_;
  OutsideRequest request_;
  const Cancellation* stop_;
  UnfinishedFile folder_;
  std::optional<LineProgram> program_;
  std::uint64_t id_ = 0;
};

bool is_library(const std::vector<std::string>& words) {
  const std::string name = fs::path(words.front()).filename().string();
  return words.size() == 1 && (name.ends_with(".so") || name.contains(".so."));
}

/// What serves a library: this program once more, so that a crash of the library is none of Errata.
Result<std::vector<std::string>> server_of(const std::string& library, const OutsideRequest& request,
                                           const Cancellation* stop) {
  std::error_code error;
  const std::string place = fs::absolute(library, error).string();
  if (error || !fs::exists(place, error)) return invalid_argument(fmt::format("{}: there is no such library", library));
  const auto loads = run_program({request.loader.string(), kChecksLibrary, place}, "",
                                 {.timeout = request.timeout, .cancellation = stop});
  if (!loads) return invalid_argument(fmt::format("{}: cannot be loaded: {}", library, loads.error().message));
  return std::vector{request.loader.string(), std::string(kServesLibrary), place};
}

}  // namespace

Result<checklist::Outsider> open_outsider(const OutsideRequest& request, const Cancellation* stop) {
  ERRATA_ASSIGN(std::vector<std::string> arguments, split_command(request.command));
  if (is_library(arguments)) {
    ERRATA_ASSIGN(arguments, server_of(arguments.front(), request, stop));
  }
  ERRATA_ASSIGN(UnfinishedFile folder, make_temporary_folder("allocator"));
  auto program = LineProgram::start(arguments);
  if (!program) return invalid_argument(program.error().message);
  const auto allocator =
      std::make_shared<OutsideAllocator>(std::move(arguments), request, stop, std::move(folder), std::move(*program));
  return checklist::Outsider{.command = request.command,
                             .answer = [allocator](const checklist::Task& task) { return allocator->answer(task); }};
}

}  // namespace errata::engine_nn
