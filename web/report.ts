// The report page's own behaviour. The page is whole without it: the findings are written in HTML. The script draws the
// charts, sorts and filters the tables, lists every one-feature slice and copies SQL. Text from the log only ever goes
// through textContent.
//
// Findings first: nothing here runs before the browser has painted them. Vega is most of the file; it stands in the page
// as text that costs nothing to read past, and becomes a script when the first chart is due.
"use strict";

interface SingleSlice {
  words: string;
  n: number;
  failures: number;
  rate: number | null;
  mean_loss: number | null;
  lift: number | null;
  share_of_failures: number | null;
  p_adjusted: { p: number; log10_p: number | null };
}
interface Analysis {
  rule: { numeric_loss: boolean };
  features: { feature: string; source: string; slices: SingleSlice[] }[];
}
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Spec = { config: { [key: string]: Json } } & { [key: string]: Json };

const root = document.documentElement;

/** What went wrong stands in the page, where a test (and a reader with developer tools) finds it. */
function report(problem: unknown): void {
  const text = problem instanceof Error ? problem.message : String(problem);
  root.dataset["errors"] = [root.dataset["errors"], text].filter(Boolean).join("\n");
}
window.addEventListener("error", (event) => report(event.message));
window.addEventListener("unhandledrejection", (event) => report(event.reason));

function readJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}

// ---- charts ----------------------------------------------------------------------------------------------------

/** Paper colours of a chart's config, and the style sheet's variables that follow light, dark and print. */
const THEMED: Readonly<Record<string, string>> = {
  "white": "transparent",
  "#1f2933": "var(--ink)",
  "#66727f": "var(--soft)",
  "#e4e8ec": "var(--grid)",
  "#b8c0c8": "var(--line)",
  "#0068a8": "var(--blue)",
  "#c2410c": "var(--alert)",
};

function themed(value: Json): Json {
  if (typeof value === "string") return THEMED[value] ?? value;
  if (Array.isArray(value)) return value.map(themed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, themed(inner)]));
}

/** The config for the screen: only the two light-or-dark texts on coloured cells keep their colours. */
function screenConfig(config: Spec["config"]): object {
  const screen = themed(config) as { [key: string]: { [key: string]: Json } };
  const paperStyles = config["style"] as { [key: string]: Json };
  for (const name of ["light-cell-text", "dark-cell-text"]) screen["style"]![name] = paperStyles[name]!;
  return screen;
}

/** Runs the bundles. The page's policy knows the hash of this text, so that no other can take its place. */
function loadVega(): void {
  const script = document.createElement("script");
  script.textContent = document.getElementById("vega")?.textContent ?? "";
  document.body.append(script);
}

async function draw(place: HTMLElement, spec: Spec): Promise<void> {
  const { config, ...rest } = spec;
  place.dataset["drawn"] = "started";
  try {
    await vegaEmbed(place, rest, {
      ast: true, // expressions are interpreted: the page's policy forbids making code from text
      renderer: "svg",
      actions: false,
      defaultStyle: false,
      config: screenConfig(config),
      tooltip: { disableDefaultStyle: true },
    });
    place.dataset["drawn"] = "done";
  } catch (problem) {
    place.textContent = "This chart could not be drawn.";
    report(problem);
  }
}

/** One chart at a time, those near the window first, with pauses for the reader; all of them before printing. */
function drawCharts(): void {
  loadVega();
  const specs = readJson<Record<string, Spec>>("charts");
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
    const spec = specs[place.dataset["chart"] ?? ""];
    if (spec !== undefined) await draw(place, spec);
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

// ---- tables ----------------------------------------------------------------------------------------------------

function cellValue(row: HTMLTableRowElement, column: number): number | string {
  const cell = row.cells[column];
  const value = cell?.dataset["value"];
  if (value === undefined) return cell?.textContent ?? "";
  return value === "" ? Number.NEGATIVE_INFINITY : Number(value);
}

function sortBy(table: HTMLTableElement, header: HTMLTableCellElement): void {
  const column = header.cellIndex;
  const body = table.tBodies[0];
  if (body === undefined) return;
  const numbers = header.classList.contains("number");
  // The first click shows what matters first: large numbers, but early text and early ranks.
  const first = numbers && header.dataset["first"] !== "ascending" ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = header.getAttribute("aria-sort") === first ? other : first;
  for (const cell of table.tHead?.rows[0]?.cells ?? []) cell.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...body.rows].map((row) => ({ row, value: cellValue(row, column) }));
  rows.sort((a, b) => {
    if (typeof a.value === "number" && typeof b.value === "number") {
      return a.value === b.value ? 0 : sign * (a.value < b.value ? -1 : 1);
    }
    return sign * String(a.value).localeCompare(String(b.value), undefined, { numeric: true });
  });
  body.append(...rows.map(({ row }) => row));
}

/** Headers become buttons, so that the keyboard reaches them. */
function makeSortable(table: HTMLTableElement): void {
  for (const header of table.tHead?.rows[0]?.cells ?? []) {
    if (!header.textContent?.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sortBy(table, header));
    header.append(button);
  }
}

function makeFilterable(table: HTMLTableElement): void {
  const input = document.querySelector<HTMLInputElement>(`input[data-filters="${table.id}"]`);
  const output = document.querySelector<HTMLOutputElement>(`output[data-counts="${table.id}"]`);
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  const texts = new Map(rows.map((row) => [row, (row.textContent ?? "").toLowerCase()]));
  const apply = (): void => {
    const words = (input?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row)?.includes(word));
      if (!row.hidden) shown += 1;
    }
    if (output !== null) output.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
  };
  input?.addEventListener("input", apply);
  apply();
}

// ---- every one-feature slice -----------------------------------------------------------------------------------

function percent(share: number | null): string {
  if (share === null) return "–";
  const digits = share > 0 && share < 0.01 ? 2 : 1;
  return share === 0 || share === 1 ? `${100 * share}%` : `${(100 * share).toFixed(digits)}%`;
}

function pValue(p: SingleSlice["p_adjusted"]): string {
  if (p.log10_p === null) return "<1e-9999";
  if (p.log10_p >= -3) return Number(p.p.toPrecision(2)).toString();
  let exponent = Math.floor(p.log10_p);
  let mantissa = Math.round(10 ** (p.log10_p - exponent));
  if (mantissa >= 10) [mantissa, exponent] = [1, exponent + 1];
  return `${mantissa}e${exponent}`;
}

function cell(row: HTMLTableRowElement, text: string, value?: number | null): HTMLTableCellElement {
  const made = row.insertCell();
  made.textContent = text;
  if (value !== undefined) {
    made.className = "number";
    made.dataset["value"] = value === null ? "" : String(value);
  }
  return made;
}

function listSingles(table: HTMLTableElement): void {
  const analysis = readJson<Analysis>("analysis");
  const losses = analysis.rule.numeric_loss;
  const body = table.tBodies[0] ?? table.createTBody();
  const slices = analysis.features.flatMap((feature) => feature.slices);
  slices.sort((a, b) => (a.p_adjusted.log10_p ?? -Infinity) - (b.p_adjusted.log10_p ?? -Infinity));
  for (const slice of slices) {
    const row = body.insertRow();
    cell(row, slice.words.replaceAll("`", "")).className = "where";
    const bad = losses ? slice.mean_loss : slice.rate;
    cell(row, losses ? (bad?.toPrecision(3) ?? "–") : percent(bad), bad);
    cell(row, slice.lift === null ? "–" : slice.lift.toFixed(2), slice.lift);
    cell(row, slice.n.toLocaleString("en-US"), slice.n);
    cell(row, percent(slice.share_of_failures), slice.share_of_failures);
    cell(row, pValue(slice.p_adjusted), slice.p_adjusted.log10_p);
  }
}

// ---- the rest --------------------------------------------------------------------------------------------------

function copyOnClick(button: HTMLButtonElement): void {
  button.addEventListener("click", async () => {
    const text = button.previousElementSibling?.textContent ?? "";
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Not allowed from every file:// page: select the text, so that the reader's own copy key works.
      const selection = window.getSelection();
      if (button.previousElementSibling !== null) selection?.selectAllChildren(button.previousElementSibling);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = label), 1500);
  });
}

/** Marks the section being read in the list of contents. */
function followContents(): void {
  const links = new Map<string, HTMLAnchorElement>();
  for (const link of document.querySelectorAll<HTMLAnchorElement>("nav ol a")) links.set(link.hash.slice(1), link);
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  for (const section of document.querySelectorAll("section[id]")) observer.observe(section);
}

function start(): void {
  if (root.dataset["ready"] !== undefined) return;
  const singles = document.querySelector<HTMLTableElement>("table#singles");
  if (singles !== null) listSingles(singles);
  for (const table of document.querySelectorAll<HTMLTableElement>("table.sortable")) {
    makeSortable(table);
    makeFilterable(table);
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("button.copy")) copyOnClick(button);
  followContents();
  root.dataset["ready"] = "yes";
  setTimeout(drawCharts);
}

root.classList.add("has-script");
// A frame's callback runs just before it is painted, a task set there just after. A page in a background tab is not
// painted at all.
requestAnimationFrame(() => setTimeout(start));
setTimeout(start, 250);
