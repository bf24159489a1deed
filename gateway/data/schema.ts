// The tables as TypeScript sees them (camelCase; SQL has snake_case). The truth is data/migrations; the types here
// follow it. Big values are files in the object store: rows hold their SHA-256 names.
import type { ColumnType, Generated, Insertable, JSONColumnType, Selectable, Updateable } from "kysely";
import type { JsonArray, JsonObject } from "./json.ts";

type Created = ColumnType<Date, Date | undefined, never>;
type Json<T extends object> = JSONColumnType<T, string, string>;
type NullableJson<T extends object> = ColumnType<T | null, string | null | undefined, string | null>;
type Immutable<T> = ColumnType<T, T, never>;
/** bigint: read as a number (the pool refuses one beyond 2^53), written as a number or a bigint. */
type Big = ColumnType<number, number | bigint, number | bigint>;
type GeneratedBig = ColumnType<number, number | undefined, number>;
/** numeric: exact decimal text, never a float. */
type Decimal = ColumnType<string, string | number, string | number>;

/** One tenant's named place for datasets, pipelines, models and jobs. */
export type ProjectTable = { id: string; tenantId: string; name: string; createdAt: Created };

/** A named dataset: its content is in its versions. */
export type DatasetTable = { id: string; tenantId: string; projectId: string; name: string; createdAt: Created };

/** The type of a dataset column. */
export type ColumnTypeName = "INTEGER" | "FLOAT" | "BOOLEAN" | "TEXT" | "TIMESTAMP";
/** One column of a dataset version. */
export type ColumnSchema = { name: string; type: ColumnTypeName; nullable: boolean; missingCount: number };
/** One Parquet file of a dataset version or prediction set, in row order. */
export type DataFile = { hash: string; rowCount: number; byteCount: number };
/** A dataset version that another was derived from. */
export type DatasetParent = { datasetVersionId: string; role?: string };

/** A value in a profile; a time is milliseconds since 1970 UTC. */
export type ProfileValue = number | string | boolean | null;
/** What the values of a column are like; see data/dataset/profile.ts for how each is taken. */
export type ColumnProfile = {
  name: string;
  distinctCount: number;
  /** Whether distinctCount and quantiles are of all rows. */
  exact: boolean;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  standardDeviation: number | null;
  quantiles: { fraction: number; value: number }[];
  histogram: { from: number; to: number; count: number }[];
  topValues: { value: ProfileValue; count: number }[];
};

/** A name by which somebody keeps a dataset version from being collected. */
export type DatasetPinTable = {
  id: string;
  tenantId: string;
  datasetVersionId: string;
  name: string;
  createdAt: Created;
};

/** An immutable version of a dataset. contentHash is over schema and values, whatever the file format was. */
export type DatasetVersionTable = {
  id: string;
  tenantId: string;
  datasetId: string;
  number: number;
  contentHash: string;
  rowCount: Big;
  byteCount: Big;
  schema: Json<ColumnSchema[]>;
  files: Json<DataFile[]>;
  parents: Json<DatasetParent[]>;
  /** The rows of the import that are not in the version; null when none was set aside. */
  quarantine: NullableJson<DataFile>;
  /** A profile a column, in the schema's order; null for a version that is older than profiles. */
  profile: NullableJson<ColumnProfile[]>;
  /** SHA-256 of what a derived version was made from and how; null for others. */
  madeFrom: string | null;
  /** When a collection took its rows away; null while they are there. */
  collectedAt: Date | null;
  jobId: string | null;
  createdAt: Created;
};

/** A ticket to upload one file in ranges. */
export type UploadTable = {
  id: string;
  tenantId: string;
  fileName: string;
  byteCount: Big;
  sha256: string | null;
  receivedBytes: Big;
  state: "OPEN" | "COMPLETE" | "CONSUMED" | "EXPIRED";
  createdAt: Created;
  expiresAt: Date;
};

/** A named pipeline: features, label, estimator and split are in its versions. */
export type PipelineTable = { id: string; tenantId: string; projectId: string; name: string; createdAt: Created };
/** An immutable version of a pipeline. */
export type PipelineVersionTable = {
  id: string;
  tenantId: string;
  pipelineId: string;
  number: number;
  specification: Json<JsonObject>;
  hash: string;
  createdAt: Created;
};

/** What kind of work a job does. */
export type JobKind = "IMPORT" | "DERIVE" | "TRAIN" | "PREDICT" | "COLLECT";
/** Where a job stands. The last three are final. */
export type JobState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
/** Why a job failed: `code` is stable, `path` leads to the input at fault. */
export type JobError = { code: string; message: string; path: string[] };
/** What a job was thought to take before it ran: see domain/cost/estimate.ts. */
export type JobEstimate = {
  flops: number;
  bytes: number;
  storedBytes: number;
  /** Seconds by the machine's rates alone, before the correction by past jobs. */
  rawSeconds: number;
  seconds: number;
  lowSeconds: number;
  highSeconds: number;
  amount: string;
  currency: string;
  basis: "SEED" | "MEASURED";
};

/** One piece of work. `lease` fences it: only the attempt that holds it may write. */
export type JobTable = {
  id: string;
  tenantId: string;
  projectId: string;
  kind: JobKind;
  state: JobState;
  input: Json<JsonObject>;
  output: NullableJson<JsonObject>;
  progress: Generated<number>;
  progressMessage: Generated<string>;
  error: NullableJson<JobError>;
  attempt: Generated<number>;
  /** Attempts that ended without an answer: a worker killed, or an unexpected error. */
  crashes: Generated<number>;
  lease: string | null;
  machineId: string | null;
  cancelRequested: Generated<boolean>;
  /** -100 to 100; of jobs that wait, the greatest goes first. */
  priority: Generated<number>;
  estimate: NullableJson<JobEstimate>;
  idempotencyKey: string | null;
  createdAt: Created;
  startedAt: Date | null;
  endedAt: Date | null;
};

/** A job that is made at the times of a cron expression. */
export type ScheduleTable = {
  id: string;
  tenantId: string;
  projectId: string;
  name: string;
  cron: string;
  timeZone: string;
  kind: JobKind;
  input: Json<JsonObject>;
  priority: number;
  nextAt: Date;
  lastJobId: string | null;
  lastError: NullableJson<JobError>;
  createdAt: Created;
};

/** A curve of a job, with its latest point beside its name. */
export type MetricSeriesTable = {
  id: string;
  tenantId: string;
  jobId: string;
  name: string;
  pointCount: GeneratedBig;
  lastStep: number | null;
  lastValue: number | null;
};
/** A run of points: int32 steps and float64 values, little endian. */
export type MetricChunkTable = {
  seriesId: string;
  firstStep: number;
  lastStep: number;
  pointCount: number;
  steps: Buffer;
  values: Buffer;
  recordedAt: Created;
};

/** The one place a job goes on from after a crash. */
export type CheckpointTable = {
  jobId: string;
  tenantId: string;
  position: Json<JsonObject>;
  blobHash: string | null;
  createdAt: ColumnType<Date, Date | undefined, Date>;
};

/** A named model: what was trained is in its versions. */
export type ModelTable = { id: string; tenantId: string; projectId: string; name: string; createdAt: Created };
/** An immutable trained model: one bundle file. */
export type ModelVersionTable = {
  id: string;
  tenantId: string;
  modelId: string;
  number: number;
  bundleHash: string;
  signature: Json<JsonObject>;
  metrics: Json<JsonObject>;
  datasetVersionId: string;
  split: Json<JsonObject>;
  pipelineVersionId: string;
  jobId: string;
  createdAt: Created;
};

/** What a model version said of a dataset version. */
export type PredictionSetTable = {
  id: string;
  tenantId: string;
  projectId: string;
  modelVersionId: string;
  datasetVersionId: string;
  jobId: string;
  rowCount: Big;
  files: Json<DataFile[]>;
  metrics: NullableJson<JsonObject>;
  createdAt: Created;
};

/** A machine whose time is accounted for. Its timeline starts at startedMicrosecond and is booked to markMicrosecond. */
export type MachineTable = {
  id: string;
  tenantId: string;
  name: string;
  cores: number;
  calibration: Json<JsonObject>;
  startedMicrosecond: Immutable<number>;
  markMicrosecond: Big;
  createdAt: Created;
};

/** What a price is for: a second of a whole machine, or a byte kept for a month. */
export type PricedResource = "MACHINE_SECOND" | "STORED_BYTE_MONTH";
/** A line of the price book, in force from validFrom until the next line of its resource and device. */
export type PriceTable = {
  id: string;
  tenantId: string;
  resource: PricedResource;
  device: string;
  unitPrice: Decimal;
  currency: string;
  source: string;
  validFrom: Date;
  createdAt: Created;
};

/** What a machine did with a stretch of its time. */
export type MachineActivity = "JOB" | "SERVE" | "IDLE" | "DOWN";
/** A line of the double-entry ledger: the quantity is debited to account and credited to contraAccount. Append-only. */
export type LedgerEntryTable = {
  id: Immutable<string>;
  tenantId: Immutable<string>;
  key: Immutable<string>;
  machineId: Immutable<string>;
  account: Immutable<string>;
  contraAccount: Immutable<string>;
  activity: Immutable<MachineActivity>;
  jobId: Immutable<string | null>;
  projectId: Immutable<string | null>;
  quantityMicroseconds: ColumnType<number, number, never>;
  fromMicrosecond: ColumnType<number, number, never>;
  toMicrosecond: ColumnType<number, number, never>;
  priceId: Immutable<string | null>;
  amount: ColumnType<string, string, never>;
  currency: Immutable<string>;
  createdAt: Created;
};

/** What a job's attempt used, added up by kernel and device. */
export type JobUsageTable = {
  jobId: string;
  tenantId: string;
  attempt: number;
  kernel: string;
  device: string;
  calls: Big;
  flops: number;
  bytes: number;
  seconds: number;
};

/** A file that a job wrote to the object store: what its storage is billed by. */
export type JobStorageTable = {
  jobId: string;
  tenantId: string;
  hash: string;
  byteCount: Big;
  createdAt: Created;
};

/** A job's estimate beside what it took. */
export type EstimateOutcomeTable = {
  jobId: string;
  tenantId: string;
  machineId: string;
  kind: JobKind;
  rawSeconds: number;
  estimatedSeconds: number;
  actualSeconds: number;
  createdAt: Created;
};

/** Events in the order of their commit. The truth that subscriptions read; NOTIFY only wakes them. */
export type OutboxTable = {
  position: GeneratedBig;
  tenantId: string;
  topic: string;
  payload: Json<JsonObject>;
  createdAt: Created;
};

/** Every table of the gateway by name. */
export type Tables = {
  project: ProjectTable;
  dataset: DatasetTable;
  datasetVersion: DatasetVersionTable;
  datasetPin: DatasetPinTable;
  upload: UploadTable;
  pipeline: PipelineTable;
  pipelineVersion: PipelineVersionTable;
  job: JobTable;
  schedule: ScheduleTable;
  metricSeries: MetricSeriesTable;
  metricChunk: MetricChunkTable;
  checkpoint: CheckpointTable;
  model: ModelTable;
  modelVersion: ModelVersionTable;
  predictionSet: PredictionSetTable;
  machine: MachineTable;
  price: PriceTable;
  ledgerEntry: LedgerEntryTable;
  jobUsage: JobUsageTable;
  jobStorage: JobStorageTable;
  estimateOutcome: EstimateOutcomeTable;
  outbox: OutboxTable;
};

/** A row as it is read. */
export type Row<Name extends keyof Tables> = Selectable<Tables[Name]>;
/** A row as it is inserted. */
export type NewRow<Name extends keyof Tables> = Insertable<Tables[Name]>;
/** The changes of an update. */
export type RowChange<Name extends keyof Tables> = Updateable<Tables[Name]>;
export type { JsonArray, JsonObject };
