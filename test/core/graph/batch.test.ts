// Every op batched, from its contract's cases, against its reference example by example.

import { batch, grad, openDevice, setDefaultDevice, type Tensor, tensor } from "@millrace/core";
import { type AnyOp, type Case, ops, type ReferenceTensor, referenceArray, sizeOf } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { describe, expect, test } from "vitest";
import { openReferenceDevice } from "../../../core/device/reference/index.ts";
import { batchGraph } from "../../../core/graph/batch.ts";
import { applyOp, inputValue, type Value } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import { fillInput, generator, referenceOf } from "../../kernels/contract-runner.ts";

const count = 3;

/** Runs one case with some inputs batched; gives the first difference. */
const check = async (op: AnyOp, call: Case, isBatched: readonly boolean[]): Promise<string | undefined> => {
  const random = generator(11);
  const one = call.inputs.map(inputValue);
  const examples = Array.from({ length: count }, () =>
    call.inputs.map((type, i) => fillInput(type, call.values?.[i] ?? "normal", random)),
  );
  const data = call.inputs.map((type, i): ReferenceTensor => {
    const [first] = examples;
    const own = first?.[i];
    if (!isBatched[i] && own) return own;
    const joined = referenceArray(type.dtype, count * sizeOf(type.shape));
    for (const [b, example] of examples.entries()) joined.set(example[i]?.data ?? [], b * sizeOf(type.shape));
    return { type: { dtype: type.dtype, shape: [count, ...type.shape] }, data: joined };
  });
  const args = data.map(({ type }, i) => (isBatched[i] ? inputValue(type) : (one[i] ?? inputValue(type))));
  const replacements = new Map<Value, Value>(
    one.flatMap((value, i): [Value, Value][] => (isBatched[i] ? [[value, args[i] ?? value]] : [])),
  );
  const results = batchGraph(applyOp(op.name, one, call.attributes), replacements, count);
  const device = openReferenceDevice();
  const plan = makePlan(args, results);
  using executable = await device.prepare(plan);
  const buffers = [...data.map((item) => item.type), ...results.map((value) => value.type)].map((type) =>
    device.allocate(type),
  );
  data.forEach((item, i) => {
    const buffer = buffers[i];
    if (buffer)
      device.write(
        buffer,
        item.type,
        /^f/.test(item.type.dtype) ? Float64Array.from(item.data) : Int32Array.from(item.data),
      );
  });
  await executable.run(buffers);
  const buffer = buffers[data.length];
  if (!buffer) return "there is no result";
  const got = device.readExact(buffer);
  for (let b = 0; b < count; b++) {
    const inputs = call.inputs.map((_, i) => examples[isBatched[i] ? b : 0]?.[i]).filter((item) => item !== undefined);
    const [want] = referenceOf(op)(inputs, call.attributes);
    const size = want?.data.length ?? 0;
    for (let k = 0; k < size; k++) {
      const [g, w] = [got[b * size + k] ?? Number.NaN, want?.data[k] ?? Number.NaN];
      if (!(Object.is(g, w) || Math.abs(g - w) <= 1e-9 * (1 + Math.abs(w))))
        return `example ${b} [${k}] is ${g}, alone it is ${w}`;
    }
  }
  return undefined;
};

describe("an op over a batch gives what it gives for each example", () => {
  test.each([...ops.values()].map((op) => ({ name: op.name, op })))("$name", async ({ op }) => {
    const failures: string[] = [];
    const cases = checks.get(op.name)?.cases ?? [];
    expect(cases.length).toBeGreaterThan(0);
    for (const call of cases.filter((item) => item.inputs.every((type) => sizeOf(type.shape) <= 600)).slice(0, 40)) {
      const choices = [
        call.inputs.map(() => true),
        ...(call.inputs.length > 1 && call.inputs.length < 5
          ? call.inputs.map((_, i) => call.inputs.map((__, k) => k === i))
          : []),
      ];
      for (const choice of choices) {
        const failure = await check(op, call, choice).catch((error: unknown) => String(error));
        if (failure)
          failures.push(`${JSON.stringify(call.inputs.map((type) => type.shape))} ${choice.join()}: ${failure}`);
      }
    }
    expect(failures).toEqual([]);
  });
});

test("per-example gradients: batch of grad is grad of each", async () => {
  setDefaultDevice(await openDevice("reference"));
  const w = tensor([
    [0.1, -0.2],
    [0.3, 0.4],
    [0.5, -0.6],
  ]);
  const loss = (weights: Tensor, x: Tensor, label: Tensor): Tensor =>
    x
      .reshape([1, 3])
      .matmul(weights)
      .crossEntropy(label.reshape([1]))
      .sum();
  const x = tensor([
    [1, 2, 3],
    [-1, 0, 2],
  ]);
  const labels = tensor(Int32Array.of(1, 0));
  const together = await (await batch((row: Tensor, label: Tensor) => grad(loss)(w, row, label))(x, labels)).data();
  const alone = await Promise.all(
    [0, 1].map(async (i) => [...(await grad(loss)(w, x.slice([i, 0], [1, 3]), labels.slice([i], [1])).data())]),
  );
  expect([...together]).toEqual(alone.flat());
});

test("mistakes in a batch are told", () => {
  const f = batch((x: Tensor, y: Tensor) => x.add(y));
  expect(() => f(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(/f32\[3\] does not hold 2 examples/);
  expect(() => f(tensor([1, 2]), tensor(1))).toThrow(/argument 1 holds a scalar.*shared: \[1\]/);
});
