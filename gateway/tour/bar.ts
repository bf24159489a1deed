// Bars and sparklines of block characters, which every terminal with UTF-8 has.

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * A share of a width, to an eighth of a character.
 *
 * @example bar(0.5, 4); // "██░░"
 */
export const bar = (share: number, width: number, empty = "░"): string => {
  const parts = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const drawn = "█".repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? "");
  return drawn + empty.repeat(width - Math.ceil(parts / 8));
};

const levels = "▁▂▃▄▅▆▇█";

/**
 * A curve in one line: each character is the mean of its share of the points. The scale runs from the lowest of these
 * means to the one that nine tenths of them do not exceed, so that the steep first steps of a loss do not flatten all
 * that follows; what is above is drawn full. Values that are not numbers are left out.
 *
 * @example sparkline([8, 4, 2, 1], 4); // "█▄▂▁"
 */
export const sparkline = (values: readonly number[], width: number): string => {
  const points = values.filter(Number.isFinite);
  const count = Math.min(width, points.length);
  const means = Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * points.length) / count);
    const part = points.slice(from, Math.floor(((index + 1) * points.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const sorted = means.toSorted((left, right) => left - right);
  const low = sorted[0] ?? 0;
  const span = (sorted[Math.ceil(0.9 * count) - 1] ?? 0) - low;
  const draw = (mean: number): string =>
    levels[span === 0 ? 0 : Math.min(levels.length - 1, Math.floor(((mean - low) / span) * levels.length))] ?? "";
  return means.map(draw).join("");
};
