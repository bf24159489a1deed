// Gradients of factorisations, written with products and triangular systems so that they can be differentiated again.
import { add, constant, matmul, multiply, negate, subtract } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { lowerPart, strictlyLowerPart, symmetricPart, transposed, triangularSolve, upperPart } from "../matrix.ts";
import type { Value } from "../node.ts";

const half = constant(0.5);

/**
 * I. Murray, Differentiation of the Cholesky decomposition, 2016, equation 9: L^-T P(L^T g) L^-1, where P takes the lower
 * triangle with half of the diagonal. Given for a symmetric matrix: both triangles share it.
 */
export const choleskyRule: GradientRule = (g, { out: l }) => {
  const product = matmul(l, lowerPart(g), { transposeA: true });
  const triangle = multiply(half, add(lowerPart(product), strictlyLowerPart(product)));
  const left = triangularSolve(l, triangle, { lower: true, transpose: true });
  return [symmetricPart(triangularSolve(l, transposed(left), { lower: true, transpose: true }))];
};

/** M. Giles, Collected matrix derivative results for forward and reverse mode, 2008, 2.3.1, kept to the triangle that is read. */
export const triangularSolveRule: GradientRule = (g, { inputs: [a], out: x, attributes }) => {
  if (!a) return [];
  const lower = attributes.lower === true;
  const transpose = attributes.transpose === true;
  const gb = triangularSolve(a, g, { lower, transpose: !transpose });
  const outer = transpose ? matmul(x, gb, { transposeB: true }) : matmul(gb, x, { transposeB: true });
  return [negate(lower ? lowerPart(outer) : upperPart(outer)), gb];
};

/** The outputs of the node whose first output is `out`. */
const outputsOf = (out: Value): Value[] => out.node.types.map((type, index) => ({ node: out.node, index, type }));

/**
 * H. Liao, J. Liu and others, Differentiable programming tensor networks, 2019, appendix (after Walter and Lehmann 2010):
 * (gQ + Q C) R^-T with C the lower triangle of R gR^T - gQ^T Q, mirrored.
 */
export const qrRule: GradientRule = (_, { out, upstreams: [gq, gr] }) => {
  const [q, r] = outputsOf(out);
  if (!q || !r) return [];
  const fromR = gr && matmul(r, upperPart(gr), { transposeB: true });
  const fromQ = gq && matmul(gq, q, { transposeA: true });
  const inner = fromR && fromQ ? subtract(fromR, fromQ) : (fromR ?? (fromQ && negate(fromQ)));
  if (!inner) return [];
  const through = matmul(q, add(lowerPart(inner), transposed(strictlyLowerPart(inner))));
  const total = gq ? add(gq, through) : through;
  return [transposed(triangularSolve(r, transposed(total), { lower: false, transpose: false }))];
};
