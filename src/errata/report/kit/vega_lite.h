#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "errata/report/kit/chart.h"

namespace errata::report {

using Json = nlohmann::ordered_json;

/// The chart with spec and data from a specification whose data are named_data(): adds schema, width and the config
/// that says what the style names look like on paper, and takes the rows out.
[[nodiscard]] Chart chart_of(Chart words, Json drawing);

/// A data set of a chart; by its name alone where it stands elsewhere in the chart.
[[nodiscard]] Json named_data(const std::string& name, Json rows);
[[nodiscard]] Json named_data(const std::string& name);
/// A mark whose looks are a style name of the config.
[[nodiscard]] Json mark(const char* type, const char* style);
/// A tooltip of ready-made texts: field and the title it is told under.
[[nodiscard]] Json tooltip(std::initializer_list<std::pair<const char*, const char*>> fields);
[[nodiscard]] Json percent_axis(const char* title);
/// A layer with one dashed line across the chart, on "x" or "y"; hovering tells `name`.
[[nodiscard]] Json reference_line(double value, const char* channel, const std::string& name);

/// Points that nobody sees and that tell `hints` when the pointer comes near.
[[nodiscard]] Json hint_points(const Json& x, const Json& y, const Json& hints);

/// What is measured: the failure rate, or under a numeric loss the mean loss.
struct Measure {
  bool losses = false;
  [[nodiscard]] const char* name() const { return losses ? "mean loss" : "failure rate"; }
  [[nodiscard]] const char* title() const { return losses ? "Mean loss" : "Failure rate"; }
  [[nodiscard]] std::string text(double value) const;
  [[nodiscard]] Json axis() const;
};

/// Words for a picture, which has no other way to mark a name: without the quotes around it.
[[nodiscard]] std::string chart_words(std::string words);

/// Horizontal bars of rows {"name", "value", "strong", …}, in their order; strong ones in the warning colour.
[[nodiscard]] Json ranked_bars(Json rows, const char* title, const Json& hints, const std::vector<double>& thresholds);

/// A colour of a chart on white paper by its name in web/kit/theme.json, for what keeps it on any screen.
[[nodiscard]] Json chart_colour(const char* name);
/// Colours of cells from white to a dark blue.
[[nodiscard]] Json blue_cells();
/// The layers of a heat map of rows {…, "text", "dark"}: coloured cells with light text on dark ones.
[[nodiscard]] Json heat_layers(const Json& x, const Json& y, const Json& colour, const Json& hints);
[[nodiscard]] Json cell_axis(const char* field, const std::string& title, Json order, int label_angle);

}  // namespace errata::report
