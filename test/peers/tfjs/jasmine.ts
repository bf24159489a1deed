// The few words of jasmine that tfjs-core's tests are written in, recorded as cases instead of run at once.
import { expect } from "vitest";

export interface Case {
  /** Descriptions and name, joined by " > ". */
  readonly name: string;
  /** Hooks and the case itself. Rejects when it fails. */
  readonly run: () => Promise<void>;
}

type Body = (done: Done) => unknown;
type Done = (() => void) & { fail: (reason?: unknown) => void };

const patience = 20_000;

/** Runs a function that ends by returning, by a promise, or, when it takes an argument, by calling it. */
const settle = (body: Body): Promise<unknown> => {
  const running =
    body.length === 0
      ? (async () => (body as () => unknown)())()
      : new Promise((resolve, reject) => {
          const done: Done = Object.assign(() => resolve(undefined), {
            fail: (reason?: unknown) => reject(reason ?? new Error("done.fail was called")),
          });
          body(done);
        });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not settled after ${patience} ms`)), patience);
  });
  return Promise.race([running, late]).finally(() => clearTimeout(timer));
};

/** vitest's matchers under jasmine's spelling; expect() with nothing says that a case need not expect more. */
const jasmineExpect = (...actual: readonly unknown[]): unknown =>
  actual.length === 0 ? { nothing: () => undefined } : expect(actual[0]);

/** The cases that `describe` gives when its module is loaded. Jasmine's globals stand only while it runs. */
export const recordCases = (load: () => unknown): Case[] => {
  const cases: Case[] = [];
  const path: { name: string; before: Body[]; after: Body[] }[] = [];
  const innermost = () => path[path.length - 1];
  const globals = {
    describe: (name: string, body: () => void) => {
      path.push({ name, before: [], after: [] });
      body();
      path.pop();
    },
    it: (name: string, body: Body) => {
      const suites = [...path];
      cases.push({
        name: [...suites.map((suite) => suite.name), name].join(" > "),
        run: async () => {
          try {
            for (const hook of suites.flatMap((suite) => suite.before)) await settle(hook);
            await settle(body);
          } finally {
            for (const hook of suites.flatMap((suite) => suite.after)) await settle(hook);
          }
        },
      });
    },
    beforeEach: (hook: Body) => innermost()?.before.push(hook),
    afterEach: (hook: Body) => innermost()?.after.push(hook),
    beforeAll: (hook: Body) => innermost()?.before.push(hook),
    afterAll: (hook: Body) => innermost()?.after.push(hook),
  };
  Object.assign(globalThis, globals, {
    expect: jasmineExpect,
    jasmine: {},
    fail: (reason?: unknown) => {
      throw new Error(`fail: ${String(reason)}`);
    },
  });
  load();
  return cases;
};
