// Layer and root mean square normalisation of rows with scale and shift, and its gradient, each in one walk over memory: a row
// is read again from the first-level cache.
import { ArgumentError, ShapeError } from "../contract/error.ts";
import { op } from "../contract/op.ts";
import { byteSizeOf, describeType, sameShape, sizeOf } from "../contract/tensor-type.ts";
import { type NormaliseAttributes, normaliseRows } from "./shape.ts";

/**
 * Rows of f32 x [..., columns] less their mean (with `center`), over the root of their mean square plus epsilon; then times
 * scale [columns] and plus shift [columns] where given (Ba, Kiros, Hinton 2016; Zhang, Sennrich 2019).
 */
export const normalise = op<NormaliseAttributes>({
  name: "normalise",
  inputs: ["x", "scale?", "shift?"],
  outputs: ([x, ...columnValues], attributes) => {
    normaliseRows("normalise", x, columnValues, attributes);
    if (columnValues.length > 2) throw new ArgumentError("normalise takes x, a scale and a shift");
    return x ? [x] : [];
  },
  work: ([x]) => (x ? { flops: 8 * sizeOf(x.shape), bytes: 2 * byteSizeOf(x) } : { flops: 0, bytes: 0 }),
});

/** Gradient of `normalise` for its x: from x and upstream, both [..., columns], and the scale [columns] where it had one. */
export const normaliseGradient = op<NormaliseAttributes>({
  name: "normaliseGradient",
  inputs: ["x", "upstream", "scale?"],
  outputs: ([x, upstream, ...columnValues], attributes) => {
    normaliseRows("normaliseGradient", x, columnValues, attributes);
    if (columnValues.length > 1) throw new ArgumentError("normaliseGradient takes x, upstream and a scale");
    if (!x || !upstream || upstream.dtype !== x.dtype || !sameShape(x.shape, upstream.shape))
      throw new ShapeError(
        `normaliseGradient of ${x ? describeType(x) : "nothing"}: upstream must be of the same type, but is ${upstream ? describeType(upstream) : "missing"}`,
      );
    return [x];
  },
  work: ([x]) => (x ? { flops: 16 * sizeOf(x.shape), bytes: 3 * byteSizeOf(x) } : { flops: 0, bytes: 0 }),
});
