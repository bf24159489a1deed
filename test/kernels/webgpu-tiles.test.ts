// Every tile of the default choice, forced on shapes that it would not be taken for, against the reference; and what is
// chosen for a shape.
import { type Case, ops, type TensorType } from "@millrace/kernels";
import { afterAll, describe, expect, test } from "vitest";
import { openWebGPUDevice, type WebGPUDevice } from "../../core/device/webgpu/index.ts";
import type { DeviceTraits } from "../../kernels/contract/kernel.ts";
import type { Tile } from "../../kernels/contract/tiles.ts";
import { chooseTile, defaultTiles, threadsOf } from "../../kernels/matmul/tiles.ts";
import { createEntry } from "../core/device/webgpu.fixture.ts";
import { checkCase } from "./contract-runner.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

const product = (m: number, k: number, n: number, transposeA: boolean, transposeB: boolean): Case => ({
  inputs: [transposeA ? f32(2, k, m) : f32(2, m, k), transposeB ? f32(2, n, k) : f32(2, k, n)],
  attributes: { transposeA, transposeB, activation: "none" },
});

const describeTile = ({ rows, columns, depth, ownRows, ownColumns, ahead }: Tile): string =>
  `${rows} x ${columns}, ${depth} terms, ${ownRows} x ${ownColumns} a thread${ahead ? "" : ", not ahead"}`;

describe("tiles", () => {
  const opened: WebGPUDevice[] = [];
  afterAll(() => {
    for (const device of opened) device[Symbol.dispose]();
  });

  const [largest] = defaultTiles.tiles;
  const tried = [...defaultTiles.tiles, ...(largest ? [{ ...largest, ahead: false }] : [])];

  test.each(tried.map((tile, i) => ({ title: describeTile(tile), tile, i })))(
    "$title agree with the reference",
    async ({ tile, i }) => {
      const device = await openWebGPUDevice({
        software: true,
        gpu: createEntry([]),
        tiles: { ...defaultTiles, tiles: [tile], workgroups: 1, few: 0 },
      });
      opened.push(device);
      const matmul = ops.get("matmul");
      if (!matmul) throw new Error("there is no op matmul");
      // Odd sizes past one tile and one round, and runs of four; each pair of transpositions on a quarter of the tiles.
      const turned = i % 2 === 1;
      const calls = [
        product(tile.rows + 5, tile.depth + 3, tile.columns + 7, turned, i % 4 > 1),
        product(tile.rows + 4, 2 * tile.depth + 4, tile.columns + 8, !turned, i % 4 > 1),
      ];
      for (const call of calls) expect(await checkCase(device, matmul, call, 5)).toBeUndefined();
    },
  );

  const traits = (maxComputeWorkgroupStorageSize: number): DeviceTraits => ({
    kind: "webgpu",
    features: new Set(),
    limits: { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup: 256 },
    threads: 1,
  });

  test.each([
    { shape: { batch: 1, m: 4096, n: 4096, k: 4096 }, bytes: 49_152, rows: 128, depth: 16, slices: 1 },
    { shape: { batch: 1, m: 4096, n: 4096, k: 4096 }, bytes: 16_384, rows: 128, depth: 8, slices: 1 },
    { shape: { batch: 1, m: 1024, n: 1024, k: 1024 }, bytes: 49_152, rows: 64, depth: 16, slices: 1 },
    { shape: { batch: 1, m: 512, n: 512, k: 512 }, bytes: 49_152, rows: 32, depth: 32, slices: 1 },
    { shape: { batch: 1, m: 64, n: 64, k: 100_000 }, bytes: 49_152, rows: 32, depth: 32, slices: 64 },
    { shape: { batch: 64, m: 64, n: 64, k: 64 }, bytes: 49_152, rows: 32, depth: 32, slices: 1 },
  ])("of $shape.batch x $shape.m x $shape.n x $shape.k in $bytes bytes are $rows rows high", (call) => {
    const choice = chooseTile(call.shape, defaultTiles, traits(call.bytes));
    expect(choice?.tile).toMatchObject({ rows: call.rows, depth: call.depth });
    expect(choice?.slices).toBe(call.slices);
  });

  test("that want more threads than a device has are passed over", () => {
    const small = { ...traits(49_152), limits: { maxComputeInvocationsPerWorkgroup: 128 } };
    const choice = chooseTile({ batch: 1, m: 4096, n: 4096, k: 4096 }, defaultTiles, small);
    expect(choice && threadsOf(choice.tile)).toBeLessThanOrEqual(128);
  });
});
