// Recorded figures of Python's libraries: scaled by roofs, replaced by what a run measures itself.
import { expect, test } from "vitest";
import { describeMachine } from "../../benchmarks/machine.ts";
import {
  type RecordedPeer,
  readRecordedPeers,
  recordedPeerOf,
  withRecordedPeers,
} from "../../benchmarks/recorded-peers.ts";
import type { Row } from "../../benchmarks/row.ts";
import { suites } from "../../benchmarks/suites/index.ts";

const row: Row = {
  suite: "tabular",
  case: "a",
  device: "wasm",
  threads: 1,
  unit: "Gelem/s",
  value: 6,
  spread: 0,
  roof: 20,
  shareOfRoof: 0.3,
  peers: [],
};
const roofs = { flopsPerSecond: 1, bandwidths: [] };
const kept: RecordedPeer = {
  name: "lightgbm",
  version: "4.7.0",
  licence: "MIT",
  machine: describeMachine(),
  roofs,
  figures: [
    { case: "a", threads: 1, value: 2, spread: 0.1, roof: 10 },
    { case: "a", threads: 2, value: 3, spread: 0.1, roof: 10 },
  ],
};

test("a figure is scaled by the roof now over the roof then", () => {
  expect(withRecordedPeers(row, [kept]).peers).toEqual([
    { name: "lightgbm", version: "4.7.0, recorded", value: 4, spread: 0.1, ratio: 1.5 },
  ]);
  expect(withRecordedPeers({ ...row, case: "b" }, [kept]).peers).toEqual([]);
});

test("a peer that ran beside us stays as it was measured, and takes the place of its old figure", () => {
  const peers = [{ name: "lightgbm", version: "5.0.0", value: 3, spread: 0, ratio: 2 }];
  expect(withRecordedPeers({ ...row, peers }, [kept]).peers).toEqual(peers);
  expect(recordedPeerOf("lightgbm", [{ ...row, peers }], describeMachine(), roofs, kept)).toMatchObject({
    version: "5.0.0",
    figures: [
      { case: "a", threads: 2, value: 3 },
      { case: "a", threads: 1, value: 3, roof: 20 },
    ],
  });
  expect(recordedPeerOf("lightgbm", [withRecordedPeers(row, [kept])], describeMachine(), roofs, kept)).toBeUndefined();
});

test("every recorded figure is of a case that is there", () => {
  const cases = suites.flatMap((suite) => suite.cases.map(({ name }) => name));
  for (const { figures } of readRecordedPeers()) for (const figure of figures) expect(cases).toContain(figure.case);
});
