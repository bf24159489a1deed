// Why a tour ends early. Each is one sentence for the terminal, with what would do.
import { DomainError, type InputPath } from "../domain/error.ts";

/** A tour that cannot begin here. */
export class TourRefused extends DomainError {
  readonly code = "TOUR_REFUSED";
}

/** A figure that is not what the tour promises: a model too weak, a ledger that does not add up, a job that failed. */
export class TourFailed extends DomainError {
  readonly code = "TOUR_FAILED";
}

/** Somebody asked the tour to stop. */
export class TourStopped extends DomainError {
  readonly code = "TOUR_STOPPED";

  constructor() {
    super("Stopped on request.");
  }
}

/** What an API says when it refuses: a typed error of a payload, or a GraphQL error. */
export type Refusal = {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
};

/** The gateway refused a request. The code and the path are the gateway's own. */
export class RequestRefused extends DomainError {
  readonly code: string;
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    const path: InputPath = refusal.path;
    const where = path.length === 0 ? "" : ` (at ${path.join(".")})`;
    super(`${refusal.__typename}: ${refusal.message}${where}`, path);
    this.code = refusal.code;
    this.refusal = refusal;
  }
}
