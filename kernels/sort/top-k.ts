// The first k elements of each sorted row without sorting the rest.
import { ArgumentError } from "../contract/error.ts";
import { type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, type DType, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { rowsAlong } from "./shape.ts";
import { orderOfRow, sortable } from "./sort.ts";
import { topKWasm } from "./top-k.launch.ts";
import { topKWebGPU } from "./top-k.wgsl.ts";

export type TopKAttributes = {
  readonly [name: string]: AttributeValue;
  /** Elements to keep of each row. */
  readonly k: number;
  /** Largest first; else smallest first. NaN comes last either way. */
  readonly descending: boolean;
};

const checked = (x: TensorType | undefined, k: number): readonly TensorType[] => {
  const type = sortable("topK", x);
  const { length } = rowsAlong(type);
  if (!Number.isInteger(k) || k < 0 || k > length)
    throw new ArgumentError(
      `topK: k must be a whole number between 0 and ${length}, the size of the axis, but is ${k}`,
    );
  const shape = [...type.shape.slice(0, -1), k];
  return [
    { dtype: type.dtype, shape },
    { dtype: "i32", shape },
  ];
};

const call = (
  shape: number[],
  k: number,
  descending = true,
  values = "normal",
  dtype: DType = "f32",
): Case<TopKAttributes> => ({ inputs: [{ dtype, shape }], attributes: { k, descending }, values: [values] });

/** The k largest or smallest of each row of [..., n] in order, and as i32 the places that they came from: both [..., k]. */
export const topK = op<TopKAttributes>({
  name: "topK",
  inputs: ["x"],
  outputs: ([x], { k }) => checked(x, k),
  work: ([x], { k }) => {
    const { rows, length } = rowsAlong(x);
    return { flops: rows * (length + k * Math.ceil(Math.log2(2 + k))), bytes: (x ? byteSizeOf(x) : 0) + 8 * rows * k };
  },
  tolerance: within(0, 0),
  reference: ([x], { k, descending }): ReferenceTensor[] => {
    const [type, places] = checked(x?.type, k);
    if (!x || !type || !places) return [];
    const { rows, length } = rowsAlong(x.type);
    const values = referenceArray(type.dtype, rows * k);
    const indices = new Int32Array(rows * k);
    for (let row = 0; row < rows; row++) {
      const own = x.data.subarray(row * length, (row + 1) * length);
      orderOfRow(own, descending)
        .subarray(0, k)
        .forEach((place, i) => {
          values[row * k + i] = own[place] ?? Number.NaN;
          indices[row * k + i] = place;
        });
    }
    return [
      { type, data: values },
      { type: places, data: indices },
    ];
  },
  kernels: [...topKWasm, ...topKWebGPU],
  cases: [
    call([7], 3),
    call([7], 7, false),
    call([2, 3, 60], 5, true, "index:4"),
    call([2, 3, 60], 5, false, "index:4"),
    call([3, 700], 10, true, "special"),
    call([3, 700], 680, false, "special"),
    call([1, 3000], 64, true),
    call([4, 33], 1, true, "normal", "i32"),
    call([4, 33], 6, false, "normal", "u32"),
    call([5, 1], 1),
    call([5], 0),
    call([3, 0], 0),
    call([0, 4], 2),
  ],
});
