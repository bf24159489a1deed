import { isIdentifier, newIdentifier } from "@millrace/gateway/data/identifier.ts";
import { expect, test } from "vitest";

test("ids have the form of RFC 9562 version 7 with their time in front", () => {
  // The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z is 0x017F22E279B0 milliseconds.
  const id = newIdentifier(0x017f22e279b0);
  expect(isIdentifier(id)).toBe(true);
  expect(isIdentifier("017F22E2-79B0-7CC3-98C4-DC0C0C07398F".toLowerCase())).toBe(true);
  expect(isIdentifier("919108f7-52d1-4320-9bac-f847db4148a8")).toBe(false);
  expect(isIdentifier("' or 1=1")).toBe(false);
});

test("each id is greater than the one before, also within a millisecond and when the clock steps back", () => {
  const later = Date.now() + 1e6;
  let last = newIdentifier(later);
  for (let count = 0; count < 20_000; count++) {
    const id = newIdentifier(count % 3 === 0 ? later - 1000 : later);
    expect(id > last).toBe(true);
    expect(isIdentifier(id)).toBe(true);
    last = id;
  }
});

test("the time in front is the time of making", () => {
  const now = Date.now() + 1e9;
  expect(Number.parseInt(newIdentifier(now).replaceAll("-", "").slice(0, 12), 16)).toBe(now);
});
