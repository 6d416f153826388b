// The report page's own behaviour. The page is whole without it: the findings are written in HTML. The script draws the
// charts, sorts and filters the tables, lists every one-feature slice and copies SQL. Findings first: nothing here runs
// before the browser has painted them.
import { drawCharts } from "../kit/charts";
import { reportEverything } from "../kit/problems";
import { makeFilterable, makeSortable } from "../kit/tables";
import { listSingles } from "./singles";

const root = document.documentElement;

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

reportEverything();
root.classList.add("has-script");
// A frame's callback runs just before it is painted, a task set there just after. A page in a background tab is not
// painted at all.
requestAnimationFrame(() => setTimeout(start));
setTimeout(start, 250);
