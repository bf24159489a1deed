// Where big things lie: bytes under the SHA-256 of their content. One small interface, so that a folder today and an
// S3-compatible store tomorrow look the same from above.
import { DomainError } from "../domain/error.ts";

/** The lower-case hexadecimal SHA-256 of an object: 64 characters. */
export type ObjectHash = string;

/** What `put` takes: all bytes at once, or a stream of pieces (a Node readable, an async generator). */
export type ObjectSource = Uint8Array | AsyncIterable<Uint8Array>;

/** A stored object. */
export type StoredObject = { readonly hash: ObjectHash; readonly byteCount: number };

/** A content-addressed store. What `put` has answered is on disk and stays readable until it is deleted. */
export type ObjectStore = {
  /**
   * Stores bytes and returns their hash and size; the same bytes again are stored once. When the stream fails or the
   * signal aborts, nothing is left behind.
   */
  put(source: ObjectSource, signal?: AbortSignal): Promise<StoredObject>;
  /** All bytes of an object. @throws ObjectMissing */
  read(hash: ObjectHash): Promise<Uint8Array>;
  /** An object's bytes as a stream of pieces, `[start, end)` of them when given. @throws ObjectMissing */
  stream(hash: ObjectHash, range?: { start?: number; end?: number }): AsyncIterable<Uint8Array>;
  /**
   * A local file with the object's bytes, for readers that want a path (DuckDB). Treat it as read-only. A remote store
   * downloads it first. @throws ObjectMissing
   */
  path(hash: ObjectHash): Promise<string>;
  /** The size in bytes, or undefined when there is no such object. */
  size(hash: ObjectHash): Promise<number | undefined>;
  /** Whether the object is there. */
  has(hash: ObjectHash): Promise<boolean>;
  /** Removes an object; one that is not there is no error. */
  delete(hash: ObjectHash): Promise<void>;
  /**
   * Removes an object unless it was put, for the first time or again, at that time or later; tells whether it did. An
   * object that is put while this runs stays.
   */
  deleteIfOlder(hash: ObjectHash, putBefore: Date): Promise<boolean>;
  /** Every object, in the order of hashes. */
  list(): AsyncIterable<StoredObject>;
};

/** There is no object of this hash: it was deleted, or the store is not the one that the database speaks of. */
export class ObjectMissing extends DomainError {
  readonly code = "OBJECT_MISSING";

  constructor(hash: ObjectHash) {
    super(`The object store holds no object ${hash}: was the store's folder moved apart from its database?`);
  }
}

/** The bytes under a hash are others: the store was written to by somebody else, or its disk is failing. */
export class ObjectSpoilt extends DomainError {
  readonly code = "OBJECT_SPOILT";

  constructor(hash: string, found: string) {
    super(`The object ${hash} of the store has bytes that hash to ${found}: restore it from a backup.`);
  }
}
