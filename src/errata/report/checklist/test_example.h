#pragma once

#include "errata/checklist/checklist.h"

namespace errata::report {

/// Mode 5 on nine scenes, made by hand, with a typical and a worst case of two views each. @param ours, documents  of
/// the best by the threshold utility, at least .95 is asked for; above it both pass but for that
[[nodiscard]] checklist::Checklist example_checklist(double ours = .99, double documents = .5);

/// Two allocators that read the given shares of the words, whatever the budget.
[[nodiscard]] checklist::Reading example_reading(double ours, double theirs);

/// A mode that Errata fails and one that tells nothing, without examples.
[[nodiscard]] checklist::Checklist failing_checklist();

/// An outsider is judged: two bad answers in mode 5, figures, a mode and the reading left out.
[[nodiscard]] checklist::Checklist outsider_checklist();

/// No mode was run.
[[nodiscard]] checklist::Checklist empty_checklist();

/// Names and queries that try to become markup or escape sequences.
[[nodiscard]] checklist::Checklist hostile_checklist();

}  // namespace errata::report
