// The artefact: one safetensors file, read with every check, predicting the same after loading, and clear about bad rows.
import { readFileSync } from "node:fs";
import {
  type Bundle,
  fitPipeline,
  frameFromRows,
  loadBundle,
  openDevice,
  readSafetensors,
  type StoredTensor,
  saveBundle,
  tensor,
  writeSafetensors,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { device, penguinFit, penguinRows } from "../model/penguins.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/sklearn/${name}`, import.meta.url)));

/** A file from a header and data, as any program may write it. */
const file = (header: unknown, data = new Uint8Array(0)): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
};

describe("safetensors", () => {
  test("a file of the format's own library is read", () => {
    const { tensors, metadata } = readSafetensors(fixture("foreign.safetensors"));
    expect(metadata.get("made")).toBe("by safetensors");
    expect(tensors.get("weight")).toEqual({ shape: [2, 3], data: new Float32Array([0, 0.25, 0.5, 0.75, 1, 1.25]) });
    expect(tensors.get("codes")?.data).toEqual(new Int32Array([-1, 7]));
    expect(tensors.get("wide")?.data).toEqual(new Float64Array([0.1]));
    expect(tensors.get("empty")).toEqual({ shape: [0, 3], data: new Float32Array(0) });
  });
  test("what is written is read back, aligned, whatever the order it was given in", () => {
    const entries: [string, StoredTensor][] = [
      ["b", { shape: [3], data: new Uint8Array([1, 2, 3]) }],
      ["a", { shape: [], data: new Float32Array([-0]) }],
      ["h", { shape: [3], data: new Float16Array([0.1, -65504, 2 ** -24]) }],
      ["c", { shape: [2], data: new Float64Array([Number.NaN, 1e300]) }],
    ];
    const metadata = new Map([["größe", "1 µm"]]);
    const bytes = writeSafetensors({ tensors: new Map(entries), metadata });
    expect(readSafetensors(bytes).tensors).toEqual(new Map(entries));
    expect(readSafetensors(bytes).metadata).toEqual(metadata);
    expect(writeSafetensors({ tensors: new Map(entries.toReversed()), metadata })).toEqual(bytes);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });
  test("halves and bytes of a file become tensors of f16 and u8", async () => {
    // 1, -2, the smallest subnormal and infinity by their bits.
    const halves = Uint16Array.of(0x3c00, 0xc000, 1, 0x7c00);
    const bytes = file(
      {
        h: { dtype: "F16", shape: [2, 2], data_offsets: [0, 8] },
        u: { dtype: "U8", shape: [3], data_offsets: [8, 11] },
      },
      Uint8Array.of(...new Uint8Array(halves.buffer), 0, 128, 255),
    );
    const { tensors } = readSafetensors(bytes);
    const [h, u] = ["h", "u"].map((name) => {
      const stored = tensors.get(name);
      return tensor(stored?.data ?? [], stored?.shape ?? [0]);
    });
    expect([h?.dtype, u?.dtype]).toEqual(["f16", "u8"]);
    expect(await h?.toArray()).toEqual([
      [1, -2],
      [2 ** -24, Number.POSITIVE_INFINITY],
    ]);
    expect(await u?.toArray()).toEqual([0, 128, 255]);
  });
  test.each([
    ["nothing", new Uint8Array(3), /at least 8 bytes/],
    ["a header longer than the file", file({ a: 1 }).subarray(0, 10), /cut short/],
    ["an absurd header length", new Uint8Array(16).fill(255), /more than the 100000000 allowed/],
    ["a header that is no JSON", file("{nonsense"), /no JSON/],
    ["a header that is a list", file([]), /no object/],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }), /"a" is no text/],
    ["an unknown type", file({ t: { dtype: "X9", shape: [0], data_offsets: [0, 0] } }), /no element type "X9"/],
    ["a type that is not read", file({ t: { dtype: "BF16", shape: [0], data_offsets: [0, 0] } }), /BF16 are not read/],
    ["a negative size", file({ t: { dtype: "U8", shape: [-1], data_offsets: [0, 0] } }), /no list of sizes/],
    ["offsets the wrong way round", file({ t: { dtype: "U8", shape: [1], data_offsets: [1, 0] } }), /no range/],
    [
      "a range that does not fill the shape",
      file({ t: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /takes 8 bytes, but its range has 4/,
    ],
    [
      "tensors that overlap",
      file(
        {
          a: { dtype: "U8", shape: [2], data_offsets: [0, 2] },
          b: { dtype: "U8", shape: [2], data_offsets: [1, 3] },
        },
        new Uint8Array(3),
      ),
      /"b" begins at byte 1 .* ends at 2/,
    ],
    [
      "a gap between tensors",
      file({ a: { dtype: "U8", shape: [1], data_offsets: [1, 2] } }, new Uint8Array(2)),
      /begins at byte 1/,
    ],
    [
      "data that is cut short",
      file({ a: { dtype: "U8", shape: [4], data_offsets: [0, 4] } }, new Uint8Array(2)),
      /cut short/,
    ],
    ["bytes after the last tensor", file({}, new Uint8Array(2)), /longer than it says/],
  ])("%s is refused", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
    expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ code: "BUNDLE" }));
  });
});

describe("a bundle", () => {
  let bundle: Bundle;
  let bytes: Uint8Array;
  beforeAll(async () => {
    ({ bundle } = await fitPipeline(penguinFit({ provenance: { datasetVersion: "penguins 1" } })));
    bytes = saveBundle(bundle);
  });
  test("loaded again it holds what was saved and predicts the same bits", async () => {
    using loaded = loadBundle(bytes);
    expect(saveBundle(loaded)).toEqual(bytes);
    expect(loaded.provenance.datasetVersion).toBe("penguins 1");
    expect(loaded.split).toMatchObject({ rowCount: 344, heldOutCount: 86, hash: bundle.split.hash });
    expect(loaded.signature.classes).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
    const before = await bundle.predict(penguinRows, { device });
    expect(await loaded.predict(frameFromRows(penguinRows), { device })).toEqual(before);
    const right = penguinRows.filter((row, i) => before.classes[before.labels[i] ?? -1] === row.Species).length;
    expect(right / 344).toBeGreaterThan(0.97);
  });
  test("one row, and rows in any batch, give the same answer to float32's rounding, on every device", async () => {
    const all = await bundle.predict(penguinRows, { device });
    using reference = await openDevice("reference");
    const other = await bundle.predict(penguinRows, { device: reference });
    for (const row of [0, 3, 17, 343]) {
      const one = await bundle.predict([penguinRows[row] ?? {}], { device });
      for (let own = 0; own < 3; own++) {
        expect(one.probabilities[own]).toBeCloseTo(all.probabilities[row * 3 + own] ?? Number.NaN, 5);
        expect(other.probabilities[row * 3 + own]).toBeCloseTo(all.probabilities[row * 3 + own] ?? Number.NaN, 5);
      }
    }
    bundle.release(reference);
    expect(await bundle.predict([], { device })).toMatchObject({ labels: new Int32Array(0) });
  });
  test("requests at the same time do not disturb one another", async () => {
    const all = await bundle.predict(penguinRows, { device });
    const parts = Array.from({ length: 40 }, (_, i) => penguinRows.slice(i * 8, i * 8 + 1 + (i % 8)));
    const answers = await Promise.all(parts.map((rows) => bundle.predict(rows, { device })));
    answers.forEach(({ labels }, i) => {
      expect([...labels]).toEqual([...all.labels.subarray(i * 8, i * 8 + 1 + (i % 8))]);
    });
  });
  test("missing values are taken as null where a step fills them; an absent field is an error", async () => {
    const row = { ...penguinRows[0], "Body Mass (g)": null, Sex: null, Extra: "passed over" };
    const { classes, labels } = await bundle.predict([row], { device });
    expect(classes[labels[0] ?? -1]).toBe("Adelie");
    const { Sex: _, ...without } = row;
    await expect(bundle.predict([row, without], { device })).rejects.toMatchObject({
      code: "MISSING_FIELD",
      column: "Sex",
      row: 1,
    });
  });
  test("wrong kinds and infinite values name column and row", async () => {
    const wrong = (changes: object) => expect(bundle.predict([{ ...penguinRows[0], ...changes }], { device })).rejects;
    await wrong({ "Body Mass (g)": "heavy" }).toMatchObject({ code: "COLUMN_KIND", column: "Body Mass (g)" });
    await wrong({ Island: 3 }).toMatchObject({ code: "COLUMN_KIND", column: "Island" });
    await wrong({ "Body Mass (g)": Number.POSITIVE_INFINITY }).toMatchObject({ code: "INVALID_VALUE", row: 0 });
  });
  test("a file that is cut short, of another program, or changed is refused", () => {
    expect(() => loadBundle(bytes.subarray(0, bytes.length - 1))).toThrow(expect.objectContaining({ code: "BUNDLE" }));
    expect(() => loadBundle(bytes.subarray(0, 100))).toThrow(expect.objectContaining({ code: "BUNDLE" }));
    expect(() => loadBundle(fixture("foreign.safetensors"))).toThrow(/no Millrace bundle/);
    const { tensors, metadata } = readSafetensors(bytes);
    const changed = (change: (parts: Map<string, string>) => void, kept = tensors): Uint8Array => {
      const parts = new Map(metadata);
      change(parts);
      return writeSafetensors({ tensors: kept, metadata: parts });
    };
    const refuse = (file: Uint8Array) => expect(() => loadBundle(file));
    refuse(changed((parts) => parts.set("format", "millrace.bundle.9"))).toThrow(/millrace.bundle.9/);
    refuse(changed((parts) => parts.delete("graph"))).toThrow(/lacks "graph"/);
    refuse(changed((parts) => parts.set("signature", "{}"))).toThrow(/signature.inputs should be a list/);
    refuse(changed((parts) => parts.set("graph", '{"version":2,"nodes":[],"outputs":{}}'))).toThrow(/version 2/);
    const graph = metadata.get("graph") ?? "";
    refuse(changed((parts) => parts.set("graph", graph.replace('"op":"matmul"', '"op":"matmol"')))).toThrow(/matmol/);
    const fewer = new Map([...tensors].filter(([name]) => name !== "layer.0.weight"));
    refuse(changed(() => {}, fewer)).toThrow(/"layer.0.weight" that the bundle does not hold/);
    const wide = new Map([...tensors, ["layer.0.bias", { shape: [16], data: new Float64Array(16) }]]);
    refuse(changed(() => {}, wide)).toThrow(/"layer.0.bias" is f64, but the graph reads f32/);
    const other = new Map([...tensors, ["layer.0.bias", { shape: [3], data: new Float32Array(3) }]]);
    refuse(changed(() => {}, other)).toThrow(/"layer.0.bias" is \[3\], but the graph reads \[16\]/);
  });
  afterAll(() => {
    bundle.release();
    device[Symbol.dispose]();
  });
});
