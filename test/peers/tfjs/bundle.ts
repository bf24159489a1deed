// One CommonJS bundle of tfjs-core's engine and all of its compiled op tests, made by esbuild in memory order: the sources are
// ES modules without extensions, which Node does not load, and one load of the engine serves every test file.
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import type { Engine, Harness } from "./engine.ts";

const distribution = join(import.meta.dirname, "node_modules", "@tensorflow", "tfjs-core", "dist");

/** Their jasmine_util reads jasmine's own environment; of it the tests use the two things below. */
const jasmineUtil = `
  export const ALL_ENVS = {};
  export const BROWSER_ENVS = { browser: true };
  export const NODE_ENVS = {};
  export const SYNC_BACKEND_ENVS = {};
  export const describeWithFlags = (name, constraints, tests) => {
    if (!constraints.browser) describe(name, () => tests({ name: "millrace", backendName: "millrace" }));
  };
`;

const substituteJasmine: Plugin = {
  name: "jasmine",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]dist[\\/]jasmine_util\.js$/ }, () => ({ contents: jasmineUtil, loader: "js" }));
  },
};

/**
 * Functions that tfjs-core composes of many kernels and Millrace has as one: a line put behind the check of the arguments
 * calls Millrace's instead of what follows.
 */
const wholes: Readonly<Record<string, readonly [after: string, call: string]>> = {
  "ops/log_sum_exp.js": [
    "const axes = parseAxisParam(axis, $x.shape);",
    "return ENGINE.runKernel('LogSumExp', { x: $x }, { axis: axes, keepDims });",
  ],
  "ops/moments.js": [
    "const axes = parseAxisParam(axis, x.shape);",
    "return { mean: mean(x, axes, keepDims), variance: ENGINE.runKernel('Variance', { x }, { axis: axes, keepDims }) };",
  ],
  "ops/norm.js": [
    "function normImpl(x, p, axis = null) {",
    "if (axis !== null && [axis].flat().length === 1 && [1, 2, Infinity, 'euclidean'].includes(p)) return ENGINE.runKernel('Norm', { x }, { axis, order: p === 'euclidean' ? 2 : p });",
  ],
  "ops/losses/absolute_difference.js": [
    "'Error in absoluteDifference: ');",
    "return computeWeightedLoss(ENGINE.runKernel('AbsoluteErrorLoss', { labels: $labels, predictions: $predictions }), $weights, reduction);",
  ],
  "ops/losses/mean_squared_error.js": [
    "'Error in meanSquaredError: ');",
    "return computeWeightedLoss(ENGINE.runKernel('SquaredErrorLoss', { labels: $labels, predictions: $predictions }), $weights, reduction);",
  ],
  "ops/losses/huber_loss.js": [
    "'Error in huberLoss: ');",
    "return computeWeightedLoss(ENGINE.runKernel('HuberLoss', { labels: $labels, predictions: $predictions }, { delta }), $weights, reduction);",
  ],
  "ops/losses/hinge_loss.js": [
    "$labels = sub(mul(scalar(2), $labels), one);",
    "return computeWeightedLoss(ENGINE.runKernel('HingeLoss', { labels: $labels, predictions: $predictions }), $weights, reduction);",
  ],
  "ops/losses/sigmoid_cross_entropy.js": [
    "'Error in sigmoidCrossEntropyWithLogits: ');",
    "return ENGINE.runKernel('BinaryCrossEntropyLoss', { labels: $labels, logits: $logits });",
  ],
};

const substituteWholes: Plugin = {
  name: "wholes",
  setup: ({ onLoad }) => {
    for (const [file, [after, call]] of Object.entries(wholes))
      onLoad(
        { filter: new RegExp(`[\\\\/]dist[\\\\/]${file.replaceAll("/", "[\\\\/]").replaceAll(".", "\\.")}$`) },
        ({ path }) => {
          const source = readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, "");
          if (source.split(after).length !== 2) throw new Error(`${file} does not hold once: ${after}`);
          const engine = JSON.stringify(join(distribution, "engine.js"));
          return {
            contents: `import { ENGINE } from ${engine};\n${source.replace(after, () => `${after}\n${call}`)}`,
            loader: "js",
          };
        },
      );
  },
};

/** The names of all op test files, such as "abs" or "losses/huber_loss". */
export const testFiles = (): string[] =>
  globSync("**/*_test.js", { cwd: join(distribution, "ops") })
    .map((file) => file.replaceAll("\\", "/").replace(/_test\.js$/, ""))
    .sort();

/** Bundles and loads them. A file's cases are described when its function in \`files\` is called. */
export const loadBundle = async (into: string): Promise<{ engine: Engine; files: Harness["files"] }> => {
  const path = (name: string): string => JSON.stringify(join(distribution, name));
  const entry = [
    `require(${path("index.js")});`,
    `require(${path("public/chained_ops/register_all_chained_ops.js")});`,
    `exports.engine = require(${path("engine.js")}).ENGINE;`,
    `exports.registerKernel = require(${path("kernel_registry.js")}).registerKernel;`,
    "exports.files = {",
    ...testFiles().map((name) => `${JSON.stringify(name)}: () => require(${path(`ops/${name}_test.js`)}),`),
    "};",
  ].join("\n");
  const outfile = join(into, "tfjs-core-tests.cjs");
  await build({
    stdin: { contents: entry, resolveDir: distribution },
    bundle: true,
    format: "cjs",
    platform: "node",
    // The CommonJS build of long and the sources' own entry points, not their browser builds.
    mainFields: ["module", "main"],
    outfile,
    plugins: [substituteJasmine, substituteWholes],
    logLevel: "error",
  });
  const loaded: Harness = createRequire(import.meta.url)(outfile);
  return {
    engine: Object.assign(loaded.engine, { registerKernel: loaded.registerKernel }),
    files: loaded.files,
  };
};
