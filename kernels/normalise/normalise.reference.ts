// The plain float64 meaning of normalise and of its gradient.
import type { Reference } from "../contract/reference.ts";
import { type NormaliseAttributes, normaliseRows } from "./shape.ts";

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const meanProduct = (x: Float64Array, y: Float64Array): number => meanOf(x.map((value, i) => value * (y[i] ?? 0)));

/** A row in standard deviations from its mean (in root mean squares without `center`), and one over what it was divided by. */
const standardised = (
  row: Float64Array,
  { center, epsilon }: NormaliseAttributes,
): { readonly values: Float64Array; readonly inverse: number } => {
  const mean = center ? meanOf(row) : 0;
  const distance = row.map((value) => value - mean);
  const inverse = 1 / Math.sqrt(meanProduct(distance, distance) + epsilon);
  return { values: distance.map((value) => value * inverse), inverse };
};

export const normaliseReference: Reference<NormaliseAttributes> = ([x, scale, shift], attributes) => {
  if (!x) return [];
  const { rows, columns } = normaliseRows("normalise", x.type, [], attributes);
  const data = new Float64Array(rows * columns);
  for (let start = 0; start < data.length; start += columns) {
    const { values } = standardised(Float64Array.from(x.data.subarray(start, start + columns)), attributes);
    data.set(
      values.map((value, i) => value * (scale?.data[i] ?? 1) + (shift?.data[i] ?? 0)),
      start,
    );
  }
  return [{ type: x.type, data }];
};

/** With h = upstream * scale and the standardised row s: (h - mean h - s mean(h s)) / deviation; no mean h without `center`. */
export const normaliseGradientReference: Reference<NormaliseAttributes> = ([x, upstream, scale], attributes) => {
  if (!x || !upstream) return [];
  const { rows, columns } = normaliseRows("normaliseGradient", x.type, [], attributes);
  const data = new Float64Array(rows * columns);
  for (let start = 0; start < data.length; start += columns) {
    const { values, inverse } = standardised(Float64Array.from(x.data.subarray(start, start + columns)), attributes);
    const scaled = Float64Array.from(values, (_, i) => (upstream.data[start + i] ?? 0) * (scale?.data[i] ?? 1));
    const mean = attributes.center ? meanOf(scaled) : 0;
    const along = meanProduct(scaled, values);
    data.set(
      scaled.map((value, i) => (value - mean - (values[i] ?? 0) * along) * inverse),
      start,
    );
  }
  return [{ type: x.type, data }];
};
