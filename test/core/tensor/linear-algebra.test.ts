// Linear algebra against values worked out by hand and NumPy's recorded answers.
import {
  cholesky,
  determinant,
  inverse,
  leastSquares,
  logDeterminant,
  openDevice,
  qr,
  setDefaultDevice,
  solve,
  svd,
  symmetricEigen,
  type Tensor,
  tensor,
  triangularSolve,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { distance, recorded, recordedTensor } from "./numpy.fixture.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

const nan = Number.NaN;

test("the Cholesky factor of a matrix that one can factor in one's head", async () => {
  const x = tensor([
    [4, 12, -16],
    [12, 37, -43],
    [-16, -43, 98],
  ]);
  expect(await cholesky(x).toArray()).toEqual([
    [2, 0, 0],
    [6, 1, 0],
    [-8, 5, 3],
  ]);
});

test("a matrix that is not positive definite gives NaN in its own factor alone", async () => {
  const x = tensor([
    [
      [1, 2],
      [2, 1],
    ],
    [
      [4, 2],
      [2, 5],
    ],
  ]);
  expect(await cholesky(x).toArray()).toEqual([
    [
      [nan, 0],
      [nan, nan],
    ],
    [
      [2, 0],
      [1, 2],
    ],
  ]);
});

test("a triangular system is solved from either end, and reads one triangle", async () => {
  const a = tensor([
    [2, 7],
    [1, 4],
  ]);
  const b = tensor([2, 9]);
  const answers = (x: Tensor): Promise<unknown> => x.toArray();
  expect(await answers(triangularSolve(a, b))).toEqual([1, 2]);
  expect(await answers(triangularSolve(a, tensor([4, 8]), { transpose: true }))).toEqual([1, 2]);
  expect(await answers(triangularSolve(a, tensor([16, 8]), { lower: false }))).toEqual([1, 2]);
  expect(await answers(triangularSolve(a, tensor([2, 15]), { lower: false, transpose: true }))).toEqual([1, 2]);
});

test("one triangle serves a batch of right sides", async () => {
  const x = triangularSolve(
    tensor([
      [2, 0],
      [1, 4],
    ]),
    tensor([
      [[2], [9]],
      [[4], [2]],
    ]),
  );
  expect(await x.toArray()).toEqual([
    [[1], [2]],
    [[2], [0]],
  ]);
});

describe("NumPy's recorded answers", () => {
  const fixture = Object.entries(recorded("linear-algebra") ?? {});
  const answers = new Map<string, unknown>(fixture);
  const input = (name: string): Tensor => recordedTensor(answers.get(name));
  const near = async (got: Tensor, name: string, bound = 2e-6): Promise<void> =>
    expect(await distance(got, answers.get(name))).toBeLessThan(bound);

  test("factors and solutions of square matrices", async () => {
    await near(cholesky(input("positive")), "cholesky");
    await near(solve(input("general"), input("b")), "solve");
    const side = input("b").slice([0, 0, 0], [1, 4, 3]).reshape([4, 3]);
    await near(solve(input("positive"), side, { assume: "positiveDefinite" }), "positiveSolve", 5e-6);
    await near(solve(input("positive"), side), "positiveSolve", 5e-6);
    await near(inverse(input("general")), "inverse");
  });

  test("determinants and their logarithms", async () => {
    await near(determinant(input("general")), "determinant");
    const { sign, logarithm } = logDeterminant(input("general"));
    await near(sign, "sign");
    await near(logarithm, "logarithm");
    const positive = logDeterminant(input("positive"), { assume: "positiveDefinite" });
    expect(await positive.sign.item()).toBe(1);
    expect(await positive.logarithm.item()).toBeCloseTo(await logDeterminant(input("positive")).logarithm.item(), 5);
  });

  test.each(["tall", "wide"])("Q and R of a %s matrix, with R's diagonal made positive", async (kind) => {
    const { q, r } = qr(input(kind));
    const theirs = recordedTensor(answers.get(`${kind}R`));
    const signs = tensor([0, 1, 2].map((i) => [i]));
    const diagonal = await Promise.all([0, 1, 2].map((i) => theirs.slice([i, i], [1, 1]).item()));
    const flips = tensor(diagonal.map(Math.sign)).reshape(signs.shape);
    expect(await distance(r, await theirs.multiply(flips).toArray())).toBeLessThan(2e-6);
    const theirQ = recordedTensor(answers.get(`${kind}Q`)).multiply(flips.reshape([3]));
    expect(await distance(q, await theirQ.toArray())).toBeLessThan(2e-6);
  });

  test("least squares of a tall matrix, and the smallest solution of a wide one", async () => {
    await near(leastSquares(input("tall"), input("vector")), "leastSquares");
    await near(leastSquares(input("wide"), input("wideSide")), "wideLeastSquares");
  });
});

/** Largest element of x - y. */
const apart = async (x: Tensor, y: Tensor): Promise<number> => x.subtract(y).absolute().max().item();

/** x^T x - I, the distance from orthonormal columns. */
const skew = async (x: Tensor): Promise<number> => {
  const columns = x.shape[x.rank - 1] ?? 0;
  const identity = tensor(
    Array.from({ length: columns }, (_, i) => Array.from({ length: columns }, (__, k) => (i === k ? 1 : 0))),
  );
  return apart(x.matmul(x, { transposeA: true }), identity);
};

describe("eigenvalues and singular values", () => {
  const answers = new Map<string, unknown>(Object.entries(recorded("linear-algebra") ?? {}));

  test("of symmetric matrices are NumPy's, and the vectors give the matrix back", async () => {
    const x = recordedTensor(answers.get("symmetric"));
    const { values, vectors } = symmetricEigen(x);
    expect(await distance(values, answers.get("eigenvalues"))).toBeLessThan(2e-6);
    expect(await skew(vectors)).toBeLessThan(3e-6);
    const again = vectors.multiply(values.reshape([3, 1, 6])).matmul(vectors, { transposeB: true });
    expect(await apart(again, x)).toBeLessThan(1e-5);
    const theirs = recordedTensor(answers.get("eigenvectors"));
    const cosines = theirs.multiply(vectors).sum({ axis: 1 }).absolute();
    expect(await cosines.subtract(1).absolute().max().item()).toBeLessThan(5e-6);
  });

  test.each(["tall", "wide"])("of a %s matrix are NumPy's, and the factors give the matrix back", async (kind) => {
    const x = recordedTensor(answers.get(kind));
    const { u, s, v } = svd(x);
    expect(await distance(s, answers.get(`${kind}SingularValues`))).toBeLessThan(2e-6);
    expect(await skew(u)).toBeLessThan(3e-6);
    expect(await skew(v)).toBeLessThan(3e-6);
    expect(await apart(u.multiply(s).matmul(v, { transposeB: true }), x)).toBeLessThan(1e-5);
  });

  test("have vectors of a stated sign", async () => {
    const { values, vectors } = symmetricEigen(
      tensor([
        [2, 1],
        [1, 2],
      ]),
    );
    expect((await values.data()).map(Math.round)).toEqual(Float32Array.of(1, 3));
    expect((await vectors.data()).map(Math.sign)).toEqual(Float32Array.of(1, 1, -1, 1));
    const { v } = svd(
      tensor([
        [-3, 0],
        [0, -4],
      ]),
    );
    expect(await v.toArray()).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  test("a matrix of low rank has left vectors that are still orthonormal", async () => {
    const x = tensor([
      [1, 2, 0, 3],
      [2, 4, 0, 6],
      [-1, -2, 0, -3],
      [0, 0, 0, 0],
      [3, 6, 0, 9],
    ]);
    const { u, s, v } = svd(x);
    expect(await skew(u)).toBeLessThan(3e-6);
    expect(await skew(v)).toBeLessThan(3e-6);
    const values = [...(await s.data())];
    expect(values[0]).toBeCloseTo(Math.sqrt(15 * 14), 4);
    for (const value of values.slice(1)) expect(value).toBeLessThan(1e-5);
  });

  test("have vectors that stay orthonormal through ten thousands of rotations", async () => {
    const x = tensor(
      Float32Array.from({ length: 140 * 140 }, (_, i) => Math.sin(i * i * 0.37 + i)),
      [140, 140],
    );
    const symmetric = x.add(x.transpose());
    const { values, vectors } = symmetricEigen(symmetric);
    await Promise.all([values.evaluate(), vectors.evaluate()]);
    expect(await skew(vectors)).toBeLessThan(2e-6);
    const again = vectors.multiply(values).matmul(vectors, { transposeB: true });
    expect(await apart(again, symmetric)).toBeLessThan(3e-5);
    const factors = svd(x);
    expect(await skew(factors.u)).toBeLessThan(2e-6);
    expect(await skew(factors.v)).toBeLessThan(2e-6);
  });

  test("of a matrix that is not finite are NaN, and others stay", async () => {
    const { values } = symmetricEigen(tensor([[[nan]], [[5]]]));
    expect(await values.toArray()).toEqual([[nan], [5]]);
    expect(await svd(tensor([[[5]], [[Number.POSITIVE_INFINITY]]])).s.toArray()).toEqual([[5], [nan]]);
  });
});

test("a singular matrix has determinant 0, sign 0 and a logarithm of -Infinity", async () => {
  const x = tensor([
    [1, 0],
    [0, 0],
  ]);
  expect(await determinant(x).item()).toBe(0);
  const { sign, logarithm } = logDeterminant(x);
  expect([await sign.item(), await logarithm.item()]).toEqual([0, Number.NEGATIVE_INFINITY]);
  expect(
    await determinant(
      tensor([
        [0, 2],
        [2, 0],
      ]),
    ).item(),
  ).toBeCloseTo(-4, 5);
});

test("mistakes are told", () => {
  expect(() => cholesky(tensor([[1, 2]]))).toThrow(/square.*1 rows and 2 columns/);
  expect(() => cholesky(tensor([1, 2]))).toThrow(/\[\.\.\., rows, columns\].*f32\[2\]/);
  expect(() =>
    cholesky(
      tensor([
        [1, 0],
        [0, 1],
      ]).to("i32"),
    ),
  ).toThrow(/takes f32, but got i32/);
  expect(() => inverse(tensor([[1, 2]]))).toThrow(/inverse takes square matrices.*1 rows and 2 columns/);
  expect(() => qr(tensor([1, 2]))).toThrow(/qr takes matrices in the last two axes/);
  expect(() => solve(tensor([[1]]), tensor([[[1], [2]]]))).toThrow(/solve: the right side.*must be \[1\]/);
  expect(() => triangularSolve(tensor([[1]]), tensor([1, 2]))).toThrow(/right side f32\[2\] does not fit f32\[1, 1\]/);
});
