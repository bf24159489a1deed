// Clustering: k-means, Gaussian mixtures, DBSCAN.
export * from "./specification.ts";
