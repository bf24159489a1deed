// What can go wrong with the database the gateway runs itself, each with what would help.
import { DomainError } from "../domain/error.ts";

/** There is no prebuilt Postgres for this machine, or it cannot be run as it lies. */
export class PostgresUnavailable extends DomainError {
  readonly code = "POSTGRES_UNAVAILABLE";
}

/** Postgres was started and ended, or did not answer in time. The message has the end of its log. */
export class PostgresStartFailed extends DomainError {
  readonly code = "POSTGRES_START_FAILED";
}

/** Another gateway holds this data folder. */
export class DataFolderInUse extends DomainError {
  readonly code = "DATA_FOLDER_IN_USE";

  constructor(dataFolder: string, holder: string) {
    super(
      `The data folder ${dataFolder} is in use by ${holder}: stop that gateway first, or choose another folder with --data.`,
    );
  }
}
