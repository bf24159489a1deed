// A plan is one program in memory, launches of four words [function, block, units, grain], walked here so that a step costs
// one call from JavaScript. In threads builds launches are split over a pool that forks and joins inside WASM.
import { word } from "./vector.wasm";

/** First byte that is free: behind the static data. */
export function heapBase(): usize {
  return __heap_base;
}

// Memory of this instance's own: packed panels and tables of a kernel, written and read by one launch.
let arena: usize = 0;

/** Gives this instance its arena; every thread has one. */
export function setArena(at: usize): void {
  arena = at;
}

// @ts-ignore: decorator
@inline
export function threadArena(): usize {
  return arena;
}

// The pool's shared words, at `control`; ticket and the counters lie a cache line apart.
const GENERATION: usize = 0; // counts forks; workers watch and wait on it
const SLEEPERS: usize = 4; // workers that wait in the kernel of the system
const STOP: usize = 8; // not 0: workers leave
const FAILED: usize = 12; // not 0: a worker trapped
const THREADS: usize = 16; // threads that share a launch, this one included
const MAY_WAIT: usize = 20; // 0 on a page's main thread, which must spin
const MODULES: usize = 24; // modules published so far; each worker loads them in order before it works
const MAIN_WAITS: usize = 28;
const TICKET: usize = 64; // i64: generation in the upper half, chunks not yet taken in the lower
const PENDING: usize = 128; // chunks not yet finished
const LAUNCH: usize = 192; // function, block, units, chunk: of the fork under way

/** How often an idle thread looks before it waits in the system: about 80 us, the time that waking it would take. */
const SPINS: u32 = 1 << 18;
/** Nanoseconds after which a join gives back to JavaScript, so that it can look whether a worker died. */
const STALL: i64 = 1000000000;

let control: usize = 0;
let loaded: u32 = 0;

/** Joins this instance to a pool (or, with threads 1 in it, to none). */
export function setControl(at: usize): void {
  control = at;
}

/** Told to a worker's JavaScript: instantiate published module `index` and put it into the table. */
// @ts-ignore: decorator
@external("env", "loadModule")
declare function loadModule(index: u32): void;

/** Takes chunks of the fork of `generation` until none is left; the launch's words are stable while a chunk is held. */
// @ts-ignore: decorator
@inline
function takeChunks(generation: u32): void {
  while (true) {
    const ticket = atomic.load<i64>(control + TICKET);
    if (<u32>(ticket >>> 32) != generation) return;
    const left = <u32>ticket;
    if (left == 0) return;
    const f = load<u32>(control + LAUNCH);
    const block = <usize>load<u32>(control + LAUNCH, 4);
    const units = load<u32>(control + LAUNCH, 8);
    const chunk = load<u32>(control + LAUNCH, 12);
    if (atomic.cmpxchg<i64>(control + TICKET, ticket, ticket - 1) != ticket) continue;
    const begin = (left - 1) * chunk;
    const end = begin + chunk;
    call_indirect<void>(f, block, begin, end < units ? end : units);
    if (atomic.sub<u32>(control + PENDING, 1) == 1) {
      if (atomic.load<u32>(control + MAIN_WAITS)) atomic.notify(control + PENDING, 1);
    }
  }
}

/** Waits for the chunks that others hold. False: it took longer than STALL; call again. */
function join(): bool {
  for (let i: u32 = 0; i < SPINS; i++) {
    if (atomic.load<u32>(control + PENDING) == 0) return true;
  }
  if (load<u32>(control + MAY_WAIT)) {
    let done = true;
    atomic.store<u32>(control + MAIN_WAITS, 1);
    while (true) {
      const pending = atomic.load<u32>(control + PENDING);
      if (pending == 0) break;
      if (atomic.wait<i32>(control + PENDING, pending, STALL) == 2 || atomic.load<u32>(control + FAILED)) {
        done = false;
        break;
      }
    }
    atomic.store<u32>(control + MAIN_WAITS, 0);
    return done;
  }
  for (let i: u32 = 0; i < 400000000; i++) {
    if (atomic.load<u32>(control + PENDING) == 0) return true;
    if (atomic.load<u32>(control + FAILED)) return false;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function fork(f: u32, block: usize, units: u32, grain: u32, threads: u32): bool {
  // Chunks of at least the grain, and at most four a thread, so that a late thread costs a quarter of its share.
  let chunk = (units + threads * 4 - 1) / (threads * 4);
  if (chunk < grain) chunk = grain;
  const chunks = (units + chunk - 1) / chunk;
  store<u32>(control + LAUNCH, f);
  store<u32>(control + LAUNCH, <u32>block, 4);
  store<u32>(control + LAUNCH, units, 8);
  store<u32>(control + LAUNCH, chunk, 12);
  atomic.store<u32>(control + PENDING, chunks);
  const generation = atomic.load<u32>(control + GENERATION) + 1;
  atomic.store<i64>(control + TICKET, ((<i64>generation) << 32) | <i64>chunks);
  atomic.store<u32>(control + GENERATION, generation);
  if (atomic.load<u32>(control + SLEEPERS)) atomic.notify(control + GENERATION, <i32>(chunks - 1));
  takeChunks(generation);
  return join();
}

/**
 * Runs launches [first, count) of a program. Gives `count` when all are done, or, when a join stalled, the index of that
 * launch with the top bit set: JavaScript looks after its workers and calls `resume`.
 */
export function run(program: usize, first: u32, count: u32): u32 {
  let threads: u32 = 1;
  if (ASC_FEATURE_THREADS) threads = load<u32>(control + THREADS);
  for (let i = first; i < count; i++) {
    const launch = program + ((<usize>i) << 4);
    const f = load<u32>(launch);
    const block = <usize>load<u32>(launch, 4);
    const units = load<u32>(launch, 8);
    if (ASC_FEATURE_THREADS) {
      const grain = load<u32>(launch, 12);
      if (threads > 1 && units > grain) {
        if (!fork(f, block, units, grain, threads)) return i | 0x80000000;
        continue;
      }
    }
    call_indirect<void>(f, block, <u32>0, units);
  }
  return count;
}

/** Goes on after a stalled join of launch `at`; answers as `run` does. */
export function resume(program: usize, at: u32, count: u32): u32 {
  if (ASC_FEATURE_THREADS) {
    if (!join()) return at | 0x80000000;
  }
  return run(program, at + 1, count);
}

/** A worker's life: watch for a fork, spin a while, then wait in the system; leaves when STOP is set. */
export function workerLoop(): void {
  if (ASC_FEATURE_THREADS) {
    // A fork that began before this thread came is as good as any.
    let seen: u32 = 0;
    while (!atomic.load<u32>(control + STOP)) {
      let generation = atomic.load<u32>(control + GENERATION);
      for (let i: u32 = 0; i < SPINS && generation == seen; i++) {
        generation = atomic.load<u32>(control + GENERATION);
      }
      if (generation == seen) {
        atomic.add<u32>(control + SLEEPERS, 1);
        atomic.wait<i32>(control + GENERATION, seen, -1);
        atomic.sub<u32>(control + SLEEPERS, 1);
        continue;
      }
      seen = generation;
      const modules = atomic.load<u32>(control + MODULES);
      while (loaded < modules) loadModule(loaded++);
      takeChunks(generation);
    }
  }
}
