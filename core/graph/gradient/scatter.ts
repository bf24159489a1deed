// Gradient of scatter: an element's gradient goes to whatever gave it its value.

import { sizeOf } from "@millrace/kernels";
import { broadcastTo, cast, constant, divide, equal, multiply, reshape, scan, select } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply, type Value } from "../node.ts";

const zero = constant(0);
const rowsOf = (x: Value): number => x.type.shape[0] ?? 0;
const gather = (table: Value, indices: Value): Value => apply("gather", [table, indices]);

/** True of each index that names a row. */
const inside = (indices: Value, rows: number): Value =>
  apply("and", [apply("greaterEqual", [indices, constant(0, "i32")]), apply("less", [indices, constant(rows, "i32")])]);

/** A value for each row, with ones for the row's own axes. */
const perRow = (x: Value, rowAxes: number): Value =>
  reshape(x, [...x.type.shape, ...new Array<number>(rowAxes).fill(1)]);

/** Of several writes to a row the last one stays; rows written to hide what stood there. */
const setRule = (g: Value, base: Value, indices: Value): readonly Value[] => {
  const rowAxes = base.type.shape.length - 1;
  const count = sizeOf(indices.type.shape);
  const ones = broadcastTo(constant(1, "i32"), [count]);
  const order = reshape(scan("sum", ones, { axis: 0, exclusive: true, reverse: false }), indices.type.shape);
  const unwritten = broadcastTo(constant(-1, "i32"), [rowsOf(base)]);
  const last = apply("scatter", [unwritten, indices, order], { function: "maximum" });
  const written = apply("greaterEqual", [last, constant(0, "i32")]);
  const stays = apply("and", [inside(indices, rowsOf(base)), equal(gather(last, indices), order)]);
  return [select(perRow(written, rowAxes), zero, g), select(perRow(stays, rowAxes), gather(g, indices), zero)];
};

/** Elements that tie for an extreme share its gradient. */
const extremumRule = (g: Value, base: Value, indices: Value, updates: Value, out: Value): readonly Value[] => {
  const baseHits = cast(equal(base, out), "f32");
  const hits = equal(updates, gather(out, indices));
  const ties = apply("add", [baseHits, apply("scatterAdd", [indices, cast(hits, "f32")], { rows: rowsOf(base) })]);
  const share = divide(g, ties);
  return [multiply(share, baseHits), select(hits, gather(share, indices), zero)];
};

export const scatterRule: GradientRule = (g, { inputs: [base, indices, updates], out, attributes }) => {
  if (!base || !indices || !updates) return [];
  const [toBase, toUpdates] =
    attributes.function === "set" ? setRule(g, base, indices) : extremumRule(g, base, indices, updates, out);
  return [toBase, undefined, toUpdates];
};
