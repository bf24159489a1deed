// The same training in other places: from chunks of files, on more threads, on WebGPU, and what it leaves on a device.
import {
  type Column,
  type ColumnSource,
  columnOf,
  type Device,
  dictionaryColumn,
  fitPipeline,
  frame,
  frameSource,
  mlpClassifier,
  openDevice,
  sliceRows,
} from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";
import { device, penguinFit, penguins } from "./penguins.ts";

const estimator = mlpClassifier({ hiddenLayerSizes: [16], epochs: 20, batchSize: 32, learningRate: 0.01 });
const weights = (fit: Awaited<ReturnType<typeof fitPipeline>>) => [...fit.bundle.parameters];

/** A source as files give it: asynchronous, each read with dictionaries of its own. */
const chunkedSource: ColumnSource = {
  ...frameSource(penguins),
  read: async (names, from, to) => {
    await Promise.resolve();
    const columns = names.map((name): [string, Column] => {
      const column = columnOf(sliceRows(penguins, from, to), name);
      if (column.kind !== "dictionary") return [name, column];
      const last = column.dictionary.length - 1;
      const turned = dictionaryColumn(
        column.codes.map((code) => last - code),
        column.dictionary.toReversed(),
        column.validity,
      );
      return [name, turned];
    });
    return frame(new Map(columns), to - from);
  },
};

describe("a training", () => {
  test("from chunks with dictionaries of their own ends with the same bits as from a table", async () => {
    const whole = await fitPipeline(penguinFit({ estimator }));
    const chunked = await fitPipeline(penguinFit({ estimator, source: chunkedSource }));
    expect(weights(chunked)).toEqual(weights(whole));
    expect(chunked.metrics).toEqual(whole.metrics);
    for (const { bundle } of [whole, chunked]) bundle.release();
  });
  test("from a source that gives fewer rows than it was asked for is refused", async () => {
    const cut: ColumnSource = {
      ...chunkedSource,
      rowCount: 400,
      read: (names, from) => chunkedSource.read(names, from, penguins.rowCount),
    };
    await expect(fitPipeline(penguinFit({ source: cut }))).rejects.toMatchObject({ code: "FRAME" });
  });
  test("in deterministic mode ends with the same bits on one thread and on two", async () => {
    const whole = await fitPipeline(penguinFit({ estimator }));
    using threads = await openDevice("wasm", { deterministic: true, threads: 2 });
    const other = await fitPipeline(penguinFit({ estimator, device: threads }));
    expect(weights(other)).toEqual(weights(whole));
    whole.bundle.release();
    other.bundle.release();
  });
  test.each<[string, () => Promise<Device>]>([
    ["WebGPU (SwiftShader)", () => openDevice("webgpu", { software: true })],
    ["WASM with fused multiply-add", () => openDevice("wasm")],
  ])("on %s reaches the same quality and close weights", async (_, open) => {
    using other = await open();
    const whole = await fitPipeline(penguinFit({ estimator }));
    const fit = await fitPipeline(penguinFit({ estimator, device: other }));
    expect(fit.metrics.accuracy).toBeGreaterThanOrEqual(0.97);
    const want = whole.bundle.parameters.get("layer.0.weight")?.data ?? [];
    const got = fit.bundle.parameters.get("layer.0.weight")?.data ?? [];
    expect(got.length).toBe(want.length);
    got.forEach((value, i) => {
      expect(Math.abs(value - (want[i] ?? Number.NaN))).toBeLessThan(0.02);
    });
    whole.bundle.release();
    fit.bundle.release();
  });
  test("of over a thousand steps leaves live buffers and memory as they were", async () => {
    const run = async () => {
      const fit = await fitPipeline(penguinFit({ estimator: { ...estimator, epochs: 130 } }));
      fit.bundle.release();
    };
    await run();
    const { liveBuffers, liveBytes, reservedBytes } = device.memory;
    await run();
    expect(device.memory).toEqual({ liveBuffers, liveBytes, reservedBytes });
  });
});

afterAll(() => device[Symbol.dispose]());
