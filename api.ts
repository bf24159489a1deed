// npm run api [-- --check]: core/API.md, every public name of @millrace/core with one line, from the docstrings. API Extractor
// reads the built declarations (it brings its own TypeScript, since the native one has no API for tools yet); what is
// left to do here is the page. A public name without a docstring is an error: exported names, and the members of classes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorMessageCategory } from "@microsoft/api-extractor";

const root = import.meta.dirname;
const page = join(root, "core/API.md");
const modelFile = join(root, "dist/api/core.api.json");

/** What is read of API Extractor's model: https://api-extractor.com/pages/overview/demo_api_json */
interface Item {
  readonly kind: string;
  readonly name?: string;
  readonly docComment?: string;
  readonly fileUrlPath?: string;
  readonly members?: readonly Item[];
}

interface Entry {
  readonly section: string;
  readonly name: string;
  readonly meaning: string;
}

const extractModel = (): Item => {
  mkdirSync(dirname(modelFile), { recursive: true });
  const declarations = join(root, "core/dist/types/core/index.d.ts");
  const configuration = ExtractorConfig.prepare({
    configObject: {
      projectFolder: join(root, "core"),
      mainEntryPointFilePath: declarations,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2024",
            lib: ["es2024", "esnext.disposable", "esnext.iterator", "esnext.typedarrays", "dom"],
            module: "nodenext",
            strict: true,
            skipLibCheck: true,
            types: ["@webgpu/types"],
          },
          files: [declarations],
        },
      },
      apiReport: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath: modelFile },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
    configObjectFullPath: join(root, "core/api-extractor.json"),
    packageJsonFullPath: join(root, "core/package.json"),
  });
  const result = Extractor.invoke(configuration, {
    localBuild: true,
    // Which types a package ought to export, and how docstrings are tagged, are other questions than this page's.
    messageCallback: (message) => {
      message.handled = message.category !== ExtractorMessageCategory.Compiler;
    },
  });
  if (!result.succeeded) throw new Error("API Extractor could not read core's declarations");
  return JSON.parse(readFileSync(modelFile, "utf8"));
};

/** The first sentence of a docstring, or nothing. */
const firstSentence = (docstring: string): string => {
  const [summary = ""] = docstring
    .replace(/^\/\*\*|\*\/\s*$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .split(/^\s*@|\s@(?:throws|example|see|param|returns)\b/m);
  const text = summary.trim().split(/\n\s*\n/)[0] ?? "";
  return text.replace(/\s+/g, " ").replace(/^(.*?\.)(?= [A-Z`"(]).*$/, "$1");
};

const callable = new Set(["Function", "Method"]);
const nested = new Set(["Class", "Namespace"]);
/** What every class has, or inherits with its meaning. */
const inherited = /^\[Symbol\.dispose\]$|Error\.(code|name)$/;

const entriesOf = (item: Item, prefix: string, section: string): Entry[] => {
  const names = Map.groupBy(
    (item.members ?? []).filter(({ name }) => name !== undefined),
    ({ name = "" }) => name,
  );
  return [...names].flatMap(([name, declarations]) => {
    const full = `${prefix}${name}`;
    const [first] = declarations;
    if (!first || inherited.test(name) || inherited.test(full)) return [];
    const own = sectionOf(first) ?? section;
    const meaning = firstSentence(declarations.find(({ docComment }) => docComment)?.docComment ?? "");
    const isNamespace = declarations.every(({ kind }) => kind === "Namespace");
    const members = declarations.filter(({ kind }) => nested.has(kind));
    const shown = `${full}${declarations.some(({ kind }) => callable.has(kind)) ? "()" : ""}`;
    return [
      // A namespace is no more than its members, which carry its name.
      ...(isNamespace ? [] : [{ section: own, name: shown, meaning }]),
      ...members.flatMap((declaration) => entriesOf(declaration, `${full}.`, own)),
    ];
  });
};

/** The folder that declares it: "dist/types/core/tensor/sort.d.ts" is in "tensor". */
const sectionOf = ({ fileUrlPath }: Item): string | undefined =>
  fileUrlPath && (/types\/core\/(\w+)\//.exec(fileUrlPath)?.[1] ?? "kernels");

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

const write = (entries: readonly Entry[]): string => {
  const sections = [...Map.groupBy(entries, ({ section }) => section)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "# Every public name of @millrace/core",
    "",
    "Made from the docstrings by `npm run api`; edit those. Shapes, options, errors and examples are in the docstrings, which",
    "editors show.",
    ...sections.flatMap(([section, own]) => [
      "",
      `## ${section}`,
      "",
      "| name | meaning |",
      "|---|---|",
      ...own.map(({ name, meaning }) => `| \`${name}\` | ${cell(meaning)} |`),
    ]),
    "",
  ].join("\n");
};

const [entryPoint] = extractModel().members ?? [];
if (!entryPoint) throw new Error("API Extractor found no entry point");
const entries = entriesOf(entryPoint, "", "kernels");
const bare = entries.filter(({ meaning }) => meaning === "").map(({ name }) => name);
const text = write(entries);
if (bare.length > 0) {
  console.error(`${bare.length} public names have no docstring; write one before each:\n${bare.join("\n")}`);
  process.exitCode = 1;
} else if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    console.error("core/API.md is behind the docstrings; run `npm run api` and commit it");
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
  console.log(`core/API.md: ${entries.length} names`);
}
