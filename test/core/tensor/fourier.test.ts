// Fourier transforms against NumPy's recorded answers and against transforms that are known in closed form.
import { fft, inverseFft, inverseRealFft, openDevice, realFft, setDefaultDevice, tensor } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { distance, recorded, recordedTensor } from "./numpy.fixture.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const fixture = recorded("fourier");
const cases = isRecord(fixture) && Array.isArray(fixture.cases) ? fixture.cases.filter(isRecord) : [];

describe("NumPy's recorded answers", () => {
  test("are there", () => expect(cases.length).toBe(10));
  test.each(cases.map((item) => ({ item, length: Number(item.length) })))(
    "for $length numbers",
    async ({ item, length }) => {
      const complex = recordedTensor(item.complex);
      expect(await distance(fft(complex), item.fft)).toBeLessThan(1e-6);
      expect(await distance(inverseFft(complex), item.inverse)).toBeLessThan(1e-6);
      const real = complex.slice([0, 0], [length, 1]).reshape([length]);
      expect(await distance(realFft(real), item.realFft)).toBeLessThan(1e-6);
      expect(await distance(inverseRealFft(recordedTensor(item.half), length), item.inverseReal)).toBeLessThan(1e-6);
    },
  );
});

describe.each([
  { name: "wasm", open: () => openDevice("wasm", { threads: 1 }) },
  { name: "webgpu on SwiftShader", open: () => openDevice("webgpu", { software: true }) },
])("on $name", ({ open }) => {
  // 70,001 is a prime whose square 32 bits do not hold.
  test.each([4096, 70_001])("the transform of a pulse among %i numbers is one turn", async (length) => {
    using device = await open();
    const pulse = new Float32Array(2 * length);
    pulse[2] = 1;
    const data = await fft(tensor(pulse, [length, 2])).data(device);
    let worst = 0;
    for (let k = 0; k < length; k++) {
      const angle = (-2 * Math.PI * k) / length;
      worst = Math.max(
        worst,
        Math.hypot((data[2 * k] ?? 9) - Math.cos(angle), (data[2 * k + 1] ?? 9) - Math.sin(angle)),
      );
    }
    expect(worst).toBeLessThan(5e-6);
  });
});

test("there and back again is where one started, for odd and even lengths in a batch", async () => {
  for (const length of [9, 10]) {
    const x = tensor(
      Float32Array.from({ length: 3 * length }, (_, i) => Math.sin(i * i)),
      [3, length],
    );
    const back = inverseRealFft(realFft(x), length);
    expect(await back.subtract(x).absolute().max().item()).toBeLessThan(1e-6);
  }
});

test("mistakes are told", () => {
  expect(() => fft(tensor([1, 2, 3]))).toThrow(/pairs, \[\.\.\., n, 2\].*f32\[3\]/);
  expect(() => fft(tensor(Int32Array.of(1, 2), [1, 2]))).toThrow(/takes f32, but got i32/);
  expect(() => realFft(tensor(1))).toThrow(/scalar/);
  expect(() => inverseRealFft(tensor([[1, 0]]), 5)).toThrow(/1 terms come from 1 or 1 numbers, not 5/);
});
