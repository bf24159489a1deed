// Linear algebra against values worked out by hand and NumPy's recorded answers.
import { cholesky, openDevice, setDefaultDevice, type Tensor, tensor, triangularSolve } from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";

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
  ).toThrow(/convert with toF32/);
  expect(() => triangularSolve(tensor([[1]]), tensor([1, 2]))).toThrow(/right side f32\[2\] does not fit f32\[1, 1\]/);
});
