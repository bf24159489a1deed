// Every document that the tour sends. A test holds each of them to the committed schema.
import { operation, type Payload } from "./client.ts";

export type JobState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
export type JobKind = "IMPORT" | "DERIVE" | "TRAIN" | "PREDICT";
type Submitted = Payload<{ readonly job: { readonly id: string } }>;
type ById = { readonly id: string };

const refusal = "... on Error { __typename code message path }";
const submitted = (success: string): string => `__typename ... on ${success} { job { id } } ${refusal}`;

export const createProject = operation<{ createProject: Payload<{ project: ById }> }, { input: { name: string } }>(`
  mutation CreateProject($input: CreateProjectInput!) {
    createProject(input: $input) { __typename ... on CreateProjectSuccess { project { id } } ${refusal} }
  }`);

export const importDataset = operation<{ importDataset: Submitted }, { input: object }>(`
  mutation ImportDataset($input: ImportDatasetInput!) {
    importDataset(input: $input) { ${submitted("ImportDatasetSuccess")} }
  }`);

export const deriveDataset = operation<{ deriveDataset: Submitted }, { input: object }>(`
  mutation DeriveDataset($input: DeriveDatasetInput!) {
    deriveDataset(input: $input) { ${submitted("DeriveDatasetSuccess")} }
  }`);

export const createPipeline = operation<
  { createPipeline: Payload<{ pipelineVersion: { id: string; hash: string } }> },
  { input: object }
>(`
  mutation CreatePipeline($input: CreatePipelineInput!) {
    createPipeline(input: $input) {
      __typename ... on CreatePipelineSuccess { pipelineVersion { id hash } } ${refusal}
    }
  }`);

export const trainModel = operation<{ trainModel: Submitted }, { input: object }>(`
  mutation TrainModel($input: TrainModelInput!) {
    trainModel(input: $input) { ${submitted("TrainModelSuccess")} }
  }`);

export const predictBatch = operation<{ predictBatch: Submitted }, { input: object }>(`
  mutation PredictBatch($input: PredictBatchInput!) {
    predictBatch(input: $input) { ${submitted("PredictBatchSuccess")} }
  }`);

export type PredictedRow = {
  readonly class: string;
  readonly probabilities: readonly { readonly class: string; readonly probability: number }[];
};
export const predict = operation<{ predict: Payload<{ rows: readonly PredictedRow[] }> }, { input: object }>(`
  query Predict($input: PredictInput!) {
    predict(input: $input) {
      __typename
      ... on PredictSuccess { rows { ... on PredictedClass { class probabilities { class probability } } } }
      ${refusal}
    }
  }`);

export type JobNews = {
  readonly state: JobState;
  readonly progress: number;
  readonly message: string;
  readonly error: { readonly code: string; readonly message: string; readonly path: readonly string[] } | null;
};
export const jobProgress = operation<{ jobProgress: { job: JobNews } }, { job: string }>(`
  subscription JobProgress($job: ID!) {
    jobProgress(jobId: $job) { cursor job { state progress message error { code message path } } }
  }`);

export const metricPoints = operation<
  { metricPoints: { name: string; steps: number[]; values: (number | null)[] } },
  { job: string; names: readonly string[] }
>(`
  subscription MetricPoints($job: ID!, $names: [String!]) {
    metricPoints(jobId: $job, names: $names) { cursor name steps values }
  }`);

export type Metric = {
  readonly name: string;
  readonly part: string;
  readonly value: number;
  /** Null where a constant has none. */
  readonly base: number | null;
};
export type DatasetVersion = {
  readonly id: string;
  readonly rowCount: number;
  readonly byteCount: number;
  readonly contentHash: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly missingCount: number }[];
};
export type ModelVersion = {
  readonly id: string;
  readonly number: number;
  readonly bundlePath: string;
  readonly metrics: readonly Metric[];
  readonly split: { readonly trainRowCount: number; readonly heldOutRowCount: number };
};
export type PredictionSet = { readonly id: string; readonly rowCount: number; readonly metrics: readonly Metric[] };
export type JobOutcome = {
  readonly datasetVersion: DatasetVersion | null;
  readonly modelVersion: ModelVersion | null;
  readonly predictionSet: PredictionSet | null;
};
const metrics = "metrics { name part value base }";
export const jobOutcome = operation<{ node: JobOutcome | null }, { job: string }>(`
  query JobOutcome($job: ID!) {
    node(id: $job) {
      ... on Job {
        datasetVersion { id rowCount byteCount contentHash columns { name type missingCount } }
        modelVersion { id number bundlePath ${metrics} split { trainRowCount heldOutRowCount } }
        predictionSet { id rowCount ${metrics} }
      }
    }
  }`);

export type KernelUsage = {
  readonly kernel: string;
  readonly device: string;
  readonly calls: number;
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
};
export type BilledJob = {
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly bill: {
    readonly machineSeconds: number;
    readonly amount: string;
    readonly currency: string;
    readonly storedBytes: number;
    readonly estimate: { readonly seconds: number; readonly basis: "SEED" | "MEASURED" } | null;
  };
  readonly usage: readonly KernelUsage[];
};
export type CostReport = {
  readonly bookedMicroseconds: number;
  readonly machineMicroseconds: number;
  readonly differenceMicroseconds: number;
  readonly lines: readonly {
    readonly activity: "JOB" | "SERVE" | "IDLE" | "DOWN";
    readonly jobKind: JobKind | null;
    readonly seconds: number;
    readonly amount: string;
    readonly currency: string;
  }[];
  readonly totals: readonly { readonly amount: string; readonly currency: string }[];
};
export const bills = operation<{ jobs: { nodes: readonly BilledJob[] } }>(`
  query Bills {
    jobs(first: 100) {
      nodes {
        id kind state
        bill { machineSeconds amount currency storedBytes estimate { seconds basis } }
        usage { kernel device calls flops bytes seconds }
      }
    }
  }`);
export const costs = operation<{ costReport: CostReport }>(`
  query Costs {
    costReport {
      bookedMicroseconds machineMicroseconds differenceMicroseconds
      lines { activity jobKind seconds amount currency }
      totals { amount currency }
    }
  }`);
export const prices = operation<{
  machines: { name: string; cores: number; current: boolean }[];
  priceBook: { resource: string; device: string; unitPrice: string; currency: string; source: string }[];
}>("query Prices { machines { name cores current } priceBook { resource device unitPrice currency source } }");

/** What the tour leaves in the reader's hands: one line, so that it can be pasted into a shell. */
export const toTry = operation<object>(
  '{ project(name: "tour") { models { nodes { name versions(first: 1) { nodes { number metrics { name part value base } } } } } } }',
);
