// What the examples have in common: a program that learns step by step from a text of data. The same modules run in Node's
// tests and in the page, and report in JSON.
import { type Device, type DeviceMemory, openDevice, sha256, type Tensor } from "@millrace/core";
import { settled } from "../settled.ts";

/** A device as a test names it. */
export interface DeviceChoice {
  readonly kind: "wasm" | "webgpu";
  readonly options: { readonly software?: boolean; readonly deterministic?: boolean; readonly threads?: number };
}

/** A program on its way. */
export interface Course extends Disposable {
  /** One step; its loss. */
  step(): Promise<number>;
  /** What it has learned, on rows that no step saw where there are such. */
  judge(): Promise<Readonly<Record<string, number>>>;
  /** What the steps move. */
  readonly weights: readonly Tensor[];
}

/** Begins an example on a device. @param data the text of its file @param rows of one batch, where another number than its own is wanted */
export type Example = (device: Device, data: string, rows?: number) => Course;

/** How a run is shortened or checked. */
export interface RunOptions {
  readonly steps: number;
  readonly rows?: number;
}

/** What a test learns of a run. */
export interface RunReport {
  readonly device: string;
  readonly losses: readonly number[];
  readonly figures: Readonly<Record<string, number>>;
  /** SHA-256 of the final weights' bytes, tensor after tensor. */
  readonly weights: string;
  /** Memory after the first steps and after the last. */
  readonly before: DeviceMemory;
  readonly after: DeviceMemory;
  /** Buffers left when all is disposed. */
  readonly left: number;
}

/** Steps after which a program holds all that it will. */
const settling = 10;

const bytesOf = async (tensors: readonly Tensor[]): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  for (const tensor of tensors) {
    const { buffer, byteOffset, byteLength } = await tensor.data();
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
};

/** Runs an example from its beginning. */
export const runExample = async (
  example: Example,
  data: string,
  { kind, options }: DeviceChoice,
  { steps, rows }: RunOptions,
): Promise<RunReport> => {
  using device = await openDevice(kind, options);
  const losses: number[] = [];
  const report = await (async () => {
    using course = example(device, data, rows);
    const run = async (until: number): Promise<DeviceMemory> => {
      while (losses.length < until) losses.push(await course.step());
      return settled(device);
    };
    const before = await run(Math.min(settling, steps));
    const after = await run(steps);
    const weights = sha256(await bytesOf(course.weights));
    return { before, after, weights, figures: await course.judge() };
  })();
  return { device: device.name, losses, ...report, left: (await settled(device)).liveBuffers };
};
