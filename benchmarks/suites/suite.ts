// A suite: a name and its cases, as data. The runner does the rest.
import type { PythonLibrary } from "../python-participant.ts";
import type { Workload } from "../workloads/index.ts";

export interface BenchmarkCase {
  readonly name: string;
  readonly workload: Workload;
}

export interface Suite {
  readonly name: string;
  /** One line for the table's head. */
  readonly about: string;
  /** Libraries of Python that it is held against, in place of the peers of tensors. */
  readonly peers?: readonly PythonLibrary[];
  /** Libraries of JavaScript beside those, by the names of their adapter files in `table-peers/`. */
  readonly scripts?: readonly string[];
  readonly cases: readonly BenchmarkCase[];
}
