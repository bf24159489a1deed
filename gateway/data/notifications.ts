// One LISTEN session for the process. A notification is a hint that something may be there, never the thing itself:
// whoever waits for one also looks from time to time, so a lost session costs a moment and no event.
import pg from "pg";
import { connectionOptions, type DatabaseConnection } from "./database.ts";

/** Called with the payload of a notification, and with undefined when some may have been missed. */
export type NotificationHandler = (payload: string | undefined) => void;

/** The notifications of the database. */
export type Notifications = {
  /** Calls the handler at each notification of a channel until the returned function is called. */
  subscribe(channel: NotificationChannel, handler: NotificationHandler): () => void;
  close(): Promise<void>;
};

/** The channels that the gateway notifies on. */
export const CHANNELS = ["millrace_outbox", "millrace_job"] as const;
/** A channel of the gateway. */
export type NotificationChannel = (typeof CHANNELS)[number];

const RECONNECT_MILLISECONDS = 500;

/** Opens the session; one that breaks is opened again and every handler is told that it may have missed something. */
export async function openNotifications(connection: DatabaseConnection): Promise<Notifications> {
  const handlers = new Map<NotificationChannel, Set<NotificationHandler>>(CHANNELS.map((name) => [name, new Set()]));
  let client: pg.Client | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const tellAll = (): void => {
    for (const set of handlers.values()) for (const handler of set) handler(undefined);
  };

  async function open(): Promise<void> {
    const session = new pg.Client({ ...connectionOptions(connection.url), keepAlive: true });
    session.on("error", () => {});
    session.once("end", () => {
      if (closed || client !== session) return;
      client = undefined;
      reopen();
    });
    session.on("notification", ({ channel, payload }) => {
      for (const [name, set] of handlers) {
        if (name === channel) for (const handler of set) handler(payload ?? "");
      }
    });
    await session.connect();
    for (const channel of CHANNELS) await session.query(`listen ${channel}`);
    client = session;
  }

  function reopen(): void {
    timer = setTimeout(() => {
      open().then(tellAll, () => {
        if (!closed) reopen();
      });
    }, RECONNECT_MILLISECONDS);
  }

  await open();
  return {
    subscribe(channel, handler) {
      const set = handlers.get(channel);
      set?.add(handler);
      return () => set?.delete(handler);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
