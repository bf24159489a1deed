// Writes of the price book.
import { addPrice, PriceNotChangeable } from "../../domain/cost/prices.ts";
import { builder } from "../builder.ts";
import { errorType } from "../errors.ts";
import { Price, PricedResource } from "./types.ts";

errorType(PriceNotChangeable, "PriceNotChangeable", "A price that would change what is booked already.");

builder.mutationField("addPrice", (t) =>
  t.fieldWithInput({
    type: Price,
    description: "Adds a line to the price book. What is booked keeps its price.",
    errors: { types: [PriceNotChangeable], dataField: { name: "price" } },
    input: {
      resource: t.input.field({ type: PricedResource, required: true }),
      device: t.input.string({ required: true, description: "As the price book has it." }),
      unitPrice: t.input.field({ type: "Decimal", required: true }),
      currency: t.input.string({ required: true, description: "ISO 4217." }),
      source: t.input.string({ required: true, description: "Where the price comes from." }),
      validFrom: t.input.field({ type: "DateTime", required: true, description: "Not in the past." }),
    },
    resolve: (_, { input }, { tenantId, services }) => addPrice(services.database, tenantId, input),
  }),
);
