// Vega draws the charts of the page in a browser; the same bundle draws them as SVG in node, so pictures and page
// cannot differ. The program text is too long for an argument, so node reads it from a temporary file beside the
// pictures; all specifications go through one process, because loading Vega costs more than drawing.
#include "errata/report/kit/plots.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "errata/base/atomic_file.h"
#include "errata/base/child_process.h"
#include "errata/report/kit/chart.h"
#include "errata/report/kit/page_assets.h"

namespace errata::report {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// node's CommonJS loader: the bundles export into `exports` or a global, by what they find; here into globals.
std::string node_program() {
  return fmt::format(
      "globalThis.require = require;\n(function (exports, module, define, require) {{\n{}\n}})"
      ".call(globalThis);\n{}",
      vega_script(), plots_script());
}

Result<Json> draw(const std::vector<Chart>& charts, const fs::path& program) {
  Json specs = Json::object();
  for (const Chart& chart : charts) {
    Json spec = Json::parse(chart_text(chart));
    std::string title = chart.title;
    std::erase(title, '`');
    spec["title"] = {{"text", title}, {"offset", 14}};
    spec["padding"] = 12;
    specs[chart.name] = std::move(spec);
  }
  auto pictures = run_program({"node", program.string()}, specs.dump());
  if (!pictures) {
    return output_error(
        fmt::format("charts could not be drawn: {} (node is Debian's package nodejs)", pictures.error().message));
  }
  Json parsed = Json::parse(*pictures, nullptr, false);
  if (parsed.is_discarded()) return output_error("charts could not be drawn: node wrote something that is not JSON");
  return parsed;
}

Result<void> write_picture(const std::string& svg, const fs::path& place) {
  ERRATA_TRY(write_file(place, svg));
  auto png = run_program({"rsvg-convert", "--zoom", "2", "--format", "png"}, svg);
  if (!png) {
    return output_error(
        fmt::format("{} could not be made into a PNG: {} (rsvg-convert is Debian's package librsvg2-bin)",
                    place.string(), png.error().message));
  }
  return write_file(fs::path(place).replace_extension(".png"), *png);
}

}  // namespace

Result<void> write_plots(const std::vector<Chart>& charts, const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) return output_error(fmt::format("{}: {}", folder.string(), problem.message()));

  // Never committed: the program is gone again when this function ends.
  ERRATA_ASSIGN(const AtomicFile program, AtomicFile::create(folder / "plots.cjs"));
  ERRATA_TRY(program.write(node_program()));
  ERRATA_ASSIGN(const Json pictures, draw(charts, program.path()));
  for (const Chart& chart : charts) {
    const auto svg = pictures.find(chart.name);
    if (svg == pictures.end() || !svg->is_string()) {
      return output_error(fmt::format("chart {} could not be drawn", chart.name));
    }
    ERRATA_TRY(write_picture(svg->get<std::string>(), folder / (chart.name + ".svg")));
  }
  return {};
}

}  // namespace errata::report
