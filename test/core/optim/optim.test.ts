// Optimizers against the papers' recurrences in float64 and against known minima.
import {
  type AdamState,
  adamState,
  adamStep,
  compile,
  grad,
  type LbfgsState,
  lbfgsIteration,
  openDevice,
  startLbfgs,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";

const device = await openDevice("wasm", { deterministic: true });
afterAll(() => device[Symbol.dispose]());

describe("Adam", () => {
  test("follows algorithm 1 of Kingma and Ba, step by step, compiled once and in place", async () => {
    const target = [3, -2, 0.5];
    const loss = ({ w }: Readonly<Record<string, Tensor>>): Tensor => {
      if (!w) throw new Error("there is a parameter w");
      return w
        .subtract(tensor(target))
        .square()
        .multiply(tensor([1, 10, 0.1]))
        .sum();
    };
    using step = compile((state: AdamState, rate: Tensor) => adamStep(state, grad(loss)(state.parameters), rate), {
      device,
      donate: [0],
    });
    let state: AdamState = adamState({ w: tensor([0, 0, 0]) });
    const w = [0, 0, 0];
    const m = [0, 0, 0];
    const v = [0, 0, 0];
    for (let t = 1; t <= 50; t++) {
      const rate = t <= 25 ? 0.1 : 0.05;
      state = await step(state, tensor(rate));
      for (let i = 0; i < 3; i++) {
        const g = 2 * ([1, 10, 0.1][i] ?? 0) * ((w[i] ?? 0) - (target[i] ?? 0));
        m[i] = 0.9 * (m[i] ?? 0) + 0.1 * g;
        v[i] = 0.999 * (v[i] ?? 0) + 0.001 * g * g;
        const mean = (m[i] ?? 0) / (1 - 0.9 ** t);
        const deviation = Math.sqrt((v[i] ?? 0) / (1 - 0.999 ** t));
        w[i] = (w[i] ?? 0) - (rate * mean) / (deviation + 1e-8);
      }
    }
    const got = (await state.parameters.w?.data()) ?? [];
    w.forEach((want, i) => {
      expect(Math.abs((got[i] ?? Number.NaN) - want)).toBeLessThan(1e-4);
    });
  });
});

describe("L-BFGS", () => {
  const minimise = async (
    start: number[],
    objective: Parameters<typeof startLbfgs>[1],
    limit: number,
  ): Promise<LbfgsState> => {
    let state = await startLbfgs(Float64Array.from(start), objective);
    while (!state.converged && state.iteration < limit) state = await lbfgsIteration(state, objective);
    return state;
  };
  test("finds the minimum of Rosenbrock's valley at (1, 1)", async () => {
    const state = await minimise(
      [-1.2, 1],
      async ([x = 0, y = 0]) => ({
        value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
      }),
      200,
    );
    expect(state.value).toBeLessThan(1e-6);
    expect(state.point[0]).toBeCloseTo(1, 2);
  });
  test("minimises an ill-conditioned quadratic in few iterations, and stops there", async () => {
    const scales = Float64Array.from({ length: 30 }, (_, i) => 10 ** (i / 10));
    const state = await minimise(
      Array.from({ length: 30 }, () => 1),
      async (point) => ({
        value: point.reduce((sum, x, i) => sum + ((scales[i] ?? 0) * x * x) / 2, 0),
        gradient: point.map((x, i) => (scales[i] ?? 0) * x),
      }),
      300,
    );
    expect(state.converged).toBe(true);
    expect(state.value).toBeLessThan(1e-6);
    expect(state.iteration).toBeLessThan(200);
  });
});
