import { addAmounts, costOfMicroseconds, costOfUnits } from "@millrace/gateway/domain/cost/money.ts";
import { expect, test } from "vitest";

// Expected values by `bc` with scale=40.
test("time at a price is exact to the last digit", () => {
  expect(costOfMicroseconds(1_500_000, "0.00002")).toBe("0.00003");
  expect(costOfMicroseconds(1, "0.0000247918")).toBe("0.0000000000247918");
  expect(costOfMicroseconds(9_007_199_254_740_991, "0.0000247918")).toBe("223304.6824836877006738");
  expect(costOfMicroseconds(3_600_000_000, "0.0000247918")).toBe("0.08925048");
  expect(costOfMicroseconds(0, "1.5")).toBe("0");
});

test("amounts add up without the error of floats", () => {
  expect(addAmounts(Array.from({ length: 10 }, () => "0.1"))).toBe("1");
  expect(addAmounts(["0.1", "0.2"])).toBe("0.3");
  expect(addAmounts(["1.05", "-0.05", "-1"])).toBe("0");
  expect(addAmounts([])).toBe("0");
});

test("bytes at the price of a byte and month", () => {
  expect(costOfUnits(2 ** 30, "0.0000000000214205")).toBe("0.023000086740992");
});

test("what is no decimal is refused", () => {
  expect(() => costOfMicroseconds(1, "1e-5")).toThrow("1e-5");
  expect(() => addAmounts(["NaN"])).toThrow("NaN");
});
