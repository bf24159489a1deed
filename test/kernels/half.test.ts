// Half precision against the engine's own Float16Array: all 65,536 numbers, and f32 at, below and above every middle.
import { halfBits, halfOfBits, roundToHalf } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import { openDevice } from "../../core/device/open-device.ts";
import { tensor } from "../../core/tensor/tensor.ts";

const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const halves = new Float16Array(patterns.buffer);

/** The f32 next to x: one unit in the last place away from zero, or toward it. */
const neighbour = (x: number, step: number): number => {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0] = (bits[0] ?? 0) + step;
  return new Float32Array(bits.buffer)[0] ?? Number.NaN;
};

/** Every number of f16 and the middle to the next one, each with its f32 neighbours, and what lies beyond, of both signs. */
const floats = ((): Float32Array => {
  const found = [0, 2 ** -149, 2 ** -127, 2 ** -40, 1e10, 3.4e38, Number.POSITIVE_INFINITY, Number.NaN];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const own = halves[bits] ?? 0;
    const next = bits === 0x7bff ? 65_536 : (halves[bits + 1] ?? 0);
    const middle = (own + next) / 2;
    found.push(own, neighbour(own, 1), neighbour(middle, -1), middle, neighbour(middle, 1));
  }
  return Float32Array.from([...found, ...found.map((x) => -x)]);
})();

/** Bits with NaNs of any kind as one. */
const bitsOf = (values: Float16Array): Uint16Array =>
  new Uint16Array(values.buffer, values.byteOffset, values.length).map((bits) =>
    (bits & 0x7fff) > 0x7c00 ? 0x7e00 : bits,
  );

/** The first place where two arrays differ: a diff of 300,000 elements would say less. */
const firstDifference = (got: ArrayLike<number>, want: ArrayLike<number>): string | undefined => {
  for (let i = 0; i < want.length; i++)
    if (!Object.is(got[i], want[i])) return `[${i}] is ${got[i]}, not ${want[i]} (of ${floats[i]})`;
  return got.length === want.length ? undefined : `${got.length} elements, not ${want.length}`;
};

test("numbers and bits of references round as the engine's Float16Array does", () => {
  const rounded = Float16Array.from(floats);
  expect(firstDifference(Array.from(floats, roundToHalf), Array.from(rounded))).toBeUndefined();
  expect(
    firstDifference(
      Uint16Array.from(floats, (x) => halfBits(x)),
      bitsOf(rounded),
    ),
  ).toBeUndefined();
  expect(firstDifference(Array.from(patterns, halfOfBits), Array.from(halves))).toBeUndefined();
  // Between f32's numbers too: one rounding, not two.
  expect(roundToHalf(1 + 2 ** -11 + 2 ** -40)).toBe(1 + 2 ** -10);
});

describe.each([
  ["reference", () => openDevice("reference")],
  ["wasm strict", () => openDevice("wasm", { deterministic: true, threads: 1 })],
  ["wasm relaxed", () => openDevice("wasm", { threads: 2 })],
  ["webgpu on SwiftShader", () => openDevice("webgpu", { software: true })],
])("%s", (_, open) => {
  test("every f16 number becomes its f32 and comes back", async () => {
    using device = await open();
    const x = tensor(halves);
    expect(x.dtype).toBe("f16");
    const wide = await x.to("f32").evaluate(device);
    expect(firstDifference(await wide.data(), Float32Array.from(halves))).toBeUndefined();
    const back = await wide.to("f16").data();
    expect(back).toBeInstanceOf(Float16Array);
    expect(firstDifference(bitsOf(Float16Array.from(back)), bitsOf(halves))).toBeUndefined();
  });

  test("f32 rounds to the nearest f16, halves to the even one", async () => {
    using device = await open();
    const rounded = tensor(floats).to("f16");
    // Packed in memory, and held in a fused chain without going there.
    const packed = await rounded.data(device);
    expect(firstDifference(bitsOf(Float16Array.from(packed)), bitsOf(Float16Array.from(floats)))).toBeUndefined();
    const held = await tensor(floats).to("f16").to("f32").multiply(1).data(device);
    expect(firstDifference(held, Float32Array.from(Float16Array.from(floats)))).toBeUndefined();
  });
});
