// Gradients of scans: a running sum's is the running sum from the other end.
import {
  broadcastTo,
  cast,
  constant,
  divide,
  equal,
  fromLast,
  greater,
  less,
  multiply,
  type ScanOptions,
  scan,
  scatterAddAlong,
  select,
  toLast,
} from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply, type Value } from "../node.ts";

const zero = constant(0);
const one = constant(1);

/**
 * Before the first zero of x the gradient is g * out summed from the other end, over x. At that zero the same holds with
 * the zero taken as one; behind it every product holds a zero that stays.
 */
const productRule = (g: Value, x: Value, out: Value, options: ScanOptions): Value => {
  const isZero = equal(x, zero);
  const zeros = scan("sum", cast(isZero, "i32"), { ...options, exclusive: false });
  const first = apply("and", [isZero, equal(zeros, constant(1, "i32"))]);
  const before = equal(zeros, constant(0, "i32"));
  const back = (y: Value): Value => scan("sum", multiply(g, y), { ...options, reverse: !options.reverse });
  const atFirst = back(scan("product", select(first, one, x), options));
  return select(first, atFirst, select(before, divide(back(out), select(isZero, one, x)), zero));
};

/** Each result's gradient goes to the first of the elements that gave it. */
const extremumRule = (g: Value, x: Value, largest: boolean, options: ScanOptions): Value => {
  const { axis, reverse } = options;
  const name = largest ? "maximum" : "minimum";
  const size = x.type.shape[axis] ?? 0;
  const before = scan(name, x, { ...options, exclusive: true });
  const isNew = largest ? greater(x, before) : less(x, before);
  const ones = broadcastTo(constant(1, "i32"), x.type.shape);
  const places = scan("sum", ones, { axis, exclusive: true, reverse: false });
  // Places grow in the order of the scan, or fall when it is reversed; out of range where nothing has come yet.
  const source = scan(
    reverse ? "minimum" : "maximum",
    select(isNew, places, constant(reverse ? size : -1, "i32")),
    options,
  );
  return fromLast(scatterAddAlong(toLast(source, axis), toLast(g, axis), size), axis);
};

export const scanRule: GradientRule = (g, { inputs: [x], out, attributes }) => {
  if (!x) return [];
  const options = {
    axis: Number(attributes.axis),
    exclusive: attributes.exclusive === true,
    reverse: attributes.reverse === true,
  };
  if (attributes.function === "sum") return [scan("sum", g, { ...options, reverse: !options.reverse })];
  if (attributes.function === "product") return [productRule(g, x, out, options)];
  return [extremumRule(g, x, attributes.function === "maximum", options)];
};
