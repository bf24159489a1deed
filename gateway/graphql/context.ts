// What every resolver is given. The tenant comes from here and from nowhere else, so that the day tokens arrive one
// place changes.
import type { Services } from "../http/services.ts";

export type Context = {
  /** Whose rows are seen. One tenant until there are tokens. */
  readonly tenantId: string;
  /** Told to the client and written to the log with every masked failure. */
  readonly requestId: string;
  /** Aborts when the client leaves or the server closes. Subscriptions race it; long reads pass it on. */
  readonly signal: AbortSignal;
  readonly services: Services;
};
