// The machine of this process: its identity in the data folder, the lock that keeps a second process from booking its
// time, and the booking of the time since it was last seen.
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { insertEntries, insertMachine, lockMachine, moveMark } from "../data/cost/store.ts";
import { connectionOptions, type DatabaseConnection } from "../data/database.ts";
import { isIdentifier, newIdentifier } from "../data/identifier.ts";
import type { Row } from "../data/schema.ts";
import { ensureDefaultPrices } from "../domain/cost/prices.ts";
import { DomainError } from "../domain/error.ts";
import { calibrate } from "./calibrate.ts";
import { createClock } from "./meter.ts";

const LOCK_PATIENCE = 3_000;

/** A second process would book the time of one machine. */
export class MachineInUse extends DomainError {
  readonly code = "MACHINE_IN_USE";
}

/** The machine as this process holds it. */
export type HeldMachine = {
  readonly machine: Row<"machine">;
  /** Whole microseconds since 1970, never behind the machine's mark. */
  readonly clock: () => number;
  /** Lets another process have the machine. */
  release(): Promise<void>;
};

/** The machine's id in its data folder, made at the first start. */
async function readMachineId(dataFolder: string): Promise<string> {
  const file = path.join(dataFolder, "machine");
  const read = async () => (await readFile(file, "utf8").catch(() => "")).trim();
  const found = await read();
  if (isIdentifier(found)) return found;
  await mkdir(dataFolder, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${newIdentifier()}\n`, { flush: true });
  if (found !== "") await rm(file);
  // A link is made whole or not at all, and of two processes one is first.
  await link(draft, file).catch(() => {});
  await rm(draft);
  return read();
}

async function holdLock(connection: DatabaseConnection, machineId: string): Promise<pg.Client> {
  const session = new pg.Client({ ...connectionOptions(connection.url), keepAlive: true });
  session.on("error", () => {});
  await session.connect();
  for (const end = Date.now() + LOCK_PATIENCE; ; await sleep(50)) {
    const { rows } = await session.query<{ taken: boolean }>(
      "select pg_try_advisory_lock(hashtextextended($1, 0)) as taken",
      [`machine/${machineId}`],
    );
    if (rows[0]?.taken === true) return session;
    if (Date.now() < end) continue;
    await session.end();
    throw new MachineInUse(
      `Another process works as machine ${machineId}: give each process on this database a data folder of its own.`,
    );
  }
}

/**
 * Takes hold of the machine of a data folder. The time since it was last booked is booked as DOWN: nobody knows what
 * the machine did then, and it costs nothing here.
 *
 * @throws MachineInUse when another process holds it
 */
export async function holdMachine(
  connection: DatabaseConnection,
  options: { tenantId: string; dataFolder: string; cores: number },
): Promise<HeldMachine> {
  const { tenantId, dataFolder, cores } = options;
  const id = await readMachineId(dataFolder);
  const session = await holdLock(connection, id);
  try {
    return await connection.database.transaction().execute(async (transaction) => {
      const found = await lockMachine(transaction, tenantId, id);
      const clock = createClock(found?.markMicrosecond);
      const now = clock();
      if (found === undefined) await ensureDefaultPrices(transaction, tenantId, { cores });
      const machine =
        found ??
        (await insertMachine(transaction, tenantId, {
          id,
          name: os.hostname(),
          cores,
          calibration: calibrate(cores),
          startedMicrosecond: now,
        }));
      const from = machine.markMicrosecond;
      if (now > from) {
        await insertEntries(transaction, [
          {
            id: newIdentifier(),
            tenantId,
            key: `${id}/${from}/down`,
            machineId: id,
            account: "down",
            contraAccount: `machine/${id}`,
            activity: "DOWN",
            jobId: null,
            projectId: null,
            quantityMicroseconds: now - from,
            fromMicrosecond: from,
            toMicrosecond: now,
            priceId: null,
            amount: "0",
            currency: "USD",
          },
        ]);
        await moveMark(transaction, tenantId, id, from, now);
      }
      return { machine: { ...machine, markMicrosecond: now }, clock, release: () => session.end() };
    });
  } catch (error) {
    await session.end();
    throw error;
  }
}
