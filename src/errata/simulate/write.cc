#include "errata/base/atomic_file.h"
#include "errata/base/cancellation.h"
#include "errata/simulate/simulate.h"
#include "errata/table/write_log.h"

namespace errata::simulate {

Result<SimulatedLog> write_simulated(const SimulateOptions& options, const std::string& place,
                                     const Cancellation* cancellation) {
  return until_cancelled([&]() -> Result<SimulatedLog> {
    // Both places are tried before the work, so that no log is left without its truth.
    ERRATA_TRY(AtomicFile::create(place));
    ERRATA_TRY(AtomicFile::create(truth_path(place)));
    ERRATA_ASSIGN(auto drawn, simulate(options, cancellation));
    ERRATA_TRY(table::write_columns(drawn.columns, place, {}, cancellation));
    ERRATA_TRY(write_file(truth_path(place), truth_json(drawn.truth)));
    return drawn;
  });
}

}  // namespace errata::simulate
