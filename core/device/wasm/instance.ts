// One instance of a build: the device's own and each worker's are made alike, so that a table index means the same function
// everywhere. Workers run this file without the rest of core.

/** Exports of an AssemblyScript build that JavaScript calls. */
export interface BuildExports {
  readonly table: WebAssembly.Table;
  readonly heapBase: () => number;
  readonly setArena: (at: number) => void;
  readonly setControl: (at: number) => void;
  readonly run: (program: number, first: number, count: number) => number;
  readonly resume: (program: number, at: number, count: number) => number;
  readonly workerLoop: () => void;
}

/** Shared words of the thread pool, in 32-bit words from the control address; see kernels/runtime/program.wasm.ts. */
export const controlWord = {
  generation: 0,
  sleepers: 1,
  stop: 2,
  failed: 3,
  threads: 4,
  mayWait: 5,
  modules: 6,
  /** Address of the first published module: [next, table index, byte length, bytes]. */
  firstModule: 8,
  /** Chunks not yet finished; a thread may wait here for the others. */
  pending: 32,
} as const;
export const controlBytes = 256;

export interface BuildInstance {
  readonly exports: BuildExports;
  /** Table index of each exported kernel. */
  readonly kernels: ReadonlyMap<string, number>;
  /** Puts a function into the table's next place and gives its index. */
  readonly addFunction: (f: unknown) => number;
}

const isBuild = (exports: object): exports is BuildExports =>
  "table" in exports && "run" in exports && "heapBase" in exports && "workerLoop" in exports;

/** Instantiates a build on a memory and puts its exported functions into its table, in the order of its exports. */
export const instantiateBuild = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  loadModule: (index: number) => void,
): BuildInstance => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, loadModule } });
  if (!isBuild(exports)) throw new TypeError("this WASM module is not a build of Millrace's kernels");
  const addFunction = (f: unknown): number => {
    const index = exports.table.grow(1);
    exports.table.set(index, f);
    return index;
  };
  const kernels = new Map<string, number>();
  for (const { name, kind } of WebAssembly.Module.exports(module))
    if (kind === "function") kernels.set(name, addFunction(Reflect.get(exports, name)));
  return { exports, kernels, addFunction };
};

/** Instantiates an emitted module, which imports the memory and exports its kernel as "kernel". */
export const instantiateEmitted = (module: WebAssembly.Module, memory: WebAssembly.Memory): unknown =>
  new WebAssembly.Instance(module, { env: { memory } }).exports.kernel;
