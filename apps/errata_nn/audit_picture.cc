#include "errata/engine_nn/audit_picture.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "audit_flags.h"
#include "errata/report/kit/numbers.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_audit_picture {
namespace {

struct Given {
  engine_nn::AuditPictureRequest request;
  ImageSubjectFlags subject;
  Running running;
};

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  app.add_option("--model", request.subject.model,
                 "an ONNX model, Errata's own classifier, or a TorchScript archive: its code runs")
      ->type_name("FILE")
      ->required()
      ->group(kModelColumns);
  app.add_option("--auditor", request.auditor, "of `errata audit train`, or fitted to a captured log of the model")
      ->type_name("FILE.pt")
      ->required()
      ->group(kModelColumns);
  declare_image_subject(app, given.subject, request.subject);
  app.add_option("--seed", request.seed, "of all randomness")->type_name("N")->capture_default_str()->group(kRunning);
  app.add_option("-o,--output", request.output, "the picture")->type_name("FILE.png")->required()->group(kOutput);
  add_running(app, given.running);
}

std::string text_of(const engine_nn::AuditPicture& picture, const std::string& place) {
  return fmt::format(
      "{}: test image {}, {}{}\n"
      "  the model says {}, {} sure; the truth is {}\n"
      "  the auditor says: {} likely to be wrong\n"
      "of {} test images under the source's corruptions {} fail; the auditor flags {} of these\n"
      "{}: the picture\n",
      picture.data, picture.image, picture.corruption,
      picture.corruption == "none" ? "" : fmt::format(" of severity {:.2f}", picture.severity), picture.predicted,
      report::percent_text(picture.confidence), picture.truth, report::percent_text(picture.auditor_risk),
      picture.cases, picture.failures, picture.flagged, place);
}

Result<int> run(Given& given, Console& console) {
  auto& request = given.request;
  ERRATA_TRY(take_image_subject(given.subject, given.running, request.seed, request.subject));
  if (!request.output.ends_with(".png"))
    return invalid_argument(fmt::format("--output {}: the picture is a .png file", request.output));
  OutputFiles files(std::vector{request.subject.model, request.auditor});
  ERRATA_TRY(files.open(request.output));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const auto picture, engine_nn::take_picture(request, pool, console.progress(given.running.quiet)));
  if (!given.running.quiet) ERRATA_TRY(console.print_words(text_of(picture, request.output)));
  return 0;
}

}  // namespace
}  // namespace of_audit_picture

Verb audit_picture_verb() {
  using namespace of_audit_picture;
  auto given = std::make_shared<Given>();
  return {.name = "picture",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); }};
}

}  // namespace errata::cli
