// Words for matrices in the last two axes: transposes, triangles, diagonals, triangular systems.
import type { Shape } from "@millrace/kernels";
import { broadcastTo, constant, multiply, reduce, reshape, scan, select, transpose } from "./build.ts";
import { apply, type Value } from "./node.ts";

const zero = constant(0);

/** The last two axes exchanged. */
export const transposed = (x: Value): Value => {
  const rank = x.type.shape.length;
  return transpose(
    x,
    [...x.type.shape.keys()].map((axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis)),
  );
};

/** i32 [n]: 0, 1, ... n - 1, as a value of the graph. */
const positions = (count: number): Value =>
  scan("sum", broadcastTo(constant(1, "i32"), [count]), { axis: 0, exclusive: true, reverse: false });

/** bool [rows, columns]: row compared with column. */
const compared = (name: "equal" | "greater" | "greaterEqual" | "less" | "lessEqual", shape: Shape): Value => {
  const [rows = 0, columns = 0] = shape.slice(-2);
  return apply(name, [reshape(positions(rows), [rows, 1]), positions(columns)]);
};

/** On and below the diagonal, zero above. */
export const lowerPart = (x: Value): Value => select(compared("greaterEqual", x.type.shape), x, zero);
/** On and above the diagonal, zero below. */
export const upperPart = (x: Value): Value => select(compared("lessEqual", x.type.shape), x, zero);
/** Below the diagonal, zero elsewhere. */
export const strictlyLowerPart = (x: Value): Value => select(compared("greater", x.type.shape), x, zero);
/** Off the diagonal, zero on it. */
export const offDiagonal = (x: Value): Value => select(compared("equal", x.type.shape), zero, x);

/** Matrices with values [..., n] on their diagonal. */
export const diagonalMatrix = (values: Value): Value => {
  const size = values.type.shape[values.type.shape.length - 1] ?? 0;
  return select(compared("equal", [size, size]), inRows(values), zero);
};

/** The diagonal [..., n] of matrices. */
export const diagonalOf = (x: Value): Value => {
  const last = x.type.shape.length - 1;
  return reduce("sum", select(compared("equal", x.type.shape), x, zero), [last]);
};

/** The identity, f32 [size, size]. */
export const identityMatrix = (size: number): Value => diagonalMatrix(broadcastTo(constant(1), [size]));

/** Values [..., n] as the row [..., 1, n], to broadcast over rows: each column has its own. */
export const inRows = (values: Value): Value =>
  reshape(values, [...values.type.shape.slice(0, -1), 1, values.type.shape[values.type.shape.length - 1] ?? 0]);
/** Values [..., n] as the column [..., n, 1]: each row has its own. */
export const inColumns = (values: Value): Value => reshape(values, [...values.type.shape, 1]);

/** Half of a matrix and of its transpose: the gradient for a symmetric matrix of which one triangle was read. */
export const symmetricPart = (x: Value): Value => multiply(apply("add", [x, transposed(x)]), constant(0.5));

/** X of A X = B, or of A^T X = B, for a triangle of A. */
export const triangularSolve = (
  a: Value,
  b: Value,
  { lower, transpose: transposeA }: { readonly lower: boolean; readonly transpose: boolean },
): Value => apply("triangularSolve", [a, b], { lower, transpose: transposeA });
