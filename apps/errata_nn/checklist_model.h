#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit_flags.h"
#include "console.h"
#include "errata/engine_nn/robustness.h"
#include "flags.h"

namespace errata::cli {

/// Flags of the checklist for any classifier: a model with pictures, or a log.
struct ClassifierFlags {
  engine_nn::ModelChecklistRequest model;
  engine_nn::LogChecklistRequest log;  ///< its options are those of `model`
  ImageSubjectFlags subject;
  std::vector<std::string> checks;
  std::string corruptions, earlier;

  [[nodiscard]] bool are_given() const { return !model.subject.model.empty() || !log.read.paths.empty(); }
};

/// Where results go.
struct ClassifierOutput {
  std::string report, cases, json;
};

/// --model, --log, --earlier, --checks and what else they need: images, columns of a log, gates.
void declare_classifier(CLI::App& app, ClassifierFlags& flags);

/// @return 0 where the checklist passes, else 1
[[nodiscard]] Result<int> run_classifier(ClassifierFlags& flags, const ClassifierOutput& output, const Running& running,
                                         Console& console);

}  // namespace errata::cli
