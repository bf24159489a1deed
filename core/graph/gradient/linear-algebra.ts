// Gradients of factorisations, written with products and triangular systems so that they can be differentiated again.
import { add, constant, matmul, multiply, negate } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { lowerPart, strictlyLowerPart, symmetricPart, transposed, triangularSolve, upperPart } from "../matrix.ts";

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
