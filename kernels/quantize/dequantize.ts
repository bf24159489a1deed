// Quantised weights as f32, for gradients and for looking at what was kept.
import { ArgumentError } from "../contract/error.ts";
import { op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { checkQuantized, type DequantizeAttributes } from "./shape.ts";

/** codes u32 [n, words], scales f32 [n, groups] and, with 4 bits, zeros u32 [n, ceil(groups / 8)] give f32 [n, columns]. */
export const dequantize = op<DequantizeAttributes>({
  name: "dequantize",
  inputs: ["codes", "scales", "zeros?"],
  outputs: (inputs, attributes) => {
    const { columns } = attributes;
    if (!Number.isInteger(columns) || columns < 0)
      throw new ArgumentError(`dequantize: the columns must be a whole number from 0 on, but are ${String(columns)}`);
    const { rows } = checkQuantized("dequantize", inputs, columns, attributes);
    return [{ dtype: "f32", shape: [rows, columns] }];
  },
  work: (inputs, { columns }) => {
    const elements = (inputs[0]?.shape[0] ?? 0) * columns;
    return { flops: 2 * elements, bytes: inputs.reduce((sum, type) => sum + byteSizeOf(type), 0) + 4 * elements };
  },
});
