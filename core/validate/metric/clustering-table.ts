// Metrics of clusterings by name, beside those of the table for classes, quantities and ranked lists.
import type { ClusteringMetricName } from "../../model/metric-name.ts";
import {
  adjustedRand,
  type ClusteredRows,
  calinskiHarabasz,
  daviesBouldin,
  normalisedMutualInformation,
  silhouette,
} from "../clustering.ts";
import type { Labels } from "../label-codes.ts";
import type { MetricFacts } from "./table.ts";

/** How to read a metric of clusterings, and what it is measured beside. */
export type ClusteringMetric = Pick<MetricFacts, "largerIsBetter" | "range"> &
  (
    | { readonly beside: "features"; readonly measure: (features: ClusteredRows, clusters: Labels) => number }
    | { readonly beside: "classes"; readonly measure: (classes: Labels, clusters: Labels) => number }
  );

/** Every metric of clusterings, in the order of reports. */
export const clusteringMetricTable: Readonly<Record<ClusteringMetricName, ClusteringMetric>> = {
  silhouette: { largerIsBetter: true, range: [-1, 1], beside: "features", measure: silhouette },
  daviesBouldin: {
    largerIsBetter: false,
    range: [0, Number.POSITIVE_INFINITY],
    beside: "features",
    measure: daviesBouldin,
  },
  calinskiHarabasz: {
    largerIsBetter: true,
    range: [0, Number.POSITIVE_INFINITY],
    beside: "features",
    measure: calinskiHarabasz,
  },
  adjustedRand: { largerIsBetter: true, range: [-0.5, 1], beside: "classes", measure: adjustedRand },
  normalisedMutualInformation: {
    largerIsBetter: true,
    range: [0, 1],
    beside: "classes",
    measure: normalisedMutualInformation,
  },
};
