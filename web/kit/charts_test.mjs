// The chart code of a page over the Vega bundles that the page carries, without a browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { runInThisContext } from "node:vm";

const web = process.env.ERRATA_WEB;
runInThisContext(readFileSync(join(web, "vega.js"), "utf8"));
const { drawChart, replaceData } = createRequire(import.meta.url)(join(web, "modules/kit/charts.js"));
const theme = JSON.parse(readFileSync(join(web, "theme.json"), "utf8"));

globalThis.document = { documentElement: { dataset: {} } };
globalThis.vegaEmbed = async (_, spec, options) => {
  const view = new vega.View(vega.parse(vegaLite.compile({ ...spec, config: options.config }).spec), { renderer: "none" });
  await view.runAsync();
  return { view: (shown = view) };
};
let shown;

const chart = (style) => ({
  spec: {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: 100,
    height: 50,
    data: { name: "rows" },
    layer: [
      {
        mark: { type: "bar", style },
        encoding: { x: { field: "name", type: "nominal" }, y: { field: "rate", type: "quantitative" } },
      },
      { data: { name: "whole" }, mark: { type: "rule" }, encoding: { y: { datum: 0.5 } } },
    ],
    config: {
      background: "white",
      style: {
        raised: { color: theme.chart.alert },
        "light-cell-text": { color: theme.cells["light-text"] },
        "dark-cell-text": { color: theme.chart.ink },
      },
    },
  },
  data: { rows: [{ name: "first", rate: 0.25 }], whole: [{}] },
});
const place = () => ({ dataset: {}, textContent: "" });

beforeEach(() => {
  document.documentElement.dataset = {};
});

test("a chart is drawn with its data, in the colours that the style sheet names", async () => {
  const at = place();
  await drawChart(at, chart("raised"));
  assert.equal(at.dataset.drawn, "done");
  const svg = await shown.toSVG();
  assert.match(svg, /first/);
  assert.match(svg, /var\(--alert\)/);
  assert.doesNotMatch(svg, new RegExp(theme.chart.alert));
});

test("a text on a coloured cell keeps its colour on any screen", async () => {
  await drawChart(place(), chart("dark-cell-text"));
  assert.match(await shown.toSVG(), new RegExp(theme.chart.ink));
});

test("a drawn chart takes new data and keeps the data sets that are not named", async () => {
  const at = place();
  await drawChart(at, chart("raised"));
  await replaceData(at, { rows: [{ name: "second", rate: 1 }, { name: "third", rate: 0.5 }] });
  const svg = await shown.toSVG();
  assert.match(svg, /second/);
  assert.match(svg, /third/);
  assert.doesNotMatch(svg, /first/);
  assert.equal(shown.data("whole").length, 1);
});

test("a chart that was not drawn takes no data", async () => {
  await assert.rejects(replaceData(place(), { rows: [] }), /after it was drawn/);
});

test("a chart that cannot be drawn says so in its place and in the page", async () => {
  const broken = chart("raised");
  broken.spec.layer[0].mark = { type: "nothing" };
  const at = place();
  await drawChart(at, broken);
  assert.equal(at.textContent, "This chart could not be drawn.");
  assert.notEqual(document.documentElement.dataset.errors, undefined);
});

test("the colours of the config are those of the theme, each of which the style sheet has", () => {
  for (const name of Object.keys(theme.chart)) {
    for (const screen of ["light", "dark", "print"]) assert.ok(theme[screen][name], `${screen} has ${name}`);
  }
  const colours = Object.values(theme.chart);
  assert.equal(new Set(colours).size, colours.length, "a colour stands for one name");
});
