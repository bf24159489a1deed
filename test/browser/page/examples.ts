// Runs in the page: an example by its name.
import { type DeviceChoice, type RunOptions, type RunReport, runExample } from "../../core/examples/course.ts";
import { type ExampleName, examples } from "../../core/examples/index.ts";

export const run = (name: ExampleName, data: string, choice: DeviceChoice, options: RunOptions): Promise<RunReport> =>
  runExample(examples[name], data, choice, options);
