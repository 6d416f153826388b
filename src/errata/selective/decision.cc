#include "errata/selective/decision.h"

namespace errata::selective {

std::string_view word(Decision decision) {
  switch (decision) {
    case Decision::accept: return "accept";
    case Decision::defer: return "defer";
    case Decision::abstain: return "abstain";
  }
  return "";
}

}  // namespace errata::selective
