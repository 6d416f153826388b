/** What went wrong stands in the page, where a test (and a reader with developer tools) finds it. */
export function report(problem: unknown): void {
  const data = document.documentElement.dataset;
  const text = problem instanceof Error ? problem.message : String(problem);
  data["errors"] = [data["errors"], text].filter(Boolean).join("\n");
}

export function reportEverything(): void {
  window.addEventListener("error", (event) => report(event.message));
  window.addEventListener("unhandledrejection", (event) => report(event.reason));
}
