#pragma once

#include <span>

#include "errata/improve/answering.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/task.h"

namespace errata::improve {

/// Why an answer is remembered: the verifier refuses it, or one of its tokens had a probability below `doubt`.
[[nodiscard]] Detected detect(const Task& task, const Question& question, const Answered& answered, double doubt);

/// Sets how well each signal tells wrong answers from right ones: the AUROCs of `round`.
void measure_detection(std::span<const StoredAnswer> answers, Round& round);

}  // namespace errata::improve
