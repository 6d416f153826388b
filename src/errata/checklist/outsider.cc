#include "errata/checklist/outsider.h"

#include <fmt/format.h>

#include <array>

namespace errata::checklist {

std::string_view name_of(Fault fault) {
  constexpr std::array<std::string_view, 12> kNames{"late",     "ended",   "endless",    "malformed",
                                                    "other_id", "refused", "too_many",   "outside",
                                                    "repeated", "budget",  "over_total", "not_asked"};
  return kNames[static_cast<std::size_t>(fault)];
}

Result<Answer> Questioner::answer(const Task& task) {
  if (given_up_)
    return Answer(std::unexpect,
                  BadAnswer{.fault = Fault::not_asked,
                            .message = fmt::format("was not asked: it had broken off {} times in a row", in_a_row_)});
  ERRATA_ASSIGN(Answer answer, outsider_->answer(task));
  in_a_row_ = !answer && breaks_off(answer.error().fault) ? in_a_row_ + 1 : 0;
  given_up_ = in_a_row_ >= kMostInARow;
  return answer;
}

}  // namespace errata::checklist
