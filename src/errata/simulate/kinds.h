#pragma once

#include "errata/simulate/drawing.h"

namespace errata::simulate {

/// Each fills a drawing: features, what is planted, failures, and labels, predictions and scores that agree with them.
void draw_credit(Drawing& drawing);
void draw_null(Drawing& drawing);
void draw_planted(Drawing& drawing);
void draw_drift(Drawing& drawing);
void draw_miscalibrated(Drawing& drawing);
void draw_numbers(Drawing& drawing);
void draw_multiclass(Drawing& drawing);
void draw_wide(Drawing& drawing, std::size_t features);
void draw_codes(Drawing& drawing, std::size_t features);

/// The simulation of "Introspective failure memory" (docs/methods/source-signal.md). Seeds below 2³².
void draw_source_stream(Drawing& drawing);

/// Drifting streams whose modes come and go, with labels that arrive late. Each says how its modes come and go.
void draw_stream(Drawing& drawing);  ///< every mode in a way of its own
void draw_stream_stationary(Drawing& drawing);
void draw_stream_abrupt(Drawing& drawing);
void draw_stream_gradual(Drawing& drawing);
void draw_stream_cyclic(Drawing& drawing);

}  // namespace errata::simulate
