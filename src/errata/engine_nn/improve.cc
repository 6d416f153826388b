#include "errata/engine_nn/improve.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "errata/base/atomic_file.h"
#include "errata/base/checksum.h"
#include "errata/base/folder_lock.h"
#include "errata/engine_nn/improve_cases.h"
#include "errata/improve/asking.h"
#include "errata/improve/loop.h"
#include "errata/improve/task_registry.h"
#include "errata/language/checkpoint.h"
#include "errata/language/perplexity.h"
#include "errata/language/tokenizer.h"
#include "errata/nn/runtime.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMemoryFile = "failures.sqlite";
constexpr const char* kTrainingWords = "training.txt";  ///< beside a model that was trained here: how

struct ModelWithTokenizer {
  language::Model model;
  std::unique_ptr<language::Tokenizer> tokenizer;
};

std::string words_of(const PretrainRequest& request, const improve::Task& task) {
  const auto& o = request.options;
  return fmt::format(
      "{} shares {} hidden {} layers {} heads {} kv {} intermediate {} positions {} steps {} rate {} "
      "decay {} "
      "batch {} seed {} byte-pairs {}\n",
      improve::words_of(request.task, task), fmt::join(o.shares, ","), o.sizes.hidden, o.sizes.layers, o.sizes.heads,
      o.sizes.kv_heads, o.sizes.intermediate, o.sizes.positions, o.training.steps, o.training.learning_rate,
      o.training.weight_decay, o.batch, o.seed, o.byte_pairs);
}

/// What a training of a task is without shares and sizes that were asked for.
improve::PretrainOptions options_for(const improve::Task& task, improve::PretrainOptions options) {
  const std::vector<std::string> usual{"add", "sub"};
  if (options.shares.empty() && std::ranges::equal(task.skills(), usual)) options.shares = {0.7, 0.3};
  options.sizes.positions = std::max(options.sizes.positions, task.longest_prompt() + task.longest_answer() + 1);
  return options;
}

Result<ModelWithTokenizer> trained(const PretrainRequest& request, const improve::Task& task, const fs::path& folder,
                                   const Progress& progress, language::Ranks* ranks) {
  const improve::PretrainOptions options = options_for(task, request.options);
  ERRATA_ASSIGN(auto tokenizer, improve::make_tokenizer(task, options));
  ERRATA_ASSIGN(auto model, improve::pretrain(task, *tokenizer, options, progress, ranks));
  ERRATA_TRY(language::save_model(model, folder));
  ERRATA_TRY(tokenizer->save(folder));
  ERRATA_TRY(write_file(folder / kTrainingWords, words_of(request, task)));
  return ModelWithTokenizer{.model = std::move(model), .tokenizer = std::move(tokenizer)};
}

Result<void> check_finite(const language::Model& model, const fs::path& place) {
  const auto is_finite = [](float value) { return std::isfinite(value); };
  for (const language::Part& part : model.plan.parts)
    if (!std::ranges::all_of(std::span(model.values).subspan(part.offset, part.size()), is_finite))
      return data_error(fmt::format("{}: '{}' holds what is no finite number", place.string(), part.name));
  return {};
}

Result<ModelWithTokenizer> opened(const fs::path& folder) {
  ERRATA_ASSIGN(auto model, language::load_model(folder));
  ERRATA_ASSIGN(auto tokenizer, language::load_tokenizer(folder));
  if (tokenizer->vocabulary() > model.config.vocabulary)
    return data_error(fmt::format("{}: the model knows {} tokens, its tokenizer has {}", folder.string(),
                                  model.config.vocabulary, tokenizer->vocabulary()));
  ERRATA_TRY(check_finite(model, folder));
  return ModelWithTokenizer{.model = std::move(model), .tokenizer = std::move(tokenizer)};
}

/// The model that was trained here before in the same way, or one that is trained now.
Result<ModelWithTokenizer> base_model(const PretrainRequest& request, const improve::Task& task, const fs::path& folder,
                                      const Progress& progress, language::Ranks* ranks) {
  std::error_code ignored;
  if (!fs::exists(folder / kTrainingWords, ignored)) return trained(request, task, folder, progress, ranks);
  ERRATA_ASSIGN(const std::string words, read_file(folder / kTrainingWords, 1 << 16));
  if (words != words_of(request, task))
    return conflict(
        fmt::format("{}: a model of another training; choose another folder, or remove it", folder.string()));
  return opened(folder);
}

/// What a run is, for its failure memory.
std::string run_words(const ImproveRequest& request, const improve::TaskOptions& asked, const improve::Task& task,
                      const language::Model& model, const language::Texts& texts) {
  const std::string_view bytes(reinterpret_cast<const char*>(model.values.data()), model.values.size() * sizeof(float));
  std::string read;
  for (const auto& text : texts) read += fmt::format("{}\n", fmt::join(text, " "));
  return fmt::format("{} model {:016x} voters {} {}{}", improve::words_of(asked, task), checksum(bytes),
                     fmt::join(request.voters, ","), improve::words_of(request.loop),
                     texts.empty() ? std::string() : fmt::format(" text {:016x}", checksum(read)));
}

/// Other models that vote. @param of  whose tokens they must read
Result<std::vector<language::Model>> voters_of(const ImproveRequest& request, const language::Tokenizer& of) {
  if (!request.voters.empty() && request.loop.teacher != improve::Teacher::vote)
    return invalid_argument("voters are for a vote alone");
  std::vector<language::Model> voters;
  for (const std::string& folder : request.voters) {
    ERRATA_ASSIGN(auto voter, opened(folder));
    if (voter.tokenizer->vocabulary() != of.vocabulary())
      return data_error(fmt::format("{}: a voter of {} tokens, the model has {}", folder, voter.tokenizer->vocabulary(),
                                    of.vocabulary()));
    voters.push_back(std::move(voter.model));
  }
  return voters;
}

/// A folder that holds the adapter of a first round holds the failure memory as well.
Result<void> check_memory(const fs::path& folder) {
  std::error_code missing;
  const auto size = fs::file_size(folder / kMemoryFile, missing);
  if ((missing || size == 0) && fs::exists(folder / "round-1", missing))
    return conflict(fmt::format("{}: holds round-1 of a run, and its failure memory {} is gone; choose another folder",
                                folder.string(), kMemoryFile));
  return {};
}

Result<improve::Improvement> run_loop(const ImproveRequest& request, language::Ranks* ranks, const Progress& progress) {
  ERRATA_TRY(improve::check(request.loop));
  std::optional<ModelWithTokenizer> given;
  improve::TaskOptions asked = request.task;
  if (!request.model.empty()) {
    ERRATA_ASSIGN(given, opened(request.model));
    if (!asked.writing && !given->tokenizer->is_of_characters()) asked.writing = improve::Writing::forwards;
  }
  ERRATA_ASSIGN(const auto task, improve::make_task(asked, progress.cancellation()));
  const fs::path output = request.output;
  std::error_code problem;
  fs::create_directories(output, problem);
  if (problem) return output_error(fmt::format("{}: {}", request.output, problem.message()));
  ERRATA_ASSIGN(const auto lock, FolderLock::take(output));
  PretrainRequest pretrain = request.pretrain;
  pretrain.task = asked;
  if (!given) {
    ERRATA_ASSIGN(given, base_model(pretrain, *task, output / "base", progress, ranks));
  }
  ModelWithTokenizer& base = *given;
  if (const auto readable = improve::check_listed({.model = base.model, .tokenizer = *base.tokenizer, .task = *task});
      !readable)
    return data_error(fmt::format("{}{}", asked.file.empty() ? "" : asked.file + ": ", readable.error().message));
  ERRATA_ASSIGN(const auto voters, voters_of(request, *base.tokenizer));
  language::Texts texts;
  if (!request.text.empty()) {
    ERRATA_ASSIGN(texts, language::read_texts(request.text, *base.tokenizer, base.model.config.positions));
  }
  const auto [measured, rehearsed] = language::parted(texts);
  if (!request.text.empty() && rehearsed.empty())
    return data_error(
        fmt::format("{}: one text; one half is measured and the other rehearsed, so two different ones "
                    "are needed",
                    request.text));
  ERRATA_TRY(check_memory(output));
  ERRATA_ASSIGN(auto store,
                improve::FailureStore::open(output / kMemoryFile, run_words(request, asked, *task, base.model, texts)));
  if (!request.run_file.first.empty()) ERRATA_TRY(write_file(output / request.run_file.first, request.run_file.second));
  const improve::LoopParts parts{.task = *task,
                                 .tokenizer = *base.tokenizer,
                                 .store = store,
                                 .folder = output,
                                 .texts = measured,
                                 .rehearsed = rehearsed,
                                 .voters = voters,
                                 .ranks = ranks};
  ERRATA_ASSIGN(auto made, improve::improve(parts, base.model, request.loop, progress, request.only));
  ERRATA_TRY(language::save_model(base.model, output / "model"));
  ERRATA_TRY(base.tokenizer->save(output / "model"));
  if (!request.cases.empty()) {
    ERRATA_ASSIGN(const auto answers, store.all_answers());
    ERRATA_TRY(write_improve_cases(*task, answers, request.cases, progress.cancellation()));
  }
  return made;
}

Result<Pretrained> train_and_measure(const PretrainRequest& request, language::Ranks* ranks, const Progress& progress) {
  constexpr std::size_t kQuestions = 400;
  improve::TaskOptions asked = request.task;
  if (!asked.writing && request.options.byte_pairs > 0) asked.writing = improve::Writing::forwards;
  ERRATA_ASSIGN(const auto task, improve::make_task(asked, progress.cancellation()));
  ERRATA_ASSIGN(const auto made, trained(request, *task, request.output, progress, ranks));
  Pretrained result{
      .skills = {task->skills().begin(), task->skills().end()}, .parameters = made.model.plan.size, .development = {}};
  for (std::size_t skill = 0; skill < task->skills().size(); ++skill) {
    Rng rng = Rng(request.options.seed).fork(skill);
    const auto questions = improve::draw_distinct(*task, skill, improve::Split::development, kQuestions, rng);
    ERRATA_ASSIGN(
        const auto right,
        improve::judge(
            {.model = made.model, .tokenizer = *made.tokenizer, .task = *task, .cancellation = progress.cancellation()},
            questions));
    result.development.push_back(
        {.failures = static_cast<std::uint64_t>(std::ranges::count(right, false)), .trials = right.size()});
  }
  return result;
}

/// Does work with the other ranks, and lets them end.
template <typename Work>
auto with_ranks(const RanksRequest& request, const Progress& progress, Work work) -> decltype(work(nullptr)) {
  ERRATA_ASSIGN(auto group, RankGroup::open(request, progress));
  auto made = work(group.ranks());
  if (!made) return std::unexpected(group.explained(made.error()));
  ERRATA_TRY(group.end());
  return made;
}

}  // namespace

Result<Pretrained> pretrain_model(const PretrainRequest& request, ThreadPool& pool, const Progress& progress) {
  nn::set_threads(pool.size());
  return until_cancelled([&] {
    return with_ranks(request.ranks, progress,
                      [&](language::Ranks* ranks) { return train_and_measure(request, ranks, progress); });
  });
}

Result<improve::Improvement> improve_model(const ImproveRequest& request, ThreadPool& pool, const Progress& progress) {
  nn::set_threads(pool.size());
  return until_cancelled([&] {
    return with_ranks(request.ranks, progress,
                      [&](language::Ranks* ranks) { return run_loop(request, ranks, progress); });
  });
}

}  // namespace errata::engine_nn
