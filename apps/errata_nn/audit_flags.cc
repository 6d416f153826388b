#include "audit_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "errata/nn/runtime.h"

namespace errata::cli {
namespace {

constexpr const char* kPoints = "Where it refuses";

Result<std::vector<audit::AskedPoint>> asked_points(const AuditorFlags& flags) {
  const auto check = [](const char* flag, double value) -> Result<void> {
    if (value > 0 && value < 1) return {};
    return invalid_argument(fmt::format("{} {} is not in (0, 1)", flag, value));
  };
  ERRATA_TRY(check("--delta", flags.delta));
  std::vector<double> risks = flags.risks;
  if (risks.empty() && flags.coverages.empty()) risks.push_back(audit::AskedPoint{}.target);
  std::vector<audit::AskedPoint> points;
  for (const double risk : risks) {
    ERRATA_TRY(check("--risk", risk));
    for (const auto rule : {audit::OperatingRule::sgr, audit::OperatingRule::ltt})
      points.push_back({.rule = rule, .target = risk, .delta = flags.delta});
  }
  for (const double coverage : flags.coverages) {
    ERRATA_TRY(check("--coverage", coverage));
    points.push_back({.rule = audit::OperatingRule::coverage, .target = coverage});
  }
  return points;
}

}  // namespace

void declare_auditor(CLI::App& app, AuditorFlags& flags, audit::FitOptions& fit) {
  app.add_option("--target", flags.target,
                 "what the auditor is asked: label (the truth) or failure (was it wrong) [label; in fit failure where "
                 "held-out cases of a small log clearly gain by it]")
      ->type_name("WORD")
      ->group(kAuditor);
  app.add_option("--epochs", flags.epochs,
                 fmt::format("passes over the training cases [{}, more where these are few steps and "
                             "held-out cases gain by it]",
                             fit.auditor.epochs))
      ->type_name("N")
      ->group(kAuditor);
  app.add_option("--hidden", fit.auditor.hidden, "widths of its hidden layers")
      ->type_name("N,N")
      ->delimiter(',')
      ->default_str(fmt::format("{}", fmt::join(fit.auditor.hidden, ",")))
      ->group(kAuditor);
  app.add_option("--heads", fit.auditor.heads, "networks whose answers are averaged")
      ->type_name("N")
      ->capture_default_str()
      ->group(kAuditor);
  app.add_flag("--no-baselines", flags.no_baselines, "measure the auditor alone")->group(kAuditor);
  app.add_option("--evidence-seeds", fit.evidence_seeds,
                 "auditors of other seeds that its evidence is compared between; 0: look for none")
      ->type_name("N")
      ->capture_default_str()
      ->group(kAuditor);
  app.add_option("--risk", flags.risks, "failure rates of accepted cases to set thresholds for, with a guarantee")
      ->type_name("R,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->default_str(fmt::format("{}", audit::AskedPoint{}.target))
      ->group(kPoints);
  app.add_option("--delta", flags.delta, "chance that a guarantee does not hold")
      ->type_name("P")
      ->capture_default_str()
      ->group(kPoints);
  app.add_option("--unlike", fit.unlike,
                 "share of the accepted clean cases that count as unlike the others, the second condition; 0: none")
      ->type_name("P")
      ->capture_default_str()
      ->group(kPoints);
  app.add_option("--coverage", flags.coverages, "shares of cases to accept; instead of --risk or beside it")
      ->type_name("C,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kPoints);
  app.add_option("--device", flags.device, "cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->capture_default_str()
      ->group(kRunning);
  app.add_option("--seed", fit.seed, "of all randomness")->type_name("N")->capture_default_str()->group(kRunning);
}

void declare_mix(CLI::App& app, image::MixWords& mix) {
  app.add_option("--mix", mix.mix, "corruptions: source, train, all, none, or names: fog,rotate")
      ->type_name("WORD|NAMES")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--probability", mix.probability, "that an image is corrupted [0.8; 0.92 for train and all]")
      ->type_name("P")
      ->group(kImages);
  app.add_option("--chain", mix.chain, "corruptions in a row at most [1; 2 for train and all]")
      ->type_name("N")
      ->group(kImages);
  app.add_option("--partial", mix.partial,
                 "that a corruption is kept to a part of the image [0; 0.5 for train and all]")
      ->type_name("P")
      ->group(kImages);
}

void declare_audit_columns(CLI::App& app, engine_nn::AuditColumns& columns) {
  app.add_option_function<std::string>(
         "--latent", [&columns](const std::string& list) { columns.latents = split_names(list); },
         "columns of numbers or of lists; h_* for all that begin so [the embedding]")
      ->type_name("COLUMNS")
      ->group(kModelColumns);
  app.add_option_function<std::string>(
         "--logits", [&columns](const std::string& list) { columns.logits = split_names(list); },
         "one column a class in the order of the classes, or one of lists")
      ->type_name("COLUMNS")
      ->group(kModelColumns);
}

Result<void> take_auditor(const AuditorFlags& flags, const Running& running, audit::FitOptions& fit) {
  fit.other_question = flags.target.empty();
  if (flags.target.empty() || flags.target == "label")
    fit.auditor.target = audit::AuditorTarget::label;
  else if (flags.target == "failure")
    fit.auditor.target = audit::AuditorTarget::failure;
  else
    return invalid_argument(fmt::format("--target '{}' is not one of label, failure", flags.target));
  ERRATA_ASSIGN(fit.auditor.device, nn::parse_device(flags.device));
  nn::set_threads(running.threads);
  ERRATA_ASSIGN(fit.points, asked_points(flags));
  if (!(fit.unlike >= 0 && fit.unlike < 1))
    return invalid_argument(fmt::format("--unlike {} is not in [0, 1)", fit.unlike));
  fit.baselines = !flags.no_baselines;
  fit.longer = !flags.epochs;
  if (flags.epochs) fit.auditor.epochs = *flags.epochs;
  fit.auditor.seed = fit.seed;
  return {};
}

Result<void> was_written(const audit::Audit& audit, const std::string& place) {
  if (audit.no_auditor.empty() || place.empty()) return {};
  return data_error(fmt::format("{} is not written: {}", place, audit.no_auditor));
}

void declare_image_data(CLI::App& app, std::string& data, image::ImageOptions& images) {
  app.add_option("--data", data, "mnist, fashion-mnist, cifar10, digits (drawn here), a folder or an .npz file")
      ->type_name("DATA")
      ->capture_default_str()
      ->group(kImages);
  app.add_option("--data-folder", images.data, "holds mnist/, fashion-mnist/ and cifar10/; else $ERRATA_DATA")
      ->type_name("DIR")
      ->group(kImages);
  app.add_option("--images", images.digits, "images to draw for digits, a sixth of them for tests")
      ->type_name("N")
      ->capture_default_str()
      ->group(kImages);
}

void take_image_data(std::uint64_t seed, image::ImageOptions& images) {
  images.seed = seed;
  if (const char* data = std::getenv("ERRATA_DATA"); images.data.empty() && data != nullptr) images.data = data;
}

void declare_image_subject(CLI::App& app, ImageSubjectFlags& flags, engine_nn::ImageSubjectRequest& request) {
  declare_image_data(app, request.data, request.images);
  app.add_option("--mean", request.mean,
                 "of the pixels in [0, 1], for a model of somebody else: one, or one a channel [of the data]")
      ->type_name("M,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kImages);
  app.add_option("--sd", request.sd, "standard deviation of the pixels, likewise")
      ->type_name("SD,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kImages);
  app.add_flag("--no-untrusted", request.trusted_only,
               "refuse a model that is code: TorchScript archives (ONNX models hold none)")
      ->group(kRunning);
  app.add_option("--device", flags.device, "cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->capture_default_str()
      ->group(kRunning);
}

Result<void> take_image_subject(const ImageSubjectFlags& flags, const Running& running, std::uint64_t seed,
                                engine_nn::ImageSubjectRequest& request) {
  ERRATA_ASSIGN(request.device, nn::parse_device(flags.device));
  nn::set_threads(running.threads);
  take_image_data(seed, request.images);
  return {};
}

}  // namespace errata::cli
