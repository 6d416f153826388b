#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "errata/audit/fit.h"
#include "errata/base/error.h"
#include "errata/engine_nn/audit_log.h"
#include "errata/engine_nn/image_subject.h"
#include "errata/image/corruption_mix.h"
#include "errata/image/images.h"
#include "flags.h"

namespace errata::cli {

inline constexpr const char* kImages = "Images";
inline constexpr const char* kAuditor = "Auditor";
inline constexpr const char* kModelColumns = "What the model computed";
inline constexpr const char* kOrArrays = "; or arrays: one .npz, several .npy";

/// What the flags say about how an auditor is trained and where it refuses.
struct AuditorFlags {
  std::string target;  ///< empty: label, or what held-out cases gain by
  std::string device = "cpu";
  bool no_baselines = false;
  std::optional<std::size_t> epochs{};  ///< none: as many as the data ask for
  std::vector<double> risks{}, coverages{};
  double delta = audit::AskedPoint{}.delta;
};

/// --target, --epochs, --hidden, --heads, --no-baselines, --evidence-seeds, --risk, --delta, --coverage, --device,
/// --seed.
void declare_auditor(CLI::App& app, AuditorFlags& flags, audit::FitOptions& fit);
/// --mix, --probability, --chain, --partial.
void declare_mix(CLI::App& app, image::MixWords& mix);
/// --latent, --logits.
void declare_audit_columns(CLI::App& app, engine_nn::AuditColumns& columns);
/// Checks the flags and puts what they mean into the options; sets the threads of the networks.
[[nodiscard]] Result<void> take_auditor(const AuditorFlags& flags, const Running& running, audit::FitOptions& fit);

/// After the report: that no auditor could be written to `place` is an error. An empty place asked for none.
[[nodiscard]] Result<void> was_written(const audit::Audit& audit, const std::string& place);

/// --data, --data-folder, --images.
void declare_image_data(CLI::App& app, std::string& data, image::ImageOptions& images);
/// Takes $ERRATA_DATA where no folder is named. The seed is also that of the split of the images.
void take_image_data(std::uint64_t seed, image::ImageOptions& images);

/// Words of the flags that say which model runs on which images.
struct ImageSubjectFlags {
  std::string device = "cpu";
};
/// --data, --data-folder, --images, --mean, --sd, --no-untrusted, --device.
void declare_image_subject(CLI::App& app, ImageSubjectFlags& flags, engine_nn::ImageSubjectRequest& request);
/// Checks the words, and does what take_image_data() does; sets the threads of the networks.
[[nodiscard]] Result<void> take_image_subject(const ImageSubjectFlags& flags, const Running& running,
                                              std::uint64_t seed, engine_nn::ImageSubjectRequest& request);

}  // namespace errata::cli
