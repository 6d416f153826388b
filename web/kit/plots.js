// Read by node after the Vega bundles (report/plots.cc): charts come as JSON on standard input, SVGs go as JSON to
// standard output: {"name": spec, …} -> {"name": "<svg…", …}.
const fs = require("node:fs");

async function toSvg(spec) {
  const fixed = spec.width === "container" ? { ...spec, width: 640 } : spec;
  const view = new vega.View(vega.parse(vegaLite.compile(fixed).spec), { renderer: "none" });
  return await view.toSVG();
}

async function main() {
  const specs = JSON.parse(fs.readFileSync(0, "utf8"));
  const pictures = {};
  for (const [name, spec] of Object.entries(specs)) pictures[name] = await toSvg(spec);
  process.stdout.write(JSON.stringify(pictures));
}

main().catch((error) => {
  console.error(String(error && error.message ? error.message : error));
  process.exitCode = 1;
});
