// Where the tour's data lies: real files of the npm package vega-datasets, a development dependency of this repository.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { TourRefused } from "./errors.ts";

const files = ["penguins.json", "flights-3m.parquet", "airports.csv"] as const;
export type DataFile = (typeof files)[number];

/**
 * The folder of the data files, looked for from this file and from the current folder.
 *
 * @throws TourRefused saying what to install
 */
export const findDataFolder = (from: readonly string[] = [import.meta.filename, path.resolve("here.js")]): string => {
  for (const start of from) {
    try {
      const folder = path.join(path.dirname(createRequire(start).resolve("vega-datasets")), "../data");
      if (files.every((file) => existsSync(path.join(folder, file)))) return folder;
    } catch {
      // Not installed as seen from there.
    }
  }
  throw new TourRefused(
    "The tour's data is not here: it comes with the npm package vega-datasets. Run `npm install vega-datasets@3.2.1` in this folder and start the tour again.",
  );
};
