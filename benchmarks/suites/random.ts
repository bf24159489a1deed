// Random numbers: only written, so held against a copy of half as many elements.
import type { Suite } from "./suite.ts";

const size = 4 * 1024 * 1024;

export const randomSuite: Suite = {
  name: "random",
  about: "f32 by Threefry-2x32-20, against a copy of as many bytes",
  cases: [
    { name: "uniform, 4M", workload: { kind: "random", distribution: "uniform", size } },
    { name: "normal, 4M", workload: { kind: "random", distribution: "normal", size } },
  ],
};
