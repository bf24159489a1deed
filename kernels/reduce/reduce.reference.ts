// The plain float64 meaning of reduce.
import { ArgumentError } from "../contract/error.ts";
import { type Reference, referenceArray } from "../contract/reference.ts";
import { combine, outputType } from "./reduce.ts";
import { type ReduceAttributes, reduceIdentity, reduceShape } from "./shape.ts";

export const reduceReference: Reference<ReduceAttributes> = (inputs, attributes) => {
  const [x] = inputs;
  if (!x) throw new ArgumentError("reduce takes one input");
  const { outer, reduced, inner } = reduceShape(x.type, attributes);
  const type = outputType(x.type, attributes);
  const data = referenceArray(type.dtype, outer * inner);
  const apply = combine[attributes.function];
  const integer = type.dtype !== "f32";
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let value = reduceIdentity(attributes.function, type.dtype);
      for (let r = 0; r < reduced; r++) {
        const next = x.data[(o * reduced + r) * inner + i] ?? Number.NaN;
        value = integer && attributes.function === "product" ? Math.imul(value, next) : apply(value, next);
        if (integer) value = type.dtype === "i32" ? value | 0 : value >>> 0;
      }
      data[o * inner + i] = value;
    }
  }
  return [{ type, data }];
};
