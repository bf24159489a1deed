// Amounts are exact decimals as text: a bill that is added up from floats does not add up.

function parseDecimal(text: string): { digits: bigint; scale: number } {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a decimal number.`);
  const [, sign = "", whole = "", fraction = ""] = match;
  return { digits: BigInt(sign + whole + fraction), scale: fraction.length };
}

function formatDecimal(digits: bigint, scale: number): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/**
 * What a whole number of microseconds costs at a price per second, to the last digit.
 *
 * @example
 * costOfMicroseconds(1_500_000, "0.00002"); // "0.00003"
 */
export function costOfMicroseconds(microseconds: number, pricePerSecond: string): string {
  const { digits, scale } = parseDecimal(pricePerSecond);
  return formatDecimal(digits * BigInt(microseconds), scale + 6);
}

/** What a whole number of units costs at a price per unit, to the last digit. */
export function costOfUnits(units: number, pricePerUnit: string): string {
  const { digits, scale } = parseDecimal(pricePerUnit);
  return formatDecimal(digits * BigInt(units), scale);
}

/** The exact sum of decimals. */
export function addAmounts(amounts: readonly string[]): string {
  const parsed = amounts.map(parseDecimal);
  const scale = Math.max(0, ...parsed.map((amount) => amount.scale));
  const sum = parsed.reduce((total, amount) => total + amount.digits * 10n ** BigInt(scale - amount.scale), 0n);
  return formatDecimal(sum, scale);
}
