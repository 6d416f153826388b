// node build.mjs DEPS OUT: makes the five files that are embedded into errata (see CMakeLists.txt).
//   vega.js      Vega and Vega-Lite with their licence
//   embed.js     vega-embed with its licence
//   report.js    the page's own script, compiled from report.ts
//   plots.js     the script that renders charts to SVG in node
//   report.html  the template with style and the hashes of what may run in its Content-Security-Policy
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [deps, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const source = (name) => readFileSync(join(here, name), "utf8");

/** A bundle without its pointer to a source map, which a browser would try to fetch. */
function bundle(name) {
  const code = readFileSync(join(deps, name, "build", `${name}.min.js`), "utf8");
  return code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function licence(name) {
  const text = readFileSync(join(deps, name, "LICENSE"), "utf8").replaceAll("*/", "* /").trim();
  const version = JSON.parse(readFileSync(join(deps, name, "package.json"), "utf8")).version;
  return `/*! ${name} ${version}\n${text}\n*/\n`;
}

/** Inside <script>, text that could end or nest the element, or that a parser would normalise, changes the hash. */
function checkEmbeddable(name, code) {
  if (/<\/script|<!--|<script|\r/i.test(code)) throw new Error(`${name} cannot stand inside a <script> element`);
}

const hash = (code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`;

execFileSync(process.execPath, [join(deps, "typescript", "lib", "tsc.js"), "-p", here, "--outDir", out], {
  stdio: "inherit",
});
const vega = licence("vega") + bundle("vega") + licence("vega-lite") + bundle("vega-lite");
const embed = licence("vega-embed") + bundle("vega-embed");
const script = readFileSync(join(out, "report.js"), "utf8");
const charting = vega + embed; // one text in the page
checkEmbeddable("vega.js and embed.js", charting);
checkEmbeddable("report.js", script);

const template = source("report.html")
  .replace("{{style}}", () => source("report.css"))
  .replace("{{script-hashes}}", () => `${hash(charting)} ${hash(script)}`);
if (/\r/.test(template)) throw new Error("report.html or report.css holds carriage returns");

writeFileSync(join(out, "vega.js"), vega);
writeFileSync(join(out, "embed.js"), embed);
writeFileSync(join(out, "plots.js"), source("plots.js"));
writeFileSync(join(out, "report.html"), template);
