// Everything that work needs, opened in order on a database and a data folder, and closed in the opposite order.
import path from "node:path";
import type { DatabaseConnection } from "../data/database.ts";
import { LOCAL_TENANT } from "../data/identifier.ts";
import { openNotifications } from "../data/notifications.ts";
import type { Log } from "../http/log.ts";
import { openStore } from "../store/open.ts";
import type { Workplace } from "./engine.ts";
import { holdMachine } from "./machine.ts";
import { startMeter } from "./meter.ts";
import { openQueue } from "./queue.ts";

/** A workplace and its closing, which books the machine's time to the end. */
export type OpenWorkplace = { readonly workplace: Workplace; close(): Promise<void> };

/**
 * Opens the workplace of this process: object store, notifications, machine with its meter, queue.
 *
 * @param connection to a database that is migrated
 * @throws MachineInUse when another process works with the same data folder
 */
export async function openWorkplace(
  connection: DatabaseConnection,
  options: { dataFolder: string; objects?: string; cores: number; log: Log },
): Promise<OpenWorkplace> {
  const { dataFolder, cores, log } = options;
  const { database } = connection;
  await using stack = new AsyncDisposableStack();
  const store = await openStore(
    options.objects ?? path.join(dataFolder, "objects"),
    path.join(dataFolder, "temporary"),
  );
  const notifications = await openNotifications(connection);
  stack.defer(() => notifications.close());
  const held = await holdMachine(connection, { tenantId: LOCAL_TENANT, dataFolder, cores });
  stack.defer(() => held.release());
  const meter = startMeter(database, held.machine, held.clock, (error) =>
    log({ level: "error", event: "machine time not booked", error }),
  );
  stack.defer(() => meter.close());
  const queue = await openQueue(connection.url, (error) => log({ level: "error", event: "queue failed", error }));
  stack.defer(() => queue.close());
  const opened = stack.move();
  return {
    workplace: { database, store, queue, meter, notifications, log },
    close: () => opened.disposeAsync(),
  };
}
