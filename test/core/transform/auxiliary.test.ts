// A gradient beside an auxiliary result: one forward pass gives the loss, its gradient and whatever else was asked for.
import { compile, openDevice, type Tensor, tensor, valueAndGradWithAuxiliary } from "@millrace/core";
import { expect, test } from "vitest";

const device = await openDevice("reference");
const fn = ({ w }: { w: Tensor }, x: Tensor) => {
  const scores = w.multiply(x);
  return { value: scores.square().sum(), auxiliary: { scores, largest: [scores.max()] } };
};

test("value, gradient and auxiliary tree come back in their forms, from one plan", async () => {
  const { plan } = compile((w: Tensor, x: Tensor) => valueAndGradWithAuxiliary(fn)({ w }, x));
  const [w, x] = [tensor([1, 2]), tensor([3, -1])];
  expect(plan(w, x).results.length).toBe(4);
  const { value, gradient, auxiliary } = valueAndGradWithAuxiliary(fn)({ w }, x);
  await value.evaluate(device);
  expect(await value.item()).toBe(13);
  expect(await gradient.w.toArray()).toEqual([18, 4]);
  expect(await auxiliary.scores.toArray()).toEqual([3, -2]);
  expect(await auxiliary.largest[0]?.item()).toBe(3);
});

test("an auxiliary result that is no tree of tensors is refused by its place", () => {
  expect(() =>
    valueAndGradWithAuxiliary((w: Tensor) => ({ value: w.sum(), auxiliary: { count: 3 } }))(tensor([1, 2])),
  ).toThrow(/the auxiliary result\.count is number, not a tensor/);
});
