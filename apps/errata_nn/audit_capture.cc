#include "errata/engine_nn/audit_capture.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "audit_flags.h"
#include "errata/base/atomic_file.h"
#include "errata/base/temporary_folder.h"
#include "errata/report/kit/numbers.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_audit_capture {
namespace {

struct Given {
  engine_nn::AuditCaptureRequest request;
  ImageSubjectFlags subject;
  image::MixWords mix;
  Running running;
  std::string part = "test";
  bool list_layers = false;
};

void declare_drawing(CLI::App& app, Given& given) {
  auto& request = given.request;
  app.add_option("--part", given.part, "images to run: test or train")
      ->type_name("WORD")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--samples", request.samples, "images drawn, each as often as any other; 0: each once, in order")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
  declare_mix(app, given.mix);
}

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  app.add_option("MODEL", request.subject.model,
                 "an ONNX model, Errata's own classifier, or a TorchScript archive: its code runs")
      ->type_name("FILE")
      ->required();
  declare_image_subject(app, given.subject, request.subject);
  declare_drawing(app, given);
  app.add_option("--layers", request.layers,
                 "layers with mean, max, sd, gridN or flat: conv1:max,conv2:grid4 [all of Errata's own]")
      ->type_name("LIST")
      ->group(kModelColumns);
  app.add_flag("--list-layers", given.list_layers, "name the model's layers, and stop")->group(kModelColumns);
  app.add_option("--seed", request.seed, "of all randomness")->type_name("N")->capture_default_str()->group(kRunning);
  app.add_option("-o,--output", request.output, "the log: .parquet, .csv[.gz], .jsonl or .npz; - for lines of JSON")
      ->type_name("FILE")
      ->group(kOutput);
  add_running(app, given.running);
}

std::string text_of(const engine_nn::AuditCaptured& captured, const std::string& place) {
  std::string text =
      fmt::format("{} cases of {}, {} corrupted; {} failed ({})\n", captured.cases, captured.data, captured.corrupted,
                  captured.failures,
                  report::percent_text(static_cast<double>(captured.failures) / static_cast<double>(captured.cases)));
  text += fmt::format("pixels: mean {:.4f}, sd {:.4f}, from {}\n", fmt::join(captured.scale.mean, " "),
                      fmt::join(captured.scale.sd, " "), captured.scale_from);
  text += fmt::format("latents: {}\n", fmt::join(captured.columns, ", "));
  for (const std::string& warning : captured.warnings) text += "note: " + warning + "\n";
  if (captured.classes_as_indices) text += "classes: written as their indices in the order of the logits, from 0\n";
  return text + fmt::format("{}: the log, for `errata audit fit` and `errata replay`\n", place);
}

/// The log goes to standard output whole, words to standard error.
Result<int> run_to_output(Given& given, ThreadPool& pool, Console& console) {
  ERRATA_ASSIGN(const UnfinishedFile folder, make_temporary_folder("capture"));
  const UnfinishedFile log(folder.path() / "log.jsonl");
  given.request.output = log.path().string();
  ERRATA_ASSIGN(const auto captured,
                engine_nn::capture_log(given.request, pool, console.progress(given.running.quiet)));
  console.end_progress();
  ERRATA_ASSIGN(const std::string text, read_file(log.path()));
  if (!given.running.quiet) console.remark(text_of(captured, "standard output"));
  ERRATA_TRY(console.print(text));
  return 0;
}

Result<int> list_layers(const Given& given, Console& console) {
  ERRATA_ASSIGN(const auto layers, engine_nn::layers_of_model(given.request.subject));
  std::string text;
  for (const auto& layer : layers) text += layer + "\n";
  ERRATA_TRY(console.print_words(text));
  return 0;
}

Result<int> run(Given& given, Console& console) {
  auto& request = given.request;
  ERRATA_TRY(take_image_subject(given.subject, given.running, request.seed, request.subject));
  if (given.list_layers) return list_layers(given, console);
  if (given.part != "test" && given.part != "train")
    return invalid_argument(fmt::format("--part '{}' is not one of test, train", given.part));
  request.train_part = given.part == "train";
  ERRATA_ASSIGN(request.mix, image::mix_of(given.mix));
  if (request.output.empty()) return invalid_argument("--output: name a place for the log (- for standard output)");
  ThreadPool pool = console.pool(given.running.threads);
  if (request.output == "-") return run_to_output(given, pool, console);
  OutputFiles files(std::vector{request.subject.model});
  ERRATA_TRY(files.open(request.output));
  ERRATA_ASSIGN(const auto captured, engine_nn::capture_log(request, pool, console.progress(given.running.quiet)));
  if (!given.running.quiet) ERRATA_TRY(console.print_words(text_of(captured, request.output)));
  return 0;
}

}  // namespace
}  // namespace of_audit_capture

Verb audit_capture_verb() {
  using namespace of_audit_capture;
  auto given = std::make_shared<Given>();
  return {.name = "capture",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
