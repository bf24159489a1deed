// Every task through the one door: a column pipeline, an estimator of the table, a bundle that answers the same once loaded.
import {
  fitPipeline,
  frameFromRows,
  frameSource,
  holdOut,
  loadBundle,
  ordinaryFeatures,
  saveBundle,
} from "@millrace/core";
import { expect, test } from "vitest";
