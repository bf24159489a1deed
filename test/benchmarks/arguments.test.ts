// The command line of the benchmarks.
import { describe, expect, test } from "vitest";
import { parseArguments, UsageError } from "../../benchmarks/arguments.ts";
import { suites } from "../../benchmarks/suites/index.ts";

describe("the command line", () => {
  test("asks for every suite, one thread and then all cores, and peers, when it is empty", () => {
    expect(parseArguments([], 8)).toEqual({
      only: [...suites.map((suite) => suite.name), "load"],
      caseFilters: [],
      device: "wasm",
      threads: [1, 8],
      software: false,
      peers: true,
      rounds: 7,
      milliseconds: 100,
      json: undefined,
      compare: undefined,
      profile: undefined,
      record: false,
      python: undefined,
      recordPython: false,
    });
  });

  test("runs one thread once on a machine with one core", () => {
    expect(parseArguments([], 1)).toMatchObject({ threads: [1] });
  });

  test("runs once on webgpu, with the peers that have a backend there", () => {
    expect(parseArguments(["--device", "webgpu", "--software"], 2)).toMatchObject({
      peers: true,
      software: true,
      threads: [1],
    });
  });

  test("takes the suites in the order in which they are named", () => {
    expect(parseArguments(["--only", "reduce,matmul", "--no-peers", "--json", "out.json"], 2)).toMatchObject({
      only: ["reduce", "matmul"],
      peers: false,
      json: "out.json",
    });
  });

  test.each([
    [["--only", "matmull"], /no suite "matmull".*matmul, conv, map, reduce, /],
    [["--device", "cuda"], /wasm or webgpu, not "cuda"/],
    [["--threads", "0"], /--threads takes a whole number from 1 to 256, not "0"/],
    [["--rounds", "many"], /--rounds.*not "many"/],
    [["--onyl", "map"], /onyl/],
    [["stray"], /stray/],
  ])("refuses %j with what would do", (argv, message) => {
    expect(() => parseArguments(argv, 2)).toThrow(UsageError);
    expect(() => parseArguments(argv, 2)).toThrow(message);
  });
});
