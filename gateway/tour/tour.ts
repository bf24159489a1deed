// The tour: a gateway on an empty folder, and everything that it is for, done from outside through its GraphQL API.
import { appendFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { readConfiguration } from "../configuration/configuration.ts";
import type { Log } from "../http/log.ts";
import { startGateway } from "../index.ts";
import { sayCosts, sayQuality } from "./bills.ts";
import { createClient, succeed } from "./client.ts";
import { findDataFolder } from "./data-files.ts";
import { createProject, toTry } from "./documents.ts";
import { TourFailed, TourRefused } from "./errors.ts";
import { duration } from "./figures.ts";
import { tourFlights } from "./flights.ts";
import { createGuide, type Guide } from "./guide.ts";
import { tourPenguins } from "./penguins.ts";
import { createScreen, type Output, type Screen } from "./screen.ts";

const parts = { penguins: tourPenguins, flights: tourFlights } as const;

export type TourOptions = {
  /** An empty folder, or one that is not there yet. */
  readonly dataFolder: string;
  readonly output: Output;
  /** Ends the tour early; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Cores that kernels may use. Default: all. */
  readonly cores?: string | undefined;
  /** Which halves to walk. Default: both. */
  readonly only?: readonly (keyof typeof parts)[];
};

const checkEmpty = async (folder: string): Promise<void> => {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new TourRefused(`The tour wants a folder of its own, and ${folder} cannot be read as one: ${error.message}`);
  });
  if (found.length === 0) return;
  throw new TourRefused(
    `The tour wants a folder of its own, and ${folder} holds ${found.length} entries (${found.slice(0, 3).join(", ")}${found.length > 3 ? ", ..." : ""}): name an empty folder, or one that is not there yet, with --data.`,
  );
};

/** The gateway's log goes to a file: the screen is the tour's. */
const logTo = (file: string): Log => {
  let writing = Promise.resolve();
  return (entry) => {
    const line = JSON.stringify({ time: new Date().toISOString(), ...entry }, (_, value: unknown) =>
      value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value,
    );
    writing = writing.then(() => appendFile(file, `${line}\n`)).catch(() => {});
  };
};

/** A path as one would type it here. */
const shortest = (folder: string): string => {
  const relative = path.relative(process.cwd(), folder);
  return relative !== "" && relative.length < folder.length ? relative : folder;
};

const farewell = (screen: Screen, dataFolder: string, seconds: number): void => {
  const folder = shortest(dataFolder);
  const body = JSON.stringify({ query: toTry.document });
  screen.step("Look again");
  screen.done(`the tour took ${duration(seconds)}; all of it is in ${folder}`);
  screen.lines([
    "",
    `start the gateway on it     npm start -- --data ${folder}`,
    "the API, with GraphiQL      http://localhost:4000/graphql",
    "the models, in a page       http://localhost:4000/page/",
    "",
    "a query to try, once it is started:",
    "",
    `curl -s http://localhost:4000/graphql -H 'content-type: application/json' -d '${body}'`,
    "",
  ]);
};

const walk = async (guide: Guide, dataFiles: string, only: readonly (keyof typeof parts)[]): Promise<void> => {
  for (const part of only) await parts[part](guide, dataFiles);
  sayQuality(guide);
  await sayCosts(guide);
  // What the reader is told to try works: it has been tried.
  await guide.client.ask(toTry, {});
};

/**
 * Walks through the main job on real data and prints it.
 *
 * @throws TourRefused when the folder is not empty or the data is not installed, TourFailed when a promise is not kept,
 * the signal's reason when it aborts; the gateway is stopped first
 *
 * @example
 * await runTour({ dataFolder: "/tmp/tour", output: process.stdout, signal: new AbortController().signal });
 */
export const runTour = async ({ dataFolder, output, signal, cores, only }: TourOptions): Promise<void> => {
  const start = performance.now();
  const dataFiles = findDataFolder();
  await checkEmpty(dataFolder);
  const screen = createScreen(output);
  const own = ["--data", dataFolder, "--host", "127.0.0.1", "--port", "0", "--import-from", dataFiles];
  // Of its own folder and database alone: what the environment says of another gateway does not count here.
  const configuration = readConfiguration([...own, ...(cores === undefined ? [] : ["--cores", cores])], {});
  screen.step("A gateway on an empty folder");
  screen.say("Millrace: data in, a model out, and a bill that adds up. All that follows goes through the GraphQL API.");
  await mkdir(path.join(dataFolder, "logs"), { recursive: true });
  const gateway = await startGateway(configuration, { log: logTo(path.join(dataFolder, "logs", "gateway.log")) });
  try {
    const { url } = gateway;
    if (url === undefined) throw new TourFailed("The gateway does not listen.");
    screen.done(`Postgres, a worker and ${url}/graphql are up in ${duration((performance.now() - start) / 1000)}`);
    const lost = new AbortController();
    gateway.lost.then((reason) => lost.abort(reason));
    const client = createClient(url, AbortSignal.any([signal, lost.signal]));
    signal.throwIfAborted();
    const { project } = succeed((await client.ask(createProject, { input: { name: "tour" } })).createProject);
    const guide = createGuide(client, screen, project.id);
    await walk(guide, dataFiles, only ?? ["penguins", "flights"]);
  } finally {
    await gateway.close();
  }
  farewell(screen, dataFolder, (performance.now() - start) / 1000);
};
