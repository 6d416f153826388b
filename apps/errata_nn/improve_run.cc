#include "improve_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "errata/engine_nn/improve.h"
#include "errata/report/improve/charts.h"
#include "errata/report/improve/json.h"
#include "errata/report/improve/page.h"
#include "errata/report/improve/terminal.h"
#include "errata/report/kit/plots.h"
#include "errata/table/write_log.h"
#include "flags.h"
#include "improve_flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_improve_run {
namespace {

constexpr const char* kLoop = "The loop";
constexpr const char* kDetection = "Detection";
constexpr const char* kTuning = "Tuning";
constexpr const char* kRunFile = "run.toml";

using Given = ImproveGiven;

void declare_loop(CLI::App& app, Given& given) {
  auto& loop = given.request.loop;
  app.add_option("--rounds", loop.rounds, "answer, correct, tune, evaluate, so many times")
      ->type_name("N")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option("--questions", loop.questions, "asked in a round")
      ->type_name("N")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option("--development", loop.development, "questions a skill that decide whether a round is kept")
      ->type_name("N")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option("--held-out", loop.held_out, "questions a skill that nothing is chosen by")
      ->type_name("N")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option(
         "--gate", given.gate,
         "what keeps a round: development (questions that were held back, as the teacher judges them), or alarm "
         "(the collapse alarm alone, which knows no truth), or none")
      ->check(CLI::IsMember({"development", "alarm", "none"}))
      ->type_name("WORD")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option("--most-forgotten", loop.most_forgotten,
                 "accuracy of a skill below its start at which a round is taken back")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option("--text", given.request.text,
                 "texts, a line each, that the model must not forget how to read: one half, by a checksum of what "
                 "they say, is rehearsed, and the perplexity of the other is told of every tuned model")
      ->type_name("FILE")
      ->group(kLoop);
  app.add_option("--most-perplexity", loop.most_perplexity,
                 "rise of that perplexity, as a share of its start, at which a round is taken back")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kLoop);
}

void declare_detection(CLI::App& app, Given& given) {
  auto& loop = given.request.loop;
  app.add_option("--detect", given.detect,
                 "what settles whether an answer is remembered: verifier, or its least or mean log-probability, the "
                 "consistency of sampled answers, the auditor of its hidden states, or all of these combined")
      ->check(CLI::IsMember({"verifier", "least", "mean", "consistency", "auditor", "combined"}))
      ->type_name("WORD")
      ->capture_default_str()
      ->group(kDetection);
  app.add_option("--doubt", loop.doubt,
                 "an answer that is less sure than this is remembered as well; with the verifier, by its least token")
      ->type_name("P")
      ->capture_default_str()
      ->group(kDetection);
  app.add_option("--samples", loop.samples, "answers drawn to each question, whose votes are signals")
      ->type_name("N")
      ->capture_default_str()
      ->group(kDetection);
  app.add_option("--labelled", loop.labelled,
                 "share of a round's answers that the auditor is told to be right or wrong")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kDetection);
  app.add_option("--watched", loop.watched, "questions that the collapse alarm watches")
      ->type_name("N")
      ->capture_default_str()
      ->group(kDetection);
}

void declare_tuning(CLI::App& app, Given& given) {
  auto& loop = given.request.loop;
  app.add_option("--variants", loop.variants, "questions of the same shape for each failure")
      ->type_name("N")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--replay", loop.replay,
                 "share of a batch that the model had answered rightly; without this by the share of wrong answers: "
                 ".6 where few are wrong, less where many are")
      ->type_name("SHARE")
      ->group(kTuning);
  app.add_option("--across-modes", loop.across_modes, "0: every failure is drawn alike; 1: every failure mode")
      ->type_name("X")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--fresh", loop.fresh, "share of a batch like any question of the round; of the rest is --replay")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--rehearse", loop.rehearse, "share of a batch that are texts of --text, where there are some")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--rehearse-as", given.rehearse_as,
                 "what is learned from them: model (to expect what the model did before the round, by the "
                 "Kullback-Leibler divergence), or text (what they say)")
      ->check(CLI::IsMember({"model", "text"}))
      ->type_name("WORD")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--rank", loop.lora.rank, "of the adapters")->type_name("N")->capture_default_str()->group(kTuning);
  app.add_option("--alpha", loop.lora.alpha, "of the adapters: their scale is alpha / rank")
      ->type_name("X")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--steps", loop.tuning.steps, "of a round")->type_name("N")->capture_default_str()->group(kTuning);
  app.add_option("--learning-rate", loop.tuning.learning_rate, "at its highest")
      ->type_name("X")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option(
         "--weight-decay", loop.tuning.weight_decay,
         "of the adapter's matrices, which start as no change: pulls the model back to what the round began with")
      ->type_name("X")
      ->capture_default_str()
      ->group(kTuning);
  app.add_option("--batch", loop.batch, "examples a step")->type_name("N")->capture_default_str()->group(kTuning);
  app.add_flag("--control", given.control, "learn from fresh questions in place of failures, as many updates")
      ->group(kTuning);
}

void declare_teacher(CLI::App& app, Given& given) {
  app.add_option("--teacher", given.teacher,
                 "who corrects: reference (the task's), self (the model, by inverse questions and single steps), vote "
                 "(the majority of drawn answers, or of --voters), or a command that answers lines of JSON")
      ->type_name("WORD|COMMAND")
      ->capture_default_str()
      ->group(kLoop);
  app.add_option("--voters", given.request.voters, "folders of other models for --teacher vote")
      ->type_name("DIR,DIR")
      ->delimiter(',')
      ->group(kLoop);
}

/// A word is a teacher of the loop's; anything else a command.
void set_teacher(const std::string& given, improve::LoopOptions& loop) {
  using improve::Teacher;
  for (const Teacher teacher : {Teacher::reference, Teacher::self, Teacher::vote})
    if (given == improve::name_of(teacher)) {
      loop.teacher = teacher;
      return;
    }
  loop.teacher = Teacher::command;
  loop.teacher_command = given;
}

/// Flags that say where files are: kept in full, since a run may be gone on with from anywhere.
constexpr std::array<std::string_view, 4> kPlaces{"model", "voters", "questions-file", "text"};
/// Flags that are no part of a run.
constexpr std::array<std::string_view, 12> kNotOfARun{"threads", "output", "cases",  "report",  "json",  "plots",
                                                      "quiet",   "colour", "config", "timings", "ranks", "ranks-wait"};

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// The flags of a run that were given, as a table that `--config` reads back.
std::string run_flags(const CLI::App& app) {
  std::string text = "# The flags of this run, for the steps that go on with it.\n[improve.run]\n";
  for (const auto* option : app.get_options()) {
    const std::string name = option->get_single_name();
    if (option->count() == 0 || !option->nonpositional() || std::ranges::find(kNotOfARun, name) != kNotOfARun.end())
      continue;
    std::vector<std::string> values;
    for (const std::string& value : option->results()) {
      const bool is_place = std::ranges::find(kPlaces, name) != kPlaces.end();
      values.push_back(toml_text(is_place ? std::filesystem::absolute(value).string() : value));
    }
    text += values.size() == 1 ? fmt::format("{} = {}\n", name, values[0])
                               : fmt::format("{} = [{}]\n", name, fmt::join(values, ", "));
  }
  return text;
}

}  // namespace
}  // namespace of_improve_run

std::string improve_run_file(const std::string& folder) {
  const auto place = std::filesystem::path(folder) / of_improve_run::kRunFile;
  std::error_code ignored;
  return std::filesystem::is_regular_file(place, ignored) ? place.string() : std::string();
}

void declare_improve(CLI::App& app, ImproveGiven& given) {
  using namespace of_improve_run;
  auto& request = given.request;
  app.add_flag("--demo", given.demo, "train a small model first, in the output folder, and improve that")
      ->group(kModelAndTask);
  app.add_option(
         "--model", request.model,
         "a model: the folder that `errata improve pretrain` wrote, one of Hugging Face's layout (Llama, Qwen2, "
         "Qwen3, SmolLM2), or a .gguf file")
      ->type_name("DIR|FILE.gguf")
      ->excludes("--demo")
      ->group(kModelAndTask);
  add_task(app, request.task, request.loop.seed);
  declare_loop(app, given);
  declare_detection(app, given);
  declare_teacher(app, given);
  declare_tuning(app, given);
  app.add_option("-o,--output", request.output,
                 "folder for the failure memory, the adapters, the improved model and the flags of the run (run.toml); "
                 "a run that was stopped goes on from it")
      ->type_name("DIR")
      ->capture_default_str()
      ->group(kOutput);
}

void declare_improve_output(CLI::App& app, ImproveGiven& given) {
  app.add_option("--cases", given.request.cases,
                 "every answer as a prediction log for `errata analyze`: .parquet, .csv, .csv.gz or .jsonl")
      ->type_name("FILE")
      ->group(kOutput);
  app.add_option("--report", given.report, "the report, one HTML file that works offline")
      ->type_name("FILE.html")
      ->group(kOutput);
  add_json(app, given.json);
  app.add_option("--plots", given.plots, "each chart as SVG and PNG")->type_name("DIR")->group(kOutput);
  add_running(app, given.running);
  add_colour(app, given.running);
}

Result<int> run_improve(const CLI::App& app, ImproveGiven& given, Console& console) {
  using namespace of_improve_run;
  auto& request = given.request;
  ERRATA_ASSIGN(request.ranks, ranks_request(given.ranks, given.running));
  if (request.ranks.rank > 0) return run_other_rank(request.ranks, given.running, console);
  if (!given.demo && request.model.empty())
    return invalid_argument("errata improve needs --model DIR (`errata improve pretrain` makes one), or --demo");
  set_teacher(given.teacher, request.loop);
  ERRATA_ASSIGN(request.loop.detect, improve::detector_named(given.detect));
  ERRATA_ASSIGN(request.loop.gate, improve::gate_named(given.gate));
  ERRATA_ASSIGN(request.loop.rehearse_as, improve::rehearsal_named(given.rehearse_as));
  if (given.control) request.loop.source = improve::Source::random;
  request.pretrain.options.seed = request.loop.seed;
  request.run_file = {kRunFile, run_flags(app)};
  OutputFiles files(std::vector<std::string>{});
  for (const auto& place : {given.report, given.json}) {
    ERRATA_TRY(files.open(place));
    if (!place.empty() && place == request.cases)
      return invalid_argument(fmt::format("{}: named for two outputs", place));
  }
  ERRATA_TRY(check_folder(given.plots));
  if (!request.cases.empty()) ERRATA_TRY(table::check_log_place(request.cases));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto made, engine_nn::improve_model(request, pool, console.progress(given.running.quiet)));
  if (!given.report.empty()) ERRATA_TRY(files.write(given.report, report::improve_page(made)));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::improve_json(made)));
  if (!given.plots.empty()) ERRATA_TRY(report::write_plots(report::improve_charts(made), given.plots, &console.stop()));
  ERRATA_TRY(files.commit());
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::improve_json(made)));
  } else if (!given.running.quiet) {
    const auto place = [&](const char* name) { return (std::filesystem::path(request.output) / name).string(); };
    ERRATA_TRY(console.print(report::improve_terminal(made, {.colour = console.colour(given.running.colour)}) +
                             places_text({{place("failures.sqlite"), "the failure memory"},
                                          {place("model"), "the improved model"},
                                          {request.cases, "every answer as a prediction log"},
                                          {given.report, "the report"},
                                          {given.json, "the same as JSON"},
                                          {given.plots, "the charts"}})));
  }
  return 0;
}

Verb improve_run_verb() {
  struct Declared {
    ImproveGiven given;
    const CLI::App* app = nullptr;
  };
  auto made = std::make_shared<Declared>();
  return {.name = "run",
          .declare =
              [made](CLI::App& app) {
                made->app = &app;
                declare_improve(app, made->given);
                add_ranks(app, made->given.ranks);
                declare_improve_output(app, made->given);
              },
          .run = [made](Console& console) { return run_improve(*made->app, made->given, console); }};
}

}  // namespace errata::cli
