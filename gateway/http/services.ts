// What the door needs from the rooms behind it: handed in by whoever starts the server.
import type { Database } from "../data/database.ts";
import type { EventFeed } from "../data/outbox/feed.ts";
import type { Predictor } from "../domain/model/prediction.ts";
import type { JobEngine } from "../job/engine.ts";
import type { MachineMeter } from "../job/meter.ts";
import type { ObjectStore } from "../store/store.ts";
import type { UploadHandler } from "./uploads.ts";

/** Whether work can be done now, and if not, which part is at fault. */
export type Readiness = {
  ready: boolean;
  database: { ready: boolean; message: string };
  worker: { ready: boolean; message: string };
};

export type Services = {
  readonly database: Database;
  readonly store: ObjectStore;
  /** Takes jobs in, cancels and estimates them. */
  readonly jobs: Pick<JobEngine, "submit" | "cancel" | "prioritise" | "estimate">;
  /** The outbox, for subscriptions. */
  readonly feed: EventFeed;
  /** This process's machine and the booking of its time. */
  readonly meter: Pick<MachineMeter, "machine" | "flush" | "beginServe">;
  /** Answers PUT and HEAD below /uploads/. */
  readonly uploads: UploadHandler;
  /** Runs bundles for rows that come with a request. */
  readonly predictor: Predictor;
  /** Asked by GET /ready: looks, and does not remember. */
  readonly readiness: () => Promise<Readiness>;
};
