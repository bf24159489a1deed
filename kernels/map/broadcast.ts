// Broadcasting by the NumPy rule, and the iteration space of an element-wise kernel with its axes merged where they can be.
import { ShapeError } from "../contract/error.ts";
import type { Shape } from "../contract/tensor-type.ts";

/**
 * The shape that the given shapes broadcast to: aligned at the last axis, sizes equal or 1.
 * @throws ShapeError naming both shapes when two sizes differ and neither is 1.
 * @example broadcastShapes([3, 1], [4]) // [3, 4]
 */
export const broadcastShapes = (...shapes: readonly Shape[]): number[] => {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis;
      const size = shape[axis] ?? 1;
      const known = result[at] ?? 1;
      if (size === known || size === 1) continue;
      if (known !== 1) {
        const all = shapes.map((s) => `[${s.join(", ")}]`).join(" and ");
        throw new ShapeError(
          `shapes ${all} do not broadcast: axis ${at - rank} has sizes ${known} and ${size}; they must be equal or 1`,
        );
      }
      result[at] = size;
    }
  }
  return result;
};

/** How one input is walked: strides in elements along the merged axes; 0 where it is repeated. */
export interface Access {
  readonly strides: readonly number[];
  /** "dense": same order as the output; "scalar": one element; "broadcast": anything else. */
  readonly kind: "dense" | "scalar" | "broadcast";
}

/** The merged iteration space. The innermost stride of every access is 0 or 1. */
export interface Iteration {
  readonly shape: readonly number[];
  readonly size: number;
  readonly accesses: readonly Access[];
}

/**
 * Walks `shape` with inputs broadcast to it, merging neighbouring axes that every input walks alike. A chain over
 * tensors of one shape becomes one axis; a bias row becomes two.
 */
export const iterate = (shape: Shape, inputs: readonly Shape[]): Iteration => {
  const strides = inputs.map((input) => broadcastStrides(shape, input));
  const axes: { size: number; strides: number[] }[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] ?? 1;
    if (size === 1 && shape.length > 1) continue;
    const own = strides.map((stride) => stride[axis] ?? 0);
    const outer = axes[axes.length - 1];
    if (outer?.strides.every((stride, i) => stride === (own[i] ?? 0) * size)) {
      outer.size *= size;
      outer.strides = own;
    } else axes.push({ size, strides: own });
  }
  if (axes.length === 0) axes.push({ size: 1, strides: strides.map(() => 0) });
  const merged = axes.map((axis) => axis.size);
  const size = merged.reduce((product, axis) => product * axis, 1);
  const accesses = inputs.map((_, i) => {
    const own = axes.map((axis) => axis.strides[i] ?? 0);
    const kind = own.every((stride) => stride === 0)
      ? "scalar"
      : axes.length === 1
        ? "dense"
        : isDense(merged, own)
          ? "dense"
          : "broadcast";
    return { strides: own, kind } as const;
  });
  return { shape: merged, size, accesses };
};

const broadcastStrides = (shape: Shape, input: Shape): number[] => {
  const result = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let axis = input.length - 1; axis >= 0; axis--) {
    const size = input[axis] ?? 1;
    if (size !== 1) result[shape.length - input.length + axis] = stride;
    stride *= size;
  }
  return result;
};

const isDense = (shape: readonly number[], strides: readonly number[]): boolean => {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (strides[axis] !== expected) return false;
    expected *= shape[axis] ?? 1;
  }
  return true;
};
