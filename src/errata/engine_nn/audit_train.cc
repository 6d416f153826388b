#include "errata/engine_nn/audit_train.h"

#include <fmt/format.h>

#include <filesystem>
#include <numeric>

#include "errata/audit/auditor_file.h"
#include "errata/base/cancellation.h"
#include "errata/engine_nn/audit_capture.h"
#include "errata/engine_nn/image_subject.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrimaryCheckpoint = "primary.checkpoint";
constexpr const char* kAuditorCheckpoint = "auditor.checkpoint";
constexpr const char* kAuditorFile = "auditor.pt";

/// What an interrupted training would have gone on from; another training in this folder must not find it.
void remove_checkpoints(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> spent;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name == kPrimaryCheckpoint || name.starts_with(std::string(kAuditorCheckpoint) + ".")) spent.push_back(entry);
  }
  for (const fs::path& place : spent) fs::remove(place, ignored);
}

Result<void> write_auditor(audit::FittedAuditor& fitted, const fs::path& place) {
  for (const auto& block : fitted.blocks) fitted.latent_columns.push_back(latent_column(block.name));
  if (fitted.auditor.reads_logits()) fitted.logit_columns = {kLogitColumn};
  return audit::save_auditor(place, fitted);
}

/// The first set of test images, each once and in order, as the model saw it.
Result<void> write_latents(const audit::AuditCases& cases, std::optional<std::uint64_t> model, const fs::path& place,
                           const Cancellation* cancellation) {
  std::vector<std::size_t> images(cases.count);
  std::iota(images.begin(), images.end(), 0);
  return write_captured_arrays(cases, images, model, place, cancellation);
}

}  // namespace

Result<void> AuditTrained::commit(const std::function<Result<void>()>& reports) {
  std::error_code ignored;
  if (auditor) ERRATA_TRY(auditor->remove_old());
  if (!auditor) fs::remove(fs::path(folder) / kAuditorFile, ignored);  // it knows another network
  for (AtomicFile& file : files) ERRATA_TRY(file.commit());
  files.clear();
  if (reports) ERRATA_TRY(reports());
  if (auditor) ERRATA_TRY(auditor->commit());
  auditor.reset();
  remove_checkpoints(folder);
  return {};
}

Result<AuditTrained> train_audit(const AuditTrainRequest& request, ThreadPool& pool, const Progress& progress) {
  return until_cancelled([&]() -> Result<AuditTrained> {
    progress.check();
    // Drawing 70,000 digits tells nothing of its progress, so what stops the call stops its loops as well.
    ThreadPool workers = progress.cancellation() == nullptr ? pool : pool.stopped_by(progress.cancellation());
    const fs::path folder = request.output;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return output_error(fmt::format("{}: the folder cannot be made: {}", request.output, error.message()));
    AuditTrained trained{.audit = {}, .folder = request.output, .files = {}, .auditor = {}};
    const auto begin = [&](const char* name) -> Result<fs::path> {
      ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(folder / name));
      return trained.files.emplace_back(std::move(file)).path();
    };
    ERRATA_ASSIGN(const image::ImageSplit images, image::open_images(request.data, request.images, workers));
    audit::PairOptions options = request.pair;
    if (!request.foreign.empty()) {
      ERRATA_ASSIGN(image::ImageSplit foreign, image::open_images(request.foreign, request.images, workers));
      options.foreign = std::move(foreign.test);
    }
    ERRATA_ASSIGN(const fs::path primary, begin("primary.pt"));
    const audit::PairFiles files{.primary = primary,
                                 .primary_checkpoint = folder / kPrimaryCheckpoint,
                                 .auditor_checkpoint = folder / kAuditorCheckpoint};
    ERRATA_ASSIGN(audit::TrainedPair pair, audit::train_pair(images, options, files, workers, progress));
    ERRATA_ASSIGN(const auto fingerprint, fingerprint_of_classifier(primary));
    if (pair.auditor) {
      pair.auditor->model = fingerprint;
      ERRATA_ASSIGN(trained.auditor, AtomicFile::create(folder / kAuditorFile));
      ERRATA_TRY(write_auditor(*pair.auditor, trained.auditor->path()));
    }
    ERRATA_ASSIGN(const fs::path latents, begin("latents.npz"));
    ERRATA_TRY(write_latents(pair.first_set, fingerprint, latents, workers.cancellation()));
    trained.audit = std::move(pair.audit);
    return trained;
  });
}

}  // namespace errata::engine_nn
