// Every suite, in the order they run.
import { attentionSuite } from "./attention.ts";
import { convolutionSuite } from "./convolution.ts";
import { dispatchSuite } from "./dispatch.ts";
import { encoderSuite } from "./encoder.ts";
import { mapSuite } from "./map.ts";
import { matmulSuite } from "./matmul.ts";
import { normSuite } from "./norm.ts";
import { randomSuite } from "./random.ts";
import { reduceSuite } from "./reduce.ts";
import { sortSuite } from "./sort.ts";
import type { Suite } from "./suite.ts";
import { tabularSuite } from "./tabular.ts";
import { cnnSuite, mlpSuite, transformerSuite } from "./training.ts";

export const suites: readonly Suite[] = [
  matmulSuite,
  convolutionSuite,
  mapSuite,
  reduceSuite,
  normSuite,
  attentionSuite,
  sortSuite,
  randomSuite,
  dispatchSuite,
  mlpSuite,
  cnnSuite,
  transformerSuite,
  encoderSuite,
  tabularSuite,
];
