// Reads of costs. The machine's time is booked up to now before it is added up.
import { estimateQuality } from "../../domain/cost/estimate.ts";
import { listPrices } from "../../domain/cost/prices.ts";
import { reportCosts } from "../../domain/cost/report.ts";
import { builder } from "../builder.ts";
import { CostReport, EstimateQuality, Price } from "./types.ts";

builder.queryFields((t) => ({
  costReport: t.field({
    type: CostReport,
    description: "The costs of what began in [from, to): of everything when neither is given.",
    complexity: 20,
    args: { from: t.arg({ type: "DateTime" }), to: t.arg({ type: "DateTime" }) },
    resolve: async (_, { from, to }, { tenantId, services }) => {
      await services.meter.flush();
      return reportCosts(services.database, tenantId, { from: from ?? undefined, to: to ?? undefined });
    },
  }),
  priceBook: t.field({
    type: [Price],
    description: "Every price, of each resource and device from the newest to the oldest.",
    resolve: (_, _args, { tenantId, services }) => listPrices(services.database, tenantId),
  }),
  estimateQuality: t.field({
    type: [EstimateQuality],
    description: "How good the estimates of each kind of job were, over the newest 200.",
    resolve: (_, _args, { tenantId, services }) => estimateQuality(services.database, tenantId),
  }),
}));
