// A pool whose threads cannot be started: whoever is there does the work, and it is told.
import { afterEach, expect, test, vi } from "vitest";
import { openDevice } from "../../../core/device/open-device.ts";
import { tensor } from "../../../core/tensor/tensor.ts";

vi.mock("../../../core/device/platform.node.ts", async (load) => ({
  ...(await load<object>()),
  startPoolWorker: () => {
    const ready = Promise.reject(new Error("workers are forbidden here"));
    ready.catch(() => {});
    return { ready, lost: new Promise<Error>(() => {}), end: () => {} };
  },
}));

afterEach(() => {
  vi.restoreAllMocks();
});

test("a device whose threads do not start computes on the first one and warns of each", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  using device = await openDevice("wasm", { threads: 3 });
  const ones = tensor(new Float32Array(256 * 256).fill(1), [256, 256]);
  const product = await ones.matmul(ones).data(device);
  expect(product.every((value) => value === 256)).toBe(true);
  expect(warn.mock.calls.map(([text]) => text)).toEqual(
    new Array(2).fill(
      "a thread of the WASM device's 3 cannot be started, the others do its work: workers are forbidden here; open it with fewer { threads }",
    ),
  );
});
