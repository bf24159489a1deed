// What the gateway's main thread and a kernel thread say to each other. Plain data, so that it can be posted.
import type { FitOptions, KernelUsage } from "@millrace/core";
import type { Figure } from "@millrace/core/metrics";
import type { StoredRows } from "../data/dataset/read.ts";
import type { ModelAnswers } from "../domain/model/answers.ts";
import type { PredictionColumn } from "../domain/model/prediction.ts";
import type { BundleSignature } from "../domain/model/record.ts";
import type { DeviceHint } from "../domain/model/training.ts";
import type { Metric, PipelineSpecification } from "../domain/pipeline/specification.ts";
import type { SessionLimits } from "../source/session.ts";

/** What every kernel thread is started with. */
export type ThreadSettings = { readonly objects: string; readonly cores: number; readonly limits: SessionLimits };

/** Fit a pipeline on a dataset version. */
export type FitTask = {
  readonly kind: "fit";
  readonly rows: StoredRows;
  readonly specification: PipelineSpecification;
  readonly device: DeviceHint;
  readonly resume: Uint8Array | undefined;
  readonly provenance: NonNullable<FitOptions["provenance"]>;
};

/** Predict all rows of a dataset version with a bundle, and judge it by metrics when the label is among the columns. */
export type PredictTask = {
  readonly kind: "predict";
  readonly rows: StoredRows;
  readonly bundleHash: string;
  readonly metrics: readonly Metric[];
  readonly positiveClass: string | null;
  readonly device: DeviceHint;
};

/** Predict rows that came with a request. */
export type RowsTask = {
  readonly kind: "rows";
  readonly bundleHash: string;
  readonly columns: readonly PredictionColumn[];
  readonly device: DeviceHint;
};

export type KernelTask = FitTask | PredictTask | RowsTask;

export type FitOutcome = {
  readonly kind: "fit";
  readonly bundle: Uint8Array<ArrayBuffer>;
  readonly signature: BundleSignature;
  readonly figures: readonly Figure[];
  readonly splitHash: string;
  readonly rows: { readonly training: number; readonly heldOut: number };
};

export type PredictOutcome = {
  readonly kind: "predict";
  readonly rowCount: number;
  /** Absent when the dataset does not have the label in every row. */
  readonly judged: readonly Figure[] | undefined;
};

export type RowsOutcome = { readonly kind: "rows"; readonly answers: ModelAnswers };

export type KernelOutcome = FitOutcome | PredictOutcome | RowsOutcome;

/** What happened since the last report; points and use are complete up to a checkpoint that follows. */
export type Report = {
  readonly progress: { readonly fraction: number; readonly message: string } | undefined;
  readonly points: readonly (readonly [series: string, step: number, value: number])[];
  readonly usage: readonly KernelUsage[];
};

/** A failure as data: `code` and places are kept where core gave them. */
export type Failure = {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly column: string | undefined;
  readonly row: number | undefined;
  readonly stack: string | undefined;
};

export type ToThread = { readonly id: number } & (
  | { readonly say: "start"; readonly task: KernelTask }
  | { readonly say: "abort" }
  /** The checkpoint or chunk that was handed over is dealt with. */
  | { readonly say: "taken" }
  /** Abort everything, close the devices and end; the id means nothing. */
  | { readonly say: "close" }
);

export type FromThread = { readonly id: number } & (
  | { readonly say: "report"; readonly report: Report }
  | {
      readonly say: "checkpoint";
      readonly report: Report;
      readonly position: Readonly<Record<string, string | number>>;
      readonly state: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly say: "predicted";
      readonly report: Report;
      readonly answers: ModelAnswers;
    }
  | { readonly say: "done"; readonly report: Report; readonly outcome: KernelOutcome }
  | { readonly say: "failed"; readonly report: Report; readonly failure: Failure }
);
