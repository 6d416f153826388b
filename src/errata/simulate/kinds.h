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

}  // namespace errata::simulate
