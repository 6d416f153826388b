// The vectors that numbers_test.cc checks of report/kit/numbers.h: a page and a report say the same of one number.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

const format = createRequire(import.meta.url)(join(process.env.ERRATA_WEB, "modules/kit/format.js"));
const vectors = JSON.parse(readFileSync(new URL("format_vectors.json", import.meta.url), "utf8"));
const value = (written) => ({ inf: Infinity, "-inf": -Infinity })[written] ?? written;

const functions = {
  count: format.count,
  percent: format.percent,
  number: (written, digits) => format.number(value(written), digits),
  p: format.pValue,
  time: format.time,
  date: format.date,
};
for (const [name, rows] of Object.entries(vectors)) {
  test(`${name} reads as in every other report`, () => {
    for (const row of rows) assert.equal(functions[name](...row.slice(0, -1)), row.at(-1), JSON.stringify(row));
  });
}

test("a tie is rounded to even, everything else to the nearest", () => {
  assert.equal(format.fixed(0.125, 2), "0.12");
  assert.equal(format.fixed(0.375, 2), "0.38");
  assert.equal(format.fixed(1.005, 2), "1.00"); // below the tie, as a double
  assert.equal(format.fixed(9.996, 2), "10.00");
});
