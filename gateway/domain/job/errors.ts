// What can go wrong with a job as such, whatever its kind.
import { DomainError, type InputPath } from "../error.ts";

/** The job is over: there is nothing left to cancel. */
export class JobOver extends DomainError {
  readonly code = "JOB_OVER";

  constructor(jobId: string, state: string, path: InputPath = ["input", "jobId"]) {
    super(`The job ${jobId} is ${state} already and cannot be cancelled.`, path);
  }
}

/** The job does not wait any more: its priority would change nothing. */
export class JobStarted extends DomainError {
  readonly code = "JOB_STARTED";

  constructor(jobId: string, state: string, path: InputPath = ["input", "jobId"]) {
    super(`The job ${jobId} is ${state} already: a priority is for jobs that wait.`, path);
  }
}

/** The idempotency key was used for another job. */
export class IdempotencyKeyReused extends DomainError {
  readonly code = "IDEMPOTENCY_KEY_REUSED";

  constructor(key: string) {
    super(`The idempotency key "${key}" was used for a job with another input: use a new key for new work.`, [
      "input",
      "idempotencyKey",
    ]);
  }
}

/** The job failed in a way that nobody foresaw; the reason is in the gateway's log. */
export class JobCrashed extends DomainError {
  readonly code = "JOB_CRASHED";

  constructor(jobId: string, crashes: number) {
    super(`The job failed ${crashes} times without telling why: the gateway's log has it under ${jobId}.`);
  }
}
