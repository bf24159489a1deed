// The gradient through a product with quantised weights: into x and the bias alone, since the weights are constants.
import { sizeOf } from "@millrace/kernels";
import { matmul, reshape, sumTo } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply } from "../node.ts";
import { activationGradient } from "./activation.ts";

/** g times the dequantised weights: one table of f32, for the backward pass only. Rounding of x is passed by, straight through. */
export const quantizedMatmulRule: GradientRule = (upstream, { inputs, out, attributes }) => {
  const { bits, groupSize, activation } = attributes;
  const tables = bits === 4 ? 3 : 2;
  const [x, ...rest] = inputs;
  const bias = rest[tables];
  if (!x) return [];
  const g = activationGradient(upstream, out, activation);
  const columns = x.type.shape[x.type.shape.length - 1] ?? 0;
  const outputs = g.type.shape[g.type.shape.length - 1] ?? 0;
  const weights = apply("dequantize", rest.slice(0, tables), { bits: bits ?? 8, groupSize: groupSize ?? 32, columns });
  const rows = reshape(g, [sizeOf(g.type.shape.slice(0, -1)), outputs]);
  const gx = reshape(matmul(rows, weights), x.type.shape);
  return [gx, ...rest.slice(0, tables).map(() => undefined), ...(bias ? [sumTo(g, bias.type.shape)] : [])];
};
