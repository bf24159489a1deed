// Gradients of factorisations, written with products and triangular systems so that they can be differentiated again.
import { add, constant, divide, matmul, multiply, negate, subtract } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import {
  diagonalMatrix,
  inColumns,
  inRows,
  lowerPart,
  offDiagonal,
  strictlyLowerPart,
  symmetricPart,
  transposed,
  triangularSolve,
  upperPart,
} from "../matrix.ts";
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

/** 1 / (x_j - x_i) off the diagonal for values [..., n] of row i and column j; zero on it. */
const inverseGaps = (x: Value): Value => {
  const gaps = subtract(inRows(x), inColumns(x));
  return offDiagonal(divide(constant(1), gaps));
};

/**
 * Giles 2008, 3.1: V (diag gw + F o V^T gV) V^T with F the inverse gaps between eigenvalues. Given for a symmetric matrix;
 * where eigenvalues are equal the vectors have no gradient, but the values do.
 */
export const symmetricEigenRule: GradientRule = (_, { out, upstreams: [gw, gv] }) => {
  const [w, v] = outputsOf(out);
  if (!w || !v) return [];
  const fromVectors = gv && multiply(inverseGaps(w), matmul(v, gv, { transposeA: true }));
  const fromValues = gw && diagonalMatrix(gw);
  const inner = fromVectors && fromValues ? add(fromValues, fromVectors) : (fromValues ?? fromVectors);
  return inner ? [symmetricPart(matmul(matmul(v, inner), v, { transposeB: true }))] : [];
};

/**
 * J. Townsend, Differentiating the singular value decomposition, 2016, with F the inverse gaps between squares of the
 * values: U (diag gs + (F o (U^T gU - gU^T U)) S + S (F o (V^T gV - gV^T V))) V^T, and for a tall matrix what of gU lies
 * outside of U's span, over S.
 */
export const svdRule: GradientRule = (_, { out, upstreams: [gu, gs, gv] }) => {
  const [u, s, v] = outputsOf(out);
  if (!u || !s || !v) return [];
  const turn = (x: Value, gx: Value): Value => {
    const product = matmul(x, gx, { transposeA: true });
    return multiply(inverseGaps(multiply(s, s)), subtract(product, transposed(product)));
  };
  const terms = [
    gs && diagonalMatrix(gs),
    gu && multiply(turn(u, gu), inRows(s)),
    gv && multiply(inColumns(s), turn(v, gv)),
  ].filter((term) => term !== undefined);
  const [first, ...rest] = terms;
  if (!first) return [];
  let left = matmul(u, rest.reduce(add, first));
  const [rows, columns] = u.type.shape.slice(-2);
  if (gu && rows !== columns) {
    const outside = subtract(gu, matmul(u, matmul(u, gu, { transposeA: true })));
    left = add(left, divide(outside, inRows(s)));
  }
  return [matmul(left, v, { transposeB: true })];
};
