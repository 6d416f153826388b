// Charts of a page. A chart is a Vega-Lite specification whose data sets have names, and the data sets beside it, so
// that a page which lives can give a drawn chart new data. Vega is most of the page; it stands there as text that costs
// nothing to read past, and becomes a script when the first chart is due.
import { readJson } from "./page_data";
import { report } from "./problems";
import { type Config, type Json, screenConfig } from "./theme";

/** Rows by the name of their data set. */
export type Data = { [name: string]: Json[] };
export interface Chart {
  spec: { config: Config } & { [key: string]: Json };
  data: Data;
}

const drawn = new WeakMap<HTMLElement, VegaView>();

/** Runs the bundles. The page's policy knows the hash of this text, so that no other can take its place. */
function loadVega(): void {
  const script = document.createElement("script");
  script.textContent = document.getElementById("vega")?.textContent ?? "";
  document.body.append(script);
}

/** Draws a chart into its place, whose data-drawn then says "done". */
export async function drawChart(place: HTMLElement, chart: Chart): Promise<void> {
  const { config, ...rest } = chart.spec;
  place.dataset["drawn"] = "started";
  try {
    const { view } = await vegaEmbed(place, { ...rest, datasets: chart.data }, {
      ast: true, // expressions are interpreted: the page's policy forbids making code from text
      renderer: "svg",
      actions: false,
      defaultStyle: false,
      config: screenConfig(config),
      tooltip: { disableDefaultStyle: true },
    });
    drawn.set(place, view);
    place.dataset["drawn"] = "done";
  } catch (problem) {
    place.textContent = "This chart could not be drawn.";
    report(problem);
  }
}

/** Gives a drawn chart new rows of the data sets that are named; what its specification says stays as it is. */
export async function replaceData(place: HTMLElement, data: Data): Promise<void> {
  const view = drawn.get(place);
  if (view === undefined) throw new Error("a chart gets new data only after it was drawn");
  for (const [name, rows] of Object.entries(data)) view.data(name, rows);
  await view.runAsync();
}

/** Draws every chart that has a place: one at a time, those near the window first, with pauses for the reader; all of
 *  them before printing. */
export function drawCharts(): void {
  loadVega();
  const charts = readJson<Record<string, Chart>>("charts");
  const waiting = new Set(document.querySelectorAll<HTMLElement>("[data-chart]"));
  const near = new Set<Element>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) near.add(target);
        else near.delete(target);
      }
    },
    { rootMargin: "400px" },
  );
  for (const place of waiting) observer.observe(place);

  const drawOne = async (place: HTMLElement): Promise<void> => {
    waiting.delete(place);
    observer.unobserve(place);
    const chart = charts[place.dataset["chart"] ?? ""];
    if (chart !== undefined) await drawChart(place, chart);
  };
  const drawNext = async (): Promise<void> => {
    const next = [...waiting].find((place) => near.has(place)) ?? [...waiting][0];
    if (next === undefined) return;
    await drawOne(next);
    setTimeout(() => void drawNext(), 30);
  };
  setTimeout(() => void drawNext());
  window.addEventListener("beforeprint", () => waiting.forEach((place) => void drawOne(place)));
}
