// node build.mjs DEPS OUT: makes the files that are embedded into errata (see CMakeLists.txt).
//   modules/     what tsc makes of every TypeScript module, for the tests that run in node
//   vega.js      Vega and Vega-Lite with their licence
//   embed.js     vega-embed with its licence
//   report.js    the page's own script: report/report.ts and the modules it reaches, in one
//   plots.js     the script that renders charts to SVG in node
//   report.html  the template with style and the hashes of what may run in its Content-Security-Policy
//   theme.json   the colours
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const [deps, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const modules = join(out, "modules");
const source = (name) => readFileSync(join(here, name), "utf8");

/** A package's bundle without its pointer to a source map, which a browser would try to fetch. */
function packaged(name) {
  const code = readFileSync(join(deps, name, "build", `${name}.min.js`), "utf8");
  return code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function licence(name) {
  const text = readFileSync(join(deps, name, "LICENSE"), "utf8").replaceAll("*/", "* /").trim();
  const version = JSON.parse(readFileSync(join(deps, name, "package.json"), "utf8")).version;
  return `/*! ${name} ${version}\n${text}\n*/\n`;
}

/** An entry and the modules that it reaches as one script. tsc makes each a CommonJS module; here each becomes a function
 *  of its own, called once by the first that requires it, so that no name of one meets a name of another. */
function bundled(entry) {
  const functions = new Map();
  const add = (path) => {
    if (functions.has(path)) return;
    functions.set(path, "");
    const code = readFileSync(join(modules, path), "utf8").trimEnd();
    const linked = code.replace(/\brequire\("([^"]*)"\)/g, (_, name) => {
      if (!name.startsWith(".")) throw new Error(`${path} imports ${name}: a page has its own modules and no packages`);
      const target = posix.join(posix.dirname(path), name.endsWith(".json") ? name : `${name}.js`);
      add(target);
      return `require("${target}")`;
    });
    functions.set(path, path.endsWith(".json") ? `Object.assign(exports, ${linked});` : linked);
  };
  add(entry);
  const table = [...functions].map(([path, code]) => `"${path}": (exports, require) => {\n${code}\n},\n`);
  return `(() => {
"use strict";
const modules = {
${table.join("")}};
const made = {};
const require = (path) => {
  if (made[path] === undefined) modules[path]((made[path] = {}), require);
  return made[path];
};
require("${entry}");
})();
`;
}

/** The style sheet's {{light}}, {{dark}} and {{print}} as declarations of the theme's variables. */
function styled(css, theme) {
  return css.replace(/\{\{(\w+)\}\}/g, (_, name) =>
    Object.entries(theme[name]).map(([variable, colour]) => `--${variable}: ${colour};`).join(" "),
  );
}

/** Inside <script>, text that could end or nest the element, or that a parser would normalise, changes the hash. */
function checkEmbeddable(name, code) {
  if (/<\/script|<!--|<script|\r/i.test(code)) throw new Error(`${name} cannot stand inside a <script> element`);
}

const hash = (code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`;

rmSync(modules, { recursive: true, force: true });
execFileSync(process.execPath, [join(deps, "typescript", "lib", "tsc.js"), "-p", here, "--outDir", modules], {
  stdio: "inherit",
});
const vega = licence("vega") + packaged("vega") + licence("vega-lite") + packaged("vega-lite");
const embed = licence("vega-embed") + packaged("vega-embed");
const script = bundled("report/report.js");
const charting = vega + embed; // one text in the page
checkEmbeddable("vega.js and embed.js", charting);
checkEmbeddable("report.js", script);

const theme = source("kit/theme.json");
const template = source("report/report.html")
  .replace("{{style}}", () => styled(source("report/report.css"), JSON.parse(theme)))
  .replace("{{script-hashes}}", () => `${hash(charting)} ${hash(script)}`);
if (/\r/.test(template)) throw new Error("report.html or report.css holds carriage returns");

writeFileSync(join(out, "vega.js"), vega);
writeFileSync(join(out, "embed.js"), embed);
writeFileSync(join(out, "report.js"), script);
writeFileSync(join(out, "plots.js"), source("kit/plots.js"));
writeFileSync(join(out, "report.html"), template);
writeFileSync(join(out, "theme.json"), theme);
