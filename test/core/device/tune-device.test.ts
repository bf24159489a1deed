// Tuning: the choice from made-up times, what is kept between devices, and a short run on the software GPU.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, type Case, ops, type Tiles } from "@millrace/kernels";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDevice } from "../../../core/device/open-device.ts";
import { tuneDevice } from "../../../core/device/tune-device.ts";
import { openWebGPUDevice, type WebGPUDevice } from "../../../core/device/webgpu/index.ts";
import { tuneTiles } from "../../../core/device/webgpu/tuning/tune-tiles.ts";
import { defaultTiles, fastestTrial, shapeClasses } from "../../../kernels/tuning.ts";
import { checkCase } from "../../kernels/contract-runner.ts";
import { createEntry, openGPU } from "./webgpu.fixture.ts";

describe("of made-up times", () => {
  const timing = (...nanoseconds: number[]) => ({ nanoseconds, agrees: true });

  test("the least geometric mean over the first one's wins", () => {
    // Ratios: 2 x 0.5 = 1; 0.9 x 0.9; 0.5 x 1.
    expect(fastestTrial([timing(100, 10), timing(200, 5), timing(90, 9), timing(50, 10)])).toBe(3);
  });

  test("the first stays where others gain less than 3 %", () => {
    expect(fastestTrial([timing(100), timing(98), timing(99)])).toBe(0);
  });

  test("a trial with other results never wins, nor one that the GPU refused or that was not timed", () => {
    expect(fastestTrial([timing(100), { nanoseconds: [1], agrees: false }, undefined, timing(80)])).toBe(3);
    expect(fastestTrial([undefined, timing(1)])).toBe(0);
    expect(fastestTrial([])).toBe(0);
  });

  test("a clock that stands still changes nothing", () => {
    expect(fastestTrial([timing(0), timing(0), timing(0)])).toBe(0);
  });
});

describe("trials", () => {
  const device = { kind: "webgpu" as const, features: new Set<string>(), limits: {}, threads: 1 };

  test.each(shapeClasses.map((shapes) => ({ name: shapes.name, shapes })))(
    "of $name shapes begin with what is done already, and each cuts differently",
    ({ shapes }) => {
      const trials = shapes.trialsOf(shapes.sizes[0] ?? [], defaultTiles, device);
      expect(trials.length).toBeGreaterThan(2);
      const [first] = trials;
      expect(first?.kept.workgroups).toBe(defaultTiles.workgroups);
      expect(first?.kept.slice).toBe(defaultTiles.slice);
      expect(new Set(trials.map((trial) => JSON.stringify(trial.kept))).size).toBe(trials.length);
      // Devices of 16 KB of workgroup memory find a tile in all of them.
      for (const { kept } of trials) expect(kept.tiles.length).toBeGreaterThan(1);
    },
  );
});

describe("a tuned GPU", () => {
  let folder = "";
  const opened: WebGPUDevice[] = [];
  const open = async (options: { readonly tiles?: Tiles } = {}): Promise<WebGPUDevice> => {
    const device = await openWebGPUDevice({ software: true, gpu: createEntry([]), cacheFolder: folder, ...options });
    opened.push(device);
    return device;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "millrace-tiles-"));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  afterAll(() => {
    for (const device of opened) device[Symbol.dispose]();
  });

  // The smallest tiles that there can be: the software GPU compiles the real ones for seconds each.
  const tile = (rows: number, columns: number, depth: number) => {
    return { rows, columns, depth, ownRows: 4, ownColumns: 4, ahead: true };
  };
  const smallest: Tiles = { ...defaultTiles, tiles: [tile(8, 8, 4)] };
  const tiny = shapeClasses.map(({ name }) => ({
    name,
    sizes: [
      [
        { m: 40, n: 36, k: 64 },
        { m: 33, n: 35, k: 70 },
      ],
    ],
    trialsOf: () =>
      [smallest, { ...smallest, tiles: [tile(16, 8, 8)] }].map((tiles) => ({ kept: tiles, timed: tiles })),
  }));
  const check = async (device: WebGPUDevice): Promise<void> => {
    const matmul = ops.get("matmul");
    if (!matmul) throw new Error("there is no op matmul");
    for (const [m, k, n] of [
      [150, 70, 140],
      [33, 1030, 47],
    ] as const) {
      const call: Case = {
        inputs: [
          { dtype: "f32", shape: [m, k] },
          { dtype: "f32", shape: [k, n] },
        ],
        attributes: { transposeA: false, transposeB: false, activation: "none" },
      };
      expect(await checkCase(device, matmul, call, 5)).toBeUndefined();
    }
  };

  test("keeps what it found, whole, and the next one takes it and gives right results", async () => {
    const device = await open({ tiles: smallest });
    expect(device.name).not.toContain("tuned");
    const told: string[] = [];
    const { tiles, tuned } = await tuneTiles(
      device,
      { milliseconds: 60_000, onProgress: ({ shapes, done, total }) => told.push(`${shapes} ${done} of ${total}`) },
      tiny,
    );
    expect(tuned.map(({ shapes }) => shapes)).toEqual(["large", "small", "tall"]);
    expect(told.at(0)).toMatch(/^large 0 of \d+$/);
    expect(told.at(-1)).toMatch(/^tall (\d+) of \1$/);
    expect(tuned.map(({ trials }) => trials)).toEqual([2, 2, 2]);
    expect(device.traits.tiles).toEqual(tiles);
    expect(device.name).toContain("tuned tiles");
    expect(device.memory.liveBytes).toBe(0);
    // One file, no half-written one beside it.
    expect(readdirSync(folder)).toHaveLength(1);
    await check(device);
    const next = await open();
    expect(next.traits.tiles).toEqual(tiles);
    expect(next.name).toContain("tuned tiles");
    await check(next);
    // Given tiles go before kept ones.
    expect((await open({ tiles: defaultTiles })).name).not.toContain("tuned");
  });

  test("takes without timestamps the time of the wait", async () => {
    const { device } = await openGPU({
      backend: "software",
      withoutTimestamps: true,
      cacheFolder: folder,
      tiles: smallest,
    });
    opened.push(device);
    const { tuned } = await tuneTiles(device, { milliseconds: 60_000 }, tiny.slice(2));
    expect(tuned).toHaveLength(1);
    expect(tuned[0]?.trials).toBe(2);
    expect(tuned[0]?.ratio).toBeGreaterThan(0);
  });

  test.each([
    ["half of a text", (text: string) => text.slice(0, text.length / 2), /is no tiles/],
    ["another adapter's", (text: string) => text.replace(/"key":"[^"]*"/, '"key":"other"'), /is for "other", not for/],
    ["a tile that no kernel can have", (text: string) => text.replace(/"rows":\d+/, '"rows":7'), /is no tiles/],
  ])("passes over %s with one warning", async (_, spoil, message) => {
    const device = await open({ tiles: smallest });
    await tuneTiles(device, { milliseconds: 60_000 }, tiny.slice(0, 1));
    const [name = ""] = readdirSync(folder);
    const file = join(folder, name);
    writeFileSync(file, spoil(readFileSync(file, "utf8")));
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const next = await open();
    expect(next.traits.tiles).toBeUndefined();
    expect(next.name).not.toContain("tuned");
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(message);
  });

  test("ends within a small budget and stays right", async () => {
    const device = await open({ tiles: smallest });
    const { tuned } = await tuneDevice(device, { milliseconds: 300 });
    for (const { ratio } of tuned) expect(ratio).toBeGreaterThan(0);
    await check(device);
  });

  test("keeps nothing when it is aborted", async () => {
    const device = await open({ tiles: smallest });
    const aborter = new AbortController();
    const tuning = tuneTiles(
      device,
      { milliseconds: 60_000, signal: aborter.signal, onProgress: () => aborter.abort(new Error("enough")) },
      tiny,
    );
    await expect(tuning).rejects.toThrow("enough");
    expect(readdirSync(folder)).toHaveLength(0);
    expect(device.traits.tiles).toEqual(smallest);
    expect(device.name).not.toContain("tuned");
    expect(device.memory.liveBytes).toBe(0);
  });

  test("refuses a device that is no GPU, and a budget that is none", async () => {
    using wasm = await openDevice("wasm", { threads: 1 });
    await expect(tuneDevice(wasm)).rejects.toThrow(ArgumentError);
    await expect(tuneDevice(await open(), { milliseconds: 0 })).rejects.toThrow("milliseconds must be a positive");
  });
});
