// Factorisations of matrices and systems solved by them.
export { cholesky } from "./cholesky.ts";
export { qr } from "./qr.ts";
export { svd } from "./svd.ts";
export { symmetricEigen } from "./symmetric-eigen.ts";
export { type TriangularSolveAttributes, triangularSolve } from "./triangular-solve.ts";
