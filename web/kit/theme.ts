// Colours are data (theme.json): "chart" are those of a chart on white paper, as the specifications carry them, and
// "cells" those of coloured cells, which keep them on any screen; "light", "dark" and "print" are what the style sheet's
// variables of the same names stand for. A chart on the screen is drawn in the variables, so that a change of theme
// needs no drawing.
import theme from "./theme.json";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Config = { [key: string]: Json };

const SCREEN = new Map([
  ["white", "transparent"],
  ...Object.entries(theme.chart).map(([name, colour]): [string, string] => [colour, `var(--${name})`]),
]);

function onScreen(value: Json): Json {
  if (typeof value === "string") return SCREEN.get(value) ?? value;
  if (Array.isArray(value)) return value.map(onScreen);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, onScreen(inner)]));
}

/** A chart's config for the screen: only the two light-or-dark texts on coloured cells keep their colours. */
export function screenConfig(config: Config): Config {
  const screen = onScreen(config) as { [key: string]: { [key: string]: Json } };
  const paperStyles = config["style"] as { [key: string]: Json };
  for (const name of ["light-cell-text", "dark-cell-text"]) screen["style"]![name] = paperStyles[name]!;
  return screen;
}
