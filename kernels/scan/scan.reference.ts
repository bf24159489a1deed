// The plain float64 meaning of scan.
import { type Reference, referenceArray } from "../contract/reference.ts";
import { reduceIdentity } from "../reduce/shape.ts";
import { checked, combine } from "./scan.ts";
import { type ScanAttributes, scanShape } from "./shape.ts";

export const scanReference: Reference<ScanAttributes> = ([x], attributes) => {
  const type = checked(x?.type, attributes);
  const { outer, reduced, inner } = scanShape(type, attributes);
  const { exclusive, reverse, function: name } = attributes;
  const data = referenceArray(type.dtype, outer * reduced * inner);
  const wrap = (value: number): number =>
    type.dtype === "f32" ? value : type.dtype === "i32" ? value | 0 : value >>> 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let value = reduceIdentity(name, type.dtype);
      for (let step = 0; step < reduced; step++) {
        const at = (o * reduced + (reverse ? reduced - 1 - step : step)) * inner + i;
        const next = x?.data[at] ?? Number.NaN;
        if (exclusive) data[at] = value;
        value = wrap(type.dtype !== "f32" && name === "product" ? Math.imul(value, next) : combine[name](value, next));
        if (!exclusive) data[at] = value;
      }
    }
  }
  return [{ type, data }];
};
