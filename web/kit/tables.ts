// Tables that sort and filter. On a narrow screen the style sheet makes cards of those that have the class "cards".

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
export function makeSortable(table: HTMLTableElement): void {
  for (const header of table.tHead?.rows[0]?.cells ?? []) {
    if (!header.textContent?.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sortBy(table, header));
    header.append(button);
  }
}

export function makeFilterable(table: HTMLTableElement): void {
  const input = document.querySelector<HTMLInputElement>(`input[data-filters="${table.id}"]`);
  const output = document.querySelector<HTMLOutputElement>(`output[data-counts="${table.id}"]`);
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  const all = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
  const texts = new Map(rows.map((row) => [row, (row.textContent ?? "").toLowerCase()]));
  const apply = (): void => {
    const words = (input?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row)?.includes(word));
      if (!row.hidden) shown += 1;
    }
    if (output !== null) output.textContent = shown === rows.length ? all : `${shown} of ${all}`;
  };
  input?.addEventListener("input", apply);
  apply();
}

/** One more cell of a row; with a value, null for one that is missing, it is a number and sorts by it. */
export function cell(row: HTMLTableRowElement, text: string, value?: number | null): HTMLTableCellElement {
  const made = row.insertCell();
  made.textContent = text;
  if (value !== undefined) {
    made.className = "number";
    made.dataset["value"] = value === null ? "" : String(value);
  }
  return made;
}
