// What a user holds: creation, laziness, reading, and mistakes told where they are made.
import { concatenate, full, openDevice, range, setDefaultDevice, tensor, zeros } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("reference")));
afterAll(() => setDefaultDevice(undefined));

test("nested lists, typed arrays and numbers become tensors of their shape and dtype", async () => {
  expect(
    await tensor([
      [1, 2],
      [3, 4],
    ]).toArray(),
  ).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(tensor([true, false]).dtype).toBe("bool");
  expect(await tensor([true, false]).toArray()).toEqual([true, false]);
  expect(tensor(Int32Array.of(1, 2, 3, 4), [2, -1]).shape).toEqual([2, 2]);
  expect(await tensor(5).item()).toBe(5);
  expect(await full([2], 0.5).toArray()).toEqual([0.5, 0.5]);
  expect(await zeros([0, 3]).toArray()).toEqual([]);
  expect(await range(4).toArray()).toEqual([0, 1, 2, 3]);
});

test("the data given is copied, and the data read is the caller's own", async () => {
  const source = Float32Array.of(1, 2);
  const x = tensor(source);
  source[0] = 9;
  const read = await x.data();
  read[1] = 9;
  expect(await x.toArray()).toEqual([1, 2]);
});

test("a chain of methods computes what it says", async () => {
  const x = tensor([
    [1, -2, 3],
    [-4, 5, -6],
  ]);
  expect(await x.relu().sum({ axis: 1 }).toArray()).toEqual([4, 5]);
  expect(await x.mean({ axis: 0 }).toArray()).toEqual([-1.5, 1.5, -1.5]);
  expect(await x.max().item()).toBe(5);
  expect(await x.transpose().shape).toEqual([3, 2]);
  expect(await x.greater(0).where(x, 0).toArray()).toEqual([
    [1, 0, 3],
    [0, 5, 0],
  ]);
  expect(await x.slice([0, 1], [2, 1]).reshape([-1]).toArray()).toEqual([-2, 5]);
  expect(await concatenate([x, x], 1).sum({ axis: -1 }).toArray()).toEqual([4, -10]);
  expect(
    await tensor([
      [1, 2],
      [3, 4],
    ])
      .matmul(tensor([[1], [1]]))
      .toArray(),
  ).toEqual([[3], [7]]);
  expect(await range(3).multiply(2).toArray()).toEqual([0, 2, 4]);
});

describe("mistakes are told with both shapes, where they are made", () => {
  const x = tensor([[1, 2, 3]]);
  test.each([
    ["shapes that do not broadcast", () => x.add(tensor([1, 2])), /\[1, 3\] and \[2\] do not broadcast.*sizes 3 and 2/],
    [
      "inner sizes of a product",
      () => x.matmul(tensor([[1, 2]])),
      /f32\[1, 3\] and f32\[1, 2\].*inner sizes are 3 and 1/,
    ],
    ["a dtype that does not fit", () => x.add(range(3)), /add takes f32, i32 or u32, all alike, but got f32, i32/],
    ["an axis that is not there", () => x.sum({ axis: 2 }), /no axis 2; it must lie between -2 and 1/],
    ["a reshape that loses elements", () => x.reshape([2]), /multiply to 3/],
    ["ragged lists", () => tensor([[1, 2], [3]]), /ragged/],
    ["a shape too small for the data", () => tensor([1, 2, 3], [2]), /3 elements do not fill the shape \[2\]/],
    ["a slice outside", () => x.slice([0, 2], [1, 2]), /is not inside it/],
    ["a logical op on numbers", () => x.and(x), /and takes bool, but got f32, f32/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });

  test("a disposed tensor", async () => {
    const y = tensor([1]);
    y.dispose();
    await expect(y.data()).rejects.toThrow(/was disposed/);
  });

  test("tensors of two devices", async () => {
    const [a, b] = [await openDevice("reference"), await openDevice("reference")];
    const left = await tensor([1]).add(1).evaluate(a);
    const right = await tensor([1]).add(1).evaluate(b);
    await expect(left.add(right).data()).rejects.toThrow(/is on .* but is used on/);
  });
});

test("a handle that nobody holds gives its memory back", async () => {
  const device = await openDevice("reference");
  const make = async (): Promise<void> => {
    await tensor([1, 2, 3]).multiply(2).evaluate(device);
  };
  for (let i = 0; i < 10; i++) await make();
  for (let i = 0; i < 50 && device.memory.liveBuffers > 0; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(device.memory.liveBuffers).toBe(0);
});
