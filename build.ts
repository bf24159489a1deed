// npm run build [-- PART...]: WASM, the kernels package, the core bundles, core's types, the gateway package. A part whose
// inputs have the same hash as at its last build is skipped, so that every command may ask for a build first.
// Long because all parts and what they share are read on one page.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Plugin } from "rolldown";

const root = import.meta.dirname;
const posix = (path: string): string => path.split(sep).join("/");

interface Part {
  readonly name: string;
  /** Parts whose outputs this one reads. */
  readonly needs: readonly string[];
  /** Globs of the files that the outputs depend on. */
  readonly inputs: readonly string[];
  /** The folder that the part fills, under the root. Nothing else writes there. */
  readonly output: string;
  /** Fills `folder`, an empty folder which then takes the place of `output`. */
  readonly build: (folder: string) => Promise<void>;
}

class BuildError extends Error {}

/** Runs a JavaScript tool under this Node; its whole output is the message of the failure. */
const runTool = (script: string, options: readonly string[]): Promise<string> =>
  new Promise((fulfil, reject) => {
    execFile(
      process.execPath,
      [join(root, "node_modules", script), ...options],
      { cwd: root, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (error)
          reject(new BuildError(`${basename(script)} ${options.join(" ")}\n${stdout}${stderr}${error.signal ?? ""}`));
        else fulfil(stdout);
      },
    );
  });

// ---- WASM: one module for each target of asconfig.json ----

interface AssemblyScriptConfiguration {
  readonly entries: readonly string[];
  readonly targets: Readonly<Record<string, { readonly outFile?: string }>>;
}

const buildWasm = async (folder: string): Promise<void> => {
  const configuration: AssemblyScriptConfiguration = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  const targets = Object.keys(configuration.targets);
  if (targets.length === 0) throw new BuildError("asconfig.json has no targets");
  const compile = async (target: string): Promise<void> => {
    const outFile = basename(configuration.targets[target]?.outFile ?? `${target}.wasm`);
    await runTool("assemblyscript/bin/asc.js", ["--target", target, "--outFile", posix(join(folder, outFile))]);
    if (!existsSync(join(folder, outFile))) throw new BuildError(`asc wrote no ${outFile} for target ${target}`);
  };
  // Two at a time: each compiler holds about 400 MB.
  const queue = [...targets];
  const worker = async (): Promise<void> => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) await compile(target);
  };
  await Promise.all([worker(), worker()]);
};

// ---- TypeScript: declarations by tsc, and JavaScript for the packages that are not bundled ----

interface TypeScriptEmit {
  readonly include: readonly string[];
  readonly rootDir: string;
  readonly declarationsOnly: boolean;
  /** Conditions that find other packages: their sources, or (none) their built declarations. */
  readonly conditions: readonly string[];
}

/** Emits without checking: `npm run typecheck` checks, once for the whole tree. */
const emitTypeScript = async (folder: string, emit: TypeScriptEmit): Promise<void> => {
  const configuration = `${folder}.tsconfig.json`;
  const from = dirname(configuration);
  const path = (target: string): string => posix(relative(from, join(root, target))) || ".";
  writeFileSync(
    configuration,
    JSON.stringify({
      extends: `./${path("tsconfig.json")}`,
      compilerOptions: {
        noEmit: false,
        noCheck: true,
        declaration: true,
        emitDeclarationOnly: emit.declarationsOnly,
        rootDir: path(emit.rootDir),
        outDir: basename(folder),
        customConditions: emit.conditions,
      },
      include: emit.include.map(path),
      exclude: ["node_modules", "dist", "**/*.wasm.ts"].map((name) => (name.startsWith("**") ? name : `**/${name}`)),
    }),
  );
  try {
    await runTool("typescript/bin/tsc", ["-p", configuration]);
  } finally {
    rmSync(configuration);
  }
};

/**
 * Makes declarations stand alone: `@millrace/kernels` and `#platform` become relative paths, and relative `.ts` imports
 * `.js`, since core's package brings the declarations of the kernels with it and needs no other package at run time.
 */
const closeDeclarations = (folder: string): void => {
  const destinations: Readonly<Record<string, string>> = {
    "@millrace/kernels": join(folder, "kernels/index.js"),
    "@millrace/kernels/tuning": join(folder, "kernels/tuning.js"),
    "#platform": join(folder, "core/device/platform.browser.js"),
  };
  for (const name of globSync("**/*.d.ts", { cwd: folder })) {
    const file = join(folder, name);
    const text = readFileSync(file, "utf8");
    const closed = text.replace(
      /(["'])(@millrace\/kernels(?:\/tuning)?|#platform)\1/g,
      (_, quote: string, specifier: string) => {
        const path = posix(relative(dirname(file), destinations[specifier] ?? ""));
        return `${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`;
      },
    );
    if (closed !== text) writeFileSync(file, closed);
  }
};

// ---- core: one bundle for pages, one for Node, with everything they load at run time beside them ----

/**
 * Gives error classes, whose name is shown, a name that minifying leaves. A bundler's own way does it for every function,
 * which made core's bundle 7 % larger.
 */
const nameErrors = (source: string): string =>
  source.replace(
    /\bclass (\w+Error) extends [\w.]+ \{/g,
    (head, name: string) => `${head} static { Object.defineProperty(this, "name", { value: "${name}" }); }`,
  );

/** `new URL("<relative path>", import.meta.url)`, plain or with a name filled in at run time. */
const assetUrl = /new URL\(\s*(["'`])(\.{1,2}\/[^"'`]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * Puts what `new URL(path, import.meta.url)` names beside the bundle: scripts are bundled as entries of their own, other
 * files copied. The form stays in the output, as it is what browsers, Node, Vite and webpack all understand.
 */
const assetsBesideBundle = (folder: string, addScript: (path: string) => void): Plugin => ({
  name: "assets-beside-bundle",
  transform: {
    filter: { id: /[\\/](core|kernels)[\\/].*\.ts$/ },
    handler: (source, path) => {
      const code = source.replace(assetUrl, (_, quote: string, target: string) => {
        const variable = /^(.*\/)([^/]*)\$\{(\w+)\}([^/]*)$/.exec(target);
        if (quote === "`" && variable) {
          const [, from = "", before = "", name = "", after = ""] = variable;
          const files = globSync(`${before}*${after}`, { cwd: resolve(dirname(path), from) }).sort();
          if (files.length === 0) throw new BuildError(`${relative(root, path)} names ${target}, but nothing is there`);
          for (const file of files) cpSync(resolve(dirname(path), from, file), join(folder, file));
          // One literal each: Vite's development server and esbuild follow no URL with a name filled in.
          const literals = files.map((file) => {
            const key = file.slice(before.length, file.length - after.length);
            return `${JSON.stringify(key)}: new URL("./${file}", import.meta.url)`;
          });
          return `({ ${literals.join(", ")} })[${name}]`;
        }
        const file = resolve(dirname(path), target);
        if (!existsSync(file)) throw new BuildError(`${relative(root, path)} names ${target}, but nothing is there`);
        if (!file.endsWith(".ts")) {
          cpSync(file, join(folder, basename(file)));
          return `new URL("./${basename(file)}", import.meta.url)`;
        }
        addScript(file);
        return `new URL("./${basename(file).replace(/\.ts$/, ".js")}", import.meta.url)`;
      });
      return nameErrors(code);
    },
  },
});

/**
 * Rules are values that calls make, which no app's bundler may drop from a chunk that it uses: they have their own, so that an
 * app of tensors may leave them out.
 */
const rules = (id: string): string | undefined =>
  /[\\/]core[\\/]graph[\\/](gradient|batch)/.test(id) ? "shared-rules" : undefined;

/** What predicting needs of tables. Fitting, which any app may load later, imports it too; an app of tensors does without. */
const tables = (id: string): string | undefined =>
  /[\\/]core[\\/](bundle|frame|preprocess)[\\/]/.test(id) ? "shared-tables" : undefined;

/**
 * Few chunks: what the smaller door imports at once, with what any two devices share; what the larger one has besides; and
 * the rest of each device. Left to itself the bundler splits by which dynamic imports share what, into fifteen chunks a
 * page, which downloads 6 % more: small files compress worse.
 */
const chunksOfDoors = (doors: readonly string[], devices: readonly string[]) => {
  const chunks = new Map<string, string>();
  const plugin: Plugin = {
    name: "chunks-of-doors",
    buildEnd() {
      const closure = (start: string): ReadonlySet<string> => {
        const reached = new Set([start]);
        for (const id of reached) for (const next of this.getModuleInfo(id)?.importedIds ?? []) reached.add(next);
        return reached;
      };
      const [smaller, larger] = doors.map(closure).sort((a, b) => a.size - b.size);
      const ofDevices = devices.map(closure);
      for (const [i, reached] of ofDevices.entries())
        for (const id of reached)
          chunks.set(id, ofDevices.filter((each) => each.has(id)).length > 1 ? "shared" : `shared-device-${i}`);
      for (const id of larger ?? []) if (chunks.get(id) !== "shared") chunks.set(id, rules(id) ?? "shared-more");
      for (const id of smaller ?? []) chunks.set(id, rules(id) ?? tables(id) ?? "shared");
      for (const id of [...doors, ...devices]) chunks.delete(id);
    },
  };
  return { plugin, groups: [{ name: (id: string): string | null => chunks.get(id) ?? null }] };
};

/**
 * Bundles the doors of core together, so that what they share is there once and a page may use both, then each script of a
 * worker alone. What is imported when it is first used (devices with their kernels, fitting) becomes files of its own.
 */
const bundleCore = async (folder: string, platform: "browser" | "node"): Promise<void> => {
  const { build } = await import("rolldown");
  const scripts: string[] = [];
  const bundled = new Set<string>();
  const bundle = async (entries: readonly string[]): Promise<void> => {
    const devices = ["reference", "wasm", "webgpu"].map((name) => join(root, `core/device/${name}/index.ts`));
    // Chunks are cut for the doors of pages, the first two; what only another has goes into its own file.
    const { plugin, groups } = chunksOfDoors(entries.slice(0, 2), devices);
    await build({
      input: [...entries],
      platform,
      resolve: { conditionNames: ["millrace-source", platform, "import", "default"] },
      external: platform === "node" ? ["webgpu"] : [],
      transform: { target: platform === "node" ? "node22" : ["chrome120", "firefox121", "safari17"] },
      plugins: [assetsBesideBundle(folder, (path) => scripts.push(path)), plugin],
      logLevel: "silent",
      output: {
        dir: folder,
        format: "esm",
        entryFileNames: "[name].js",
        // What is loaded on its own has a name that a page can write in a <link rel="modulepreload">.
        chunkFileNames: ({ isDynamicEntry }) => (isDynamicEntry ? "[name].js" : "shared-[hash].js"),
        // Each module goes where it is named, not along with the first that imports it.
        ...(entries.length > 1 ? { codeSplitting: { groups, includeDependenciesRecursively: false } } : {}),
        minify: platform === "browser",
        comments: { legal: false },
      },
    }).catch((error: unknown) => {
      throw new BuildError(`bundling ${entries.map((entry) => relative(root, entry)).join()}: ${String(error)}`);
    });
  };
  await bundle(
    ["core/index.ts", "core/predict.ts", "core/metrics.ts", "core/tables.ts"].map((entry) => join(root, entry)),
  );
  for (const script of scripts) {
    if (bundled.has(script)) continue;
    bundled.add(script);
    await bundle([script]);
  }
};

// ---- the parts ----

const everyTypeScript = (name: string): string[] => [`${name}/**/*.ts`, `${name}/package.json`];

const parts: readonly Part[] = [
  {
    name: "wasm",
    needs: [],
    inputs: ["asconfig.json", "kernels/**/*.wasm.ts"],
    output: "kernels/dist/wasm",
    build: buildWasm,
  },
  {
    name: "kernels",
    needs: [],
    inputs: everyTypeScript("kernels"),
    output: "kernels/dist/js",
    build: (folder) =>
      emitTypeScript(folder, { include: ["kernels"], rootDir: "kernels", declarationsOnly: false, conditions: [] }),
  },
  {
    name: "types",
    needs: [],
    inputs: [...everyTypeScript("core"), ...everyTypeScript("kernels")],
    output: "core/dist/types",
    build: async (folder) => {
      await emitTypeScript(folder, {
        include: ["core", "kernels"],
        rootDir: ".",
        declarationsOnly: true,
        conditions: ["millrace-source"],
      });
      closeDeclarations(folder);
    },
  },
  ...(["browser", "node"] as const).map(
    (platform): Part => ({
      name: platform,
      needs: ["wasm"],
      inputs: [...everyTypeScript("core"), ...everyTypeScript("kernels"), "kernels/dist/wasm/*"],
      output: `core/dist/${platform}`,
      build: (folder) => bundleCore(folder, platform),
    }),
  ),
  {
    name: "gateway",
    needs: ["types"],
    inputs: ["gateway/**/*", "core/dist/types/**/*.d.ts"],
    output: "gateway/dist",
    build: async (folder) => {
      await emitTypeScript(folder, {
        include: ["gateway"],
        rootDir: "gateway",
        declarationsOnly: false,
        conditions: [],
      });
      for (const name of globSync("**/*.{graphql,html,css,sql,svg}", {
        cwd: join(root, "gateway"),
        exclude: ["dist/**", "node_modules/**"],
      }))
        cpSync(join(root, "gateway", name), join(folder, name));
      const command = join(folder, "cli.js");
      const text = readFileSync(command, "utf8");
      if (!text.startsWith("#!")) writeFileSync(command, `#!/usr/bin/env node\n${text}`);
      chmodSync(command, 0o755);
    },
  },
];

// ---- skipping, replacing, telling ----

const stamps = join(root, "dist/build");

/** Hash of the names and contents of a part's inputs, this file and the locked tools. */
const hashInputs = (part: Part): string => {
  const hash = createHash("sha256");
  const files = new Set(
    part.inputs.flatMap((pattern) =>
      globSync(pattern, {
        cwd: root,
        exclude: (name) => name.includes("node_modules") || (name.includes("dist") && !pattern.includes("/dist/")),
      }),
    ),
  );
  for (const name of ["build.ts", "tsconfig.json", "package-lock.json", ...[...files].sort()]) {
    const path = join(root, name);
    if (statSync(path).isFile())
      hash
        .update(`${posix(name)}\0`)
        .update(readFileSync(path))
        .update("\0");
  }
  return hash.digest("hex");
};

/** Puts `folder` in the place of `output`; another build may be doing the same. */
const replaceFolder = (folder: string, output: string, previous: string): void => {
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(output)) renameSync(output, `${previous}-${attempt}`);
      renameSync(folder, output);
      break;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
  for (const name of globSync(`${basename(previous)}-*`, { cwd: dirname(previous) }))
    rmSync(join(dirname(previous), name), { recursive: true, force: true });
};

const buildPart = async (part: Part): Promise<"built" | "up to date"> => {
  const hash = hashInputs(part);
  const stamp = join(stamps, part.name);
  const output = join(root, part.output);
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return "up to date";
  // Built aside and moved into place, so that two builds at once, or one that fails, leave no half-written output.
  const folder = join(stamps, `${part.name}-${process.pid}`);
  const previous = `${folder}-previous`;
  mkdirSync(folder, { recursive: true });
  try {
    await part.build(folder);
    mkdirSync(dirname(output), { recursive: true });
    replaceFolder(folder, output, previous);
    writeFileSync(stamp, hash);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return "built";
};

const withNeeds = (names: ReadonlySet<string>): readonly Part[] => {
  const wanted = new Set(names);
  for (const part of parts.toReversed()) if (wanted.has(part.name)) for (const need of part.needs) wanted.add(need);
  return parts.filter((part) => wanted.has(part.name));
};

const asked = process.argv.slice(2);
const known = parts.map((part) => part.name);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no part called ${unknown.join(", ")}; the parts are ${known.join(", ")}`);
  process.exit(2);
}
try {
  for (const part of withNeeds(new Set(asked.length > 0 ? asked : known))) {
    const start = performance.now();
    const outcome = await buildPart(part);
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    if (outcome !== "up to date") console.log(`${part.name}: ${outcome} (${seconds} s)`);
  }
} catch (error) {
  console.error(error instanceof BuildError ? `build failed: ${error.message}` : error);
  process.exit(1);
}
