// Numbers and dates as text, as report/kit/numbers.h writes them: format_vectors.json holds both sides together.

/** toFixed, but for a tie, which toFixed rounds up and every other text of a report to even. */
export function fixed(value: number, digits: number): string {
  const exact = value.toFixed(100);
  const end = exact.indexOf(".") + 1 + digits;
  const below = exact.slice(0, digits === 0 ? end - 1 : end);
  return /^50*$/.test(exact.slice(end)) && /[02468]$/.test(below) ? below : value.toFixed(digits);
}

/** A count with thousands separated: 24421 -> "24,421". */
export function count(cases: number): string {
  return cases.toLocaleString("en-US");
}

/** A share in [0, 1]: "31.2%"; only 0 is "0%" and only 1 is "100%". "–" for null, as JSON tells NaN. */
export function percent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return "–";
  const value = 100 * share;
  if (value === 0 || value === 100) return `${value}%`;
  if (value > 0 && value < 0.01) return "<0.01%";
  if (value > 99.99 && value < 100) return ">99.99%";
  const nearAnEnd = (value > 0 && value < 1) || (value > 99 && value < 100);
  return `${fixed(value, nearAnEnd ? 2 : 1)}%`;
}

/** Digits and exponent of a number that is not 0, ties to even: 7298.5 -> ["7.2985", 3]. */
function scientific(value: number, digits: number): [string, number] {
  const exact = value.toExponential(100);
  const end = exact.indexOf(".") + digits;
  const below = exact.slice(0, digits === 1 ? end - 1 : end);
  const rest = exact.slice(end, exact.indexOf("e"));
  const tie = /^50*$/.test(rest) && /[02468]$/.test(below);
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  return [tie ? below : mantissa, Number(exponent)];
}

/**
 * A number as it stands in the data, at most `digits` significant ones, but never fewer than stand before the point:
 * 13 -> "13", 7298.5 -> "7298.5"; with 3 digits 16670.4 -> "16670".
 */
export function number(value: number | null, digits = 6): string {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toFixed(0);
  const [mantissa, exponent] = scientific(value, digits);
  const short = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) {
    return short(Number(`${mantissa}e${exponent}`).toFixed(digits - 1 - exponent));
  }
  if (exponent > 0 && Math.abs(value) < 1e15) return fixed(value, 0);
  const sign = exponent < 0 ? "-" : "+";
  return `${short(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** A p-value from its decimal logarithm: "0.012", "3e-9", "<1e-99" below that. null: even the logarithm is infinite. */
export function pValue(log10: number | null): string {
  if (log10 === null || log10 < -99) return "<1e-99";
  if (log10 >= -3) return number(10 ** log10, 2);
  let exponent = Math.floor(log10);
  let mantissa = Math.round(10 ** (log10 - exponent));
  if (mantissa >= 10) [mantissa, exponent] = [1, exponent + 1];
  return `${mantissa}e${exponent}`;
}

const DAY = 86_400e6;

/** The date of a time in microseconds since 1970-01-01 UTC: "2026-03-02". */
export function date(micros: number): string {
  if (!(Math.abs(micros) < 2.5e17)) return number(micros);
  const day = new Date(Math.floor(micros / DAY) * (DAY / 1000));
  const year = day.getUTCFullYear();
  const two = (part: number): string => String(part).padStart(2, "0");
  const years = year < 0 ? `-${String(-year).padStart(3, "0")}` : String(year).padStart(4, "0");
  return `${years}-${two(day.getUTCMonth() + 1)}-${two(day.getUTCDate())}`;
}

/** The same with minutes, and seconds, where there are any: "2026-03-02 14:05". */
export function time(micros: number): string {
  const ofDay = micros - Math.floor(micros / DAY) * DAY;
  if (!(Math.abs(micros) < 2.5e17) || ofDay === 0) return date(micros);
  const seconds = Math.trunc(ofDay / 1e6);
  const parts = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60];
  if (parts[2] === 0) parts.pop();
  return `${date(micros)} ${parts.map((part) => String(part).padStart(2, "0")).join(":")}`;
}
