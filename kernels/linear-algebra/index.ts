// Factorisations of matrices and systems solved by them.
export { cholesky } from "./cholesky.ts";
export { qr } from "./qr.ts";
export { type TriangularSolveAttributes, triangularSolve } from "./triangular-solve.ts";
