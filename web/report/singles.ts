// Every one-feature slice of an analysis, listed from the page's data: thousands of rows would make the page itself slow
// to open. Text from the log only ever goes through textContent.
import { count, fixed, number, percent, pValue } from "../kit/format";
import { readJson } from "../kit/page_data";
import { cell } from "../kit/tables";

interface SingleSlice {
  words: string;
  n: number;
  failures: number;
  rate: number | null;
  mean_loss: number | null;
  lift: number | null;
  share_of_failures: number | null;
  p_adjusted: { log10_p: number | null };
}
interface Analysis {
  rule: { numeric_loss: boolean };
  features: { feature: string; source: string; slices: SingleSlice[] }[];
}

export function listSingles(table: HTMLTableElement): void {
  const analysis = readJson<Analysis>("analysis");
  const losses = analysis.rule.numeric_loss;
  const body = table.tBodies[0] ?? table.createTBody();
  const slices = analysis.features.flatMap((feature) => feature.slices);
  slices.sort((a, b) => (a.p_adjusted.log10_p ?? -Infinity) - (b.p_adjusted.log10_p ?? -Infinity));
  const labels = [...(table.tHead?.rows[0]?.cells ?? [])].map((header) => header.textContent?.toLowerCase() ?? "");
  for (const slice of slices) {
    const row = body.insertRow();
    cell(row, slice.words.replaceAll("`", "")).className = "where";
    const bad = losses ? slice.mean_loss : slice.rate;
    cell(row, losses ? number(bad, 3) : percent(bad), bad);
    cell(row, slice.lift === null ? "–" : fixed(slice.lift, 2), slice.lift);
    cell(row, count(slice.n), slice.n);
    cell(row, percent(slice.share_of_failures), slice.share_of_failures);
    cell(row, pValue(slice.p_adjusted.log10_p), slice.p_adjusted.log10_p);
    // Where the table becomes cards, each figure says what it is.
    for (const [i, one] of [...row.cells].entries()) if (i > 0) one.dataset["label"] = labels[i] ?? "";
  }
}
