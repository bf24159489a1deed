// Emits the module of one map form: units of up to 1024 elements of a row, an unrolled vector loop, single vectors, then
// the tail by lanes. Loads may run past a row's end (allocations are padded); stores never do.
import { type DType, elementBytes, wideDType } from "../contract/tensor-type.ts";
import { type Packed, packedElements } from "./packed.wasm-code.ts";
import { scalarFunction } from "./scalar.ts";
import { scalarCode } from "./scalar.wasm-code.ts";
import { type Inlined, inlineFunction, readBuild } from "./wasm-body.ts";
import {
  createLocals,
  encodeKernelModule,
  get,
  i32,
  loadWord,
  set,
  simd,
  tee,
  vectorLane,
  vectorMemory,
  vectorOp,
  wasm,
} from "./wasm-encoder.ts";

/** Elements of a unit of work: a piece of a row of the merged iteration space. */
export const unitElements = 1024;

/**
 * How an input is read: "dense" beside the output; "scalar" one element; "row" along the last axis by strides of its own
 * before it; "repeated" one element for each row.
 */
export type InputForm = "dense" | "scalar" | "row" | "repeated";

/** What the code of a map depends on; sizes and strides are in the argument block. */
export interface MapForm {
  readonly rank: number;
  readonly inputs: readonly InputForm[];
  /** Of each register: inputs, then instructions. */
  readonly dtypes: readonly DType[];
  readonly instructions: readonly {
    readonly function: string;
    readonly arguments: readonly number[];
    readonly value: number;
  }[];
  readonly outputs: readonly number[];
}

const [block, begin, end] = [0, 1, 2];
const floatBits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;

/** Vectors a turn of the main loop: enough to hide its costs; one where a vector is itself long work, for its registers. */
const unrollOf = (form: MapForm): number => {
  const flops = form.instructions.reduce(
    (sum, { function: name }) => sum + (name === "constant" ? 0 : scalarFunction(name).flops),
    0,
  );
  return flops <= 8 ? 4 : 1;
};

/** The bytes of the module; `build` is the AssemblyScript build that shares its memory. */
export const emitMap = (form: MapForm, build: Uint8Array): Uint8Array<ArrayBuffer> => {
  const code = readBuild(build);
  const locals = createLocals(3);
  const word = (): number => locals.add(wasm.i32);
  const vector = (): number => locals.add(wasm.v128);
  const setup: number[] = [];
  const argument = (index: number): number => {
    const local = word();
    setup.push(...get(block), ...loadWord(4 * index), ...set(local));
    return local;
  };

  // Splatted constants and inlined functions are made once, when first asked for.
  const constants = new Map<number, number>();
  const words = new Map<number, number>();
  const constant = (bits: number): number => {
    const found = constants.get(bits);
    if (found !== undefined) return found;
    const local = vector();
    constants.set(bits, local);
    words.set(local, bits);
    setup.push(...i32(bits), ...vectorOp(simd.i32Splat), ...set(local));
    return local;
  };
  const hoisted = new Map<string, number>();
  const hoist = (load: readonly number[]): number => {
    const found = hoisted.get(String(load));
    if (found !== undefined) return found;
    const local = vector();
    hoisted.set(String(load), local);
    setup.push(...load, ...set(local));
    return local;
  };
  const functions = new Map<string, Inlined>();
  const call = (name: string, args: readonly number[]): number[] => {
    const found = functions.get(name) ?? inlineFunction(code, name, locals, hoist);
    functions.set(name, found);
    return found(args);
  };

  const inputBases = form.inputs.map((_, i) => argument(i));
  const outputBases = form.outputs.map((_, i) => argument(form.inputs.length + i));
  const outerRank = form.rank - 1;
  let next = form.inputs.length + form.outputs.length;
  const inner = argument(next++);
  const pieces = argument(next++);
  const sizes = Array.from({ length: outerRank }, () => argument(next++));
  const strides = form.inputs.map((input) =>
    input === "row" || input === "repeated" ? Array.from({ length: outerRank }, () => argument(next++)) : [],
  );

  const registers = form.dtypes.map(() => vector());
  const context = { constant, known: (local: number) => words.get(local), call, local: vector };
  const packed: Partial<Record<DType, Packed>> = packedElements(context);
  /** Loads input i from the address on the stack, one element for all lanes or four; booleans become masks. */
  const loadInput = (i: number, offset: number | "splat"): number[] => {
    const dtype = form.dtypes[i] ?? "f32";
    const local = registers[i] ?? 0;
    const own = packed[dtype];
    if (own) return [...(offset === "splat" ? own.splat : own.load(offset)), ...own.unpack(local)];
    return [
      ...(offset === "splat" ? vectorMemory(simd.load32Splat, 0) : vectorMemory(simd.load, offset)),
      ...(dtype === "bool" ? vectorOp(simd.i32Negate) : []),
      ...set(local),
    ];
  };
  /** A byte offset among four-byte elements as one among elements of a dtype. */
  const narrowed = (dtype: DType): number[] => {
    const shift = 2 - Math.log2(elementBytes[dtype]);
    return shift === 0 ? [] : [...i32(shift), wasm.shiftRight];
  };
  const dtypeOf = (register: number): DType => form.dtypes[register] ?? "f32";
  form.inputs.forEach((input, i) => {
    if (input === "scalar") setup.push(...get(inputBases[i] ?? 0), ...loadInput(i, "splat"));
  });
  form.instructions.forEach((instruction, i) => {
    if (instruction.function !== "constant") return;
    const dtype = form.dtypes[form.inputs.length + i];
    const { value } = instruction;
    const isFloat = dtype === "f32" || dtype === "f16";
    const bits = isFloat ? floatBits(value) : dtype === "bool" ? (value !== 0 ? -1 : 0) : value | 0;
    const local = constant(dtype === "u32" ? value >>> 0 : bits);
    registers[form.inputs.length + i] = local;
  });

  /** Registers that an instruction reads. */
  const read = new Set(form.instructions.flatMap((instruction) => instruction.arguments));

  /** The program's instructions on the registers. */
  const compute = (): number[] =>
    form.instructions.flatMap((instruction, i) => {
      if (instruction.function === "constant") return [];
      const args = instruction.arguments.map((register) => registers[register] ?? 0);
      // A select is of the dtype of its choices; all others of their first argument.
      const dtype = form.dtypes[instruction.arguments[instruction.function === "select" ? 1 : 0] ?? 0] ?? "f32";
      // Packing rounds: what is only stored need not be rounded before.
      const isStored = instruction.function === "toF16" && !read.has(form.inputs.length + i);
      return [
        ...scalarCode(isStored ? "toF32" : instruction.function, args, wideDType(dtype), context),
        ...set(registers[form.inputs.length + i] ?? 0),
      ];
    });

  const unit = word();
  const piece = form.rank > 1 ? word() : unit;
  const coordinates = sizes.map(() => word());
  const row = outerRank === 1 ? (coordinates[0] ?? 0) : word();
  const [count, start, offset, stop] = [word(), word(), word(), word()];
  const inputPointers = form.inputs.map(() => word());
  const outputPointers = form.outputs.map(() => word());
  const inputAddresses = form.inputs.map(() => word());
  const outputAddresses = form.outputs.map(() => word());
  const streamed = (i: number): boolean => form.inputs[i] === "dense" || form.inputs[i] === "row";

  const addresses = (): number[] => [
    ...form.inputs.flatMap((_, i) =>
      streamed(i)
        ? [
            ...get(inputPointers[i] ?? 0),
            ...[...get(offset), ...narrowed(dtypeOf(i)), wasm.add],
            ...set(inputAddresses[i] ?? 0),
          ]
        : [],
    ),
    ...form.outputs.flatMap((register, i) => [
      ...get(outputPointers[i] ?? 0),
      ...[...get(offset), ...narrowed(dtypeOf(register)), wasm.add],
      ...set(outputAddresses[i] ?? 0),
    ]),
  ];
  const loads = (at: number): number[] =>
    form.inputs.flatMap((_, i) =>
      streamed(i) ? [...get(inputAddresses[i] ?? 0), ...loadInput(i, (at * elementBytes[dtypeOf(i)]) / 4)] : [],
    );
  /** Leaves a register on the stack as it lies in memory: packed elements in the low bytes. */
  const outputValue = (register: number): number[] =>
    packed[dtypeOf(register)]?.pack(registers[register] ?? 0) ?? [
      ...get(registers[register] ?? 0),
      ...(dtypeOf(register) === "bool" ? vectorOp(simd.i32Negate) : []),
    ];
  const stores = (at: number): number[] =>
    form.outputs.flatMap((register, i) => {
      const bytes = elementBytes[dtypeOf(register)];
      const store =
        bytes === 4
          ? vectorMemory(simd.store, at)
          : vectorLane(bytes === 2 ? simd.store64Lane : simd.store32Lane, (at * bytes) / 4, 0);
      return [...get(outputAddresses[i] ?? 0), ...outputValue(register), ...store];
    });
  const laneStores = (): number[] =>
    form.outputs.flatMap((register, i) => {
      const to = outputAddresses[i] ?? 0;
      const value = outputValue(register);
      const bytes = elementBytes[dtypeOf(register)];
      const one = simd.store8Lane + Math.log2(bytes);
      return [
        ...[...get(count), ...i32(2), wasm.and, wasm.if, wasm.empty],
        ...[...get(to), ...value, ...vectorLane(one + 1, 0, 0)],
        ...[...get(count), ...i32(1), wasm.and, wasm.if, wasm.empty],
        ...[...get(to), ...value, ...vectorLane(one, 2 * bytes, 2), wasm.end],
        ...[0x05, ...get(to), ...value, ...vectorLane(one, 0, 0), wasm.end],
      ];
    });
  /** Runs `vectors` vectors a turn while `offset` is below the largest multiple of them in `count`. */
  const vectorLoop = (vectors: number): number[] => {
    const body = Array.from({ length: vectors }, (_, k) => [...loads(16 * k), ...compute(), ...stores(16 * k)]).flat();
    return [
      ...[...get(count), ...i32(-4 * vectors), wasm.and, ...i32(2), wasm.shiftLeft, ...set(stop)],
      ...[...get(offset), ...get(stop), wasm.lessUnsigned, wasm.if, wasm.empty, wasm.loop, wasm.empty],
      ...addresses(),
      ...body,
      ...[...get(offset), ...i32(16 * vectors), wasm.add, ...tee(offset), ...get(stop), wasm.lessUnsigned],
      ...[wasm.brIf, 0, wasm.end, wasm.end],
    ];
  };
  /** Leaves on the stack where input i's row begins. */
  const rowStart = (i: number): number[] => [
    ...get(inputBases[i] ?? 0),
    ...(strides[i] ?? []).flatMap((stride, axis) => [
      ...get(coordinates[axis] ?? 0),
      ...get(stride),
      wasm.multiply,
      wasm.add,
    ]),
  ];
  const pointers = (): number[] => {
    const linear = stop;
    return [
      ...[...get(piece), ...i32(10), wasm.shiftLeft, ...set(start)],
      // count = min(1024, inner - start)
      ...[...i32(unitElements), ...get(inner), ...get(start), wasm.subtract, ...tee(count)],
      ...[...get(count), ...i32(unitElements), ...[0x4b], wasm.select, ...set(count)],
      ...(form.rank > 1 ? [...get(row), ...get(inner), wasm.multiply, ...get(start), wasm.add] : get(start)),
      ...[...i32(2), wasm.shiftLeft, ...set(linear)],
      ...form.inputs.flatMap((input, i) => {
        if (input === "scalar") return [];
        if (input === "repeated") return [...rowStart(i), ...loadInput(i, "splat")];
        const at =
          input === "dense"
            ? [...get(inputBases[i] ?? 0), ...get(linear), ...narrowed(dtypeOf(i)), wasm.add]
            : [...rowStart(i), ...get(start), ...i32(Math.log2(elementBytes[dtypeOf(i)])), wasm.shiftLeft, wasm.add];
        return [...at, ...set(inputPointers[i] ?? 0)];
      }),
      ...form.outputs.flatMap((register, i) => [
        ...get(outputBases[i] ?? 0),
        ...[...get(linear), ...narrowed(dtypeOf(register)), wasm.add],
        ...set(outputPointers[i] ?? 0),
      ]),
      ...[...i32(0), ...set(offset)],
    ];
  };
  /** The next unit: the next piece, then the next row, its coordinates carried from the last outer axis. */
  const carry = (axis: number): number[] =>
    axis < 0
      ? []
      : [
          ...[...get(coordinates[axis] ?? 0), ...i32(1), wasm.add, ...tee(coordinates[axis] ?? 0)],
          ...(axis === 0
            ? [0x1a]
            : [
                ...[...get(sizes[axis] ?? 0), wasm.equal, wasm.if, wasm.empty],
                ...[...i32(0), ...set(coordinates[axis] ?? 0)],
                ...[...carry(axis - 1), wasm.end],
              ]),
        ];
  const advance = (): number[] =>
    form.rank === 1
      ? []
      : [
          ...[...get(piece), ...i32(1), wasm.add, ...tee(piece), ...get(pieces), wasm.equal, wasm.if, wasm.empty],
          ...[...i32(0), ...set(piece)],
          ...(outerRank > 1 ? [...get(row), ...i32(1), wasm.add, ...set(row)] : []),
          ...[...carry(outerRank - 1), wasm.end],
        ];
  const locate = (): number[] => {
    if (form.rank === 1) return [];
    const rest = start;
    const code = [
      ...[...get(begin), ...get(pieces), wasm.divideUnsigned, ...tee(row), ...set(rest)],
      ...[...get(begin), ...get(row), ...get(pieces), wasm.multiply, wasm.subtract, ...set(piece)],
    ];
    for (let axis = outerRank - 1; axis > 0; axis--)
      code.push(
        ...[...get(rest), ...get(sizes[axis] ?? 0), wasm.remainderUnsigned, ...set(coordinates[axis] ?? 0)],
        ...[...get(rest), ...get(sizes[axis] ?? 0), wasm.divideUnsigned, ...set(rest)],
      );
    return outerRank > 1 ? [...code, ...get(rest), ...set(coordinates[0] ?? 0)] : code;
  };

  const unroll = unrollOf(form);
  const loops = [...(unroll > 1 ? vectorLoop(unroll) : []), ...vectorLoop(1)];
  const body = [
    ...[...get(begin), ...set(unit)],
    ...locate(),
    ...[...get(unit), ...get(end), wasm.lessUnsigned, wasm.if, wasm.empty, wasm.loop, wasm.empty],
    ...pointers(),
    ...loops,
    ...[...get(count), ...i32(3), wasm.and, wasm.if, wasm.empty],
    ...[...addresses(), ...loads(0), ...compute(), ...laneStores(), wasm.end],
    ...advance(),
    ...[...get(unit), ...i32(1), wasm.add, ...tee(unit), ...get(end), wasm.lessUnsigned],
    ...[wasm.brIf, 0, wasm.end, wasm.end],
  ];
  return encodeKernelModule(code.memoryLimits, locals, [...setup, ...body]);
};
