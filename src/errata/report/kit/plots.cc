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

Result<Json> draw(const std::vector<Chart>& charts, const fs::path& program, const Cancellation* cancellation) {
  Json specs = Json::object();
  for (const Chart& chart : charts) {
    Json spec = Json::parse(chart_text(chart));
    std::string title = chart.title;
    std::erase(title, '`');
    spec["title"] = {{"text", title}, {"offset", 14}};
    spec["padding"] = 12;
    specs[chart.name] = std::move(spec);
  }
  auto pictures = run_program({"node", program.string()}, specs.dump(), {.cancellation = cancellation});
  if (!pictures) {
    return output_error(
        fmt::format("charts could not be drawn: {} (node is Debian's package nodejs)", pictures.error().message));
  }
  Json parsed = Json::parse(*pictures, nullptr, false);
  if (parsed.is_discarded()) return output_error("charts could not be drawn: node wrote something that is not JSON");
  return parsed;
}

/// Puts the SVG and the PNG of a picture among the files.
Result<void> add_picture(const std::string& svg, const fs::path& place, const Cancellation* cancellation,
                         std::vector<AtomicFile>& files) {
  auto png = run_program({"rsvg-convert", "--zoom", "2", "--format", "png"}, svg, {.cancellation = cancellation});
  if (!png) {
    return output_error(
        fmt::format("{} could not be made into a PNG: {} (rsvg-convert is Debian's package librsvg2-bin)",
                    place.string(), png.error().message));
  }
  const auto add = [&](const fs::path& of, const std::string& content) -> Result<void> {
    ERRATA_ASSIGN(AtomicFile file, AtomicFile::create(of));
    ERRATA_TRY(file.write(content));
    files.push_back(std::move(file));
    return {};
  };
  ERRATA_TRY(add(place, svg));
  return add(fs::path(place).replace_extension(".png"), *png);
}

}  // namespace

Result<void> write_plots(const std::vector<Chart>& charts, const fs::path& folder, const Cancellation* cancellation) {
  std::error_code problem;
  UnfinishedFile made;
  if (fs::create_directories(folder, problem)) made = UnfinishedFile(folder);
  if (problem) return output_error(fmt::format("{}: {}", folder.string(), problem.message()));

  std::vector<AtomicFile> files;
  {
    // Never committed: the program is gone again when it has run.
    ERRATA_ASSIGN(const AtomicFile program, AtomicFile::create(folder / "plots.cjs"));
    ERRATA_TRY(program.write(node_program()));
    ERRATA_ASSIGN(const Json pictures, draw(charts, program.path(), cancellation));
    for (const Chart& chart : charts) {
      const auto svg = pictures.find(chart.name);
      if (svg == pictures.end() || !svg->is_string()) {
        return output_error(fmt::format("chart {} could not be drawn", chart.name));
      }
      ERRATA_TRY(add_picture(svg->get<std::string>(), folder / (chart.name + ".svg"), cancellation, files));
    }
  }
  for (AtomicFile& file : files) ERRATA_TRY(file.commit());
  made.keep();
  return {};
}

}  // namespace errata::report
