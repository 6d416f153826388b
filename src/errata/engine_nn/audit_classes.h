#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errata/audit/cases.h"
#include "errata/base/error.h"
#include "errata/engine_nn/audit_log.h"

namespace errata::engine_nn {

/// Predictions as indices into an auditor's classes; a number that is no class's name is a class's index. Labels that
/// the auditor does not know are dropped with all others: whether a case failed is known already, and scoring needs no
/// more. An auditor without classes needs no predictions.
/// @param known  the auditor's classes  @param file  for messages
/// @return data error naming the row of a prediction that is no such class
[[nodiscard]] Result<void> match_classes(audit::AuditCases& cases, const std::vector<std::string>& known,
                                         const std::string& file);

/// Gives each of `width` logits a class: those of the auditor when cases are scored, else audit::widen_classes().
/// @return data error where a logit cannot be given a class
[[nodiscard]] Result<void> name_logits(audit::AuditCases& cases, std::size_t width, const AuditColumns& columns,
                                       const std::string& place);

/// Puts columns of logits that are called after the classes (logit_0, logit_1, logit_10, …) into the order of the
/// classes; classes that only have a column become classes of the cases. Columns of other names stay as they are.
/// @param names  [logits] columns, in the order in which they were named; put in order
void order_by_names(audit::AuditCases& cases, std::vector<std::string>& names);

/// Where the logits of every case are probabilities, takes their logarithms, whose softmax they are.
/// @return whether they were
bool take_logarithms_of_probabilities(audit::AuditCases& cases);

/// Looks whether the logits are what they are said to be, and mends what can be mended in one way only. Rows that are
/// probabilities already become their logarithms, whose softmax they are. Where predictions and largest logits differ,
/// but one order of the columns brings them together, that order is taken. What is changed or does not fit is a
/// warning.
void check_logits(AuditLog& log);

}  // namespace errata::engine_nn
