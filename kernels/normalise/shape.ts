// Attributes of normalise and the rows that its kernels walk.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";

export type NormaliseAttributes = {
  readonly [name: string]: AttributeValue;
  /** Take the mean away first (layer normalisation); else divide by the root mean square alone. */
  readonly center: boolean;
  /** Added to the mean square under the root. */
  readonly epsilon: number;
};

/** Rows and columns of x [..., columns]; checks that scale and shift are [columns]. */
export const normaliseRows = (
  name: string,
  x: TensorType | undefined,
  columnValues: readonly TensorType[],
  { epsilon }: NormaliseAttributes,
): { readonly rows: number; readonly columns: number } => {
  if (!x || x.shape.length === 0)
    throw new ShapeError(`${name} works along the last axis, but got ${x ? describeType(x) : "nothing"}`);
  const columns = x.shape[x.shape.length - 1] ?? 0;
  for (const type of [x, ...columnValues])
    if (type.dtype !== "f32")
      throw new DTypeError(`${name} takes f32, but got ${describeType(type)}; convert with .to("f32")`);
  for (const type of columnValues)
    if (!sameShape(type.shape, [columns]))
      throw new ShapeError(
        `${name} of ${describeType(x)}: a value a column is wanted, f32[${columns}], but got ${describeType(type)}`,
      );
  if (!(epsilon >= 0)) throw new ArgumentError(`${name}: epsilon must be zero or more, but is ${epsilon}`);
  return { rows: sizeOf(x.shape.slice(0, -1)), columns };
};
