#pragma once

#include <string>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/engine_nn/image_subject.h"
#include "errata/robustness/log_evidence.h"
#include "errata/robustness/probe.h"
#include "errata/robustness/robustness.h"
#include "errata/slice/pairing.h"
#include "errata/table/read_log.h"

namespace errata::engine_nn {

/// A classifier of pictures, and pictures with labels that it was not trained on.
struct ModelChecklistRequest {
  ImageSubjectRequest subject;
  std::string earlier{};  ///< model file that retention is measured against; empty: none
  std::string foreign{};  ///< pictures of something else, as image::open_images() takes them; empty: those drawn alone
  robustness::ProbeOptions probe;  ///< its checks are those of `options`
  robustness::Options options;
};

/// Precomputed predictions.
struct LogChecklistRequest {
  table::ReadOptions read;
  robustness::ShiftColumns shift;
  std::string earlier{};  ///< log of an earlier model on the same cases; empty: none
  robustness::Options options;
};

/// A checklist and what it was made of.
struct ClassifierChecklist {
  robustness::Robustness made;
  robustness::Evidence evidence;
};

/// Runs what carries over to any classifier on the test images.
/// @return invalid_argument for options out of range; data errors of models and images
[[nodiscard]] Result<ClassifierChecklist> check_model(const ModelChecklistRequest& request, ThreadPool& pool,
                                                      const Progress& progress = {});

/// Likewise what a log can tell. Rows of the earlier log are joined by the id column where one is named or both have
/// one, else in the order of rows.
[[nodiscard]] Result<ClassifierChecklist> check_log(const LogChecklistRequest& request, ThreadPool& pool,
                                                    const Progress& progress = {});

}  // namespace errata::engine_nn
