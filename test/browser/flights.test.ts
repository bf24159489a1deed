// Boosting on real flights: trained in Node, it says the same bits in the page; trained in the page, it is the same bundle.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Json, type OpenPage, openPage } from "./open-page.ts";
import { boostFlights, type Flight, type FlightsModel, probabilityBytes } from "./page/flights.ts";
import type { DeviceChoice } from "./page/penguins.ts";

const module = "test/browser/page/flights.ts";
interface Recorded {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
}
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL("../../node_modules/vega-datasets/data/flights-20k.json", import.meta.url), "utf8"),
);
/** 4,000 of them, which a page takes as JSON in one call. */
const flights: readonly Flight[] = recorded.slice(0, 4000).map(({ date, delay, distance, origin }) => ({
  origin,
  distance,
  hour: Number(date.slice(11, 13)),
  late: delay > 15 ? "late" : "on time",
}));
const strict: DeviceChoice = { kind: "wasm", options: { deterministic: true } };
const asJson: Json = { kind: "wasm", options: { deterministic: true } };

let open: OpenPage;
let inNode: FlightsModel;
beforeAll(async () => {
  open = await openPage();
  inNode = await boostFlights(flights, strict);
});
afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open[Symbol.asyncDispose]();
});

test("a boosting bundle made in Node predicts 4,000 flights in the page with the same bits", async () => {
  expect(inNode.rocAuc).toBeGreaterThan(0.6);
  const want = await probabilityBytes(inNode.bundle, flights, strict);
  // Two float32 a flight, in base64.
  expect(want.length).toBe(Math.ceil((4000 * 8) / 3) * 4);
  expect(new Set(want).size).toBeGreaterThan(32);
  expect(await open.run<string>(module, "probabilityBytes", inNode.bundle, flights, asJson)).toBe(want);
});

test("boosted in the page, the trees and what they say are those of Node", async () => {
  const inPage = await open.run<FlightsModel>(module, "boostFlights", flights, asJson);
  expect(inPage.rocAuc).toBe(inNode.rocAuc);
  const want = await probabilityBytes(inNode.bundle, flights, strict);
  expect(await probabilityBytes(inPage.bundle, flights, strict)).toBe(want);
});
