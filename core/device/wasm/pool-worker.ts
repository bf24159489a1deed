// A thread of the pool as the device sees it, the same in Node and in a page.

export interface PoolWorker {
  /** Settles when the worker has joined the pool; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** Settles when the worker has ended, whatever the reason; never rejects. */
  readonly lost: Promise<Error>;
  /** Ends it at once. */
  readonly end: () => void;
}
