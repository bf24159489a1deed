// scikit-learn's recorded tables and answers for naive Bayes, neighbours, clusters and their metrics.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Device, openDevice } from "@millrace/core";
import type { Matrix } from "../../../core/model/estimator.ts";

const folder = new URL("../../fixtures/sklearn-cluster/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8"));

/** A recorded file, once its hash is the manifest's. */
export const recorded = <T>(name: string): T => {
  const bytes = readFileSync(new URL(`${name}.json`, folder));
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (hash !== manifest.sha256[`${name}.json`]) throw new Error(`${name}.json is not what the script recorded`);
  return JSON.parse(bytes.toString("utf8"));
};

export interface Table {
  readonly x: Matrix;
  readonly y: Int32Array;
}

const stored = recorded<Record<string, { columns: number; x: number[]; y: number[] }>>("tables");

export const matrix = (data: Float32Array, columns: number): Matrix => ({
  rows: data.length / columns,
  columns,
  data,
  names: Array.from({ length: columns }, (_, i) => `x${i}`),
  categorical: [],
});

export const table = (name: string): Table => {
  const own = stored[name === "irisTenths" ? "iris" : name];
  if (!own) throw new Error(`no table ${name}`);
  const data = Float32Array.from(own.x);
  const tenths = name === "irisTenths" ? data.map((value) => Math.round(value * 10)) : data;
  return { x: matrix(tenths, own.columns), y: Int32Array.from(own.y) };
};

/** Some rows, in that order. */
export const pickRows = (x: Matrix, rows: readonly number[]): Matrix =>
  matrix(
    Float32Array.from(rows.flatMap((row) => [...x.data.subarray(row * x.columns, (row + 1) * x.columns)])),
    x.columns,
  );

/** Every step-th row from `from` on. */
export const everyRow = (x: Matrix, step: number, from = 0): Matrix =>
  pickRows(
    x,
    Array.from({ length: Math.ceil((x.rows - from) / step) }, (_, i) => from + i * step),
  );

/** The devices that every estimator is fitted and applied on; the GPU is one in software. */
export const devices: readonly (readonly [name: string, open: () => Promise<Device>])[] = [
  ["reference", () => openDevice("reference")],
  ["WASM relaxed, two threads", () => openDevice("wasm", { threads: 2 })],
  ["WASM strict", () => openDevice("wasm", { threads: 1, deterministic: true })],
];
export const gpu = (): Promise<Device> => openDevice("webgpu", { software: true });

export const largestGap = (got: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  if (got.length !== wanted.length) throw new Error(`${got.length} values, but ${wanted.length} are wanted`);
  let gap = 0;
  for (let i = 0; i < wanted.length; i++) {
    const own = Math.abs((got[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN));
    if (!(own <= gap)) gap = own;
  }
  return gap;
};
