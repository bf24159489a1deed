// The price book: what a second of a machine and a month of a byte cost, in force from a date until the next line.
// A book that nobody has written in starts with two public list prices, so that every bill has an amount.
import { insertPrice, selectPrices } from "../../data/cost/store.ts";
import type { Database } from "../../data/database.ts";
import { newIdentifier } from "../../data/identifier.ts";
import type { PricedResource, Row } from "../../data/schema.ts";
import { DomainError, InvalidInput } from "../error.ts";
import { costOfUnits } from "./money.ts";

/** The device that stored bytes are priced under. */
export const STORAGE_DEVICE = "objects";

/** The device that a machine's seconds are priced under: machines of as many cores have one price. */
export function deviceOf(machine: { cores: number }): string {
  return `cpu-${machine.cores}`;
}

/**
 * USD for one second of one core: Amazon EC2 c7i.large, on demand, Linux, us-east-1: USD 0.08925 an hour for 2 vCPU
 * (AWS list price; 0.08925 / 3600 / 2, rounded up in the tenth digit). A core of Node's count is taken for a vCPU.
 */
const CORE_SECOND = "0.0000123959";
const CORE_SECOND_SOURCE = "Amazon EC2 c7i.large on demand, Linux, us-east-1: USD 0.08925 an hour for 2 vCPU";
/** USD for one byte kept for a month: Amazon S3 Standard, us-east-1: USD 0.023 a GB (2^30 bytes) and month. */
const BYTE_MONTH = "0.0000000000214205";
const BYTE_MONTH_SOURCE = "Amazon S3 Standard, us-east-1, first 50 TB: USD 0.023 a GB and month";

/** The beginning of the book: embedded prices hold for all time before the first own one. */
const ALWAYS = new Date(0);

/** Puts the embedded prices for a machine into the book where there are none. */
export async function ensureDefaultPrices(
  database: Database,
  tenantId: string,
  machine: { cores: number },
): Promise<void> {
  await insertPrice(database, tenantId, {
    id: newIdentifier(),
    resource: "MACHINE_SECOND",
    device: deviceOf(machine),
    unitPrice: costOfUnits(machine.cores, CORE_SECOND),
    currency: "USD",
    source: CORE_SECOND_SOURCE,
    validFrom: ALWAYS,
  });
  await insertPrice(database, tenantId, {
    id: newIdentifier(),
    resource: "STORED_BYTE_MONTH",
    device: STORAGE_DEVICE,
    unitPrice: BYTE_MONTH,
    currency: "USD",
    source: BYTE_MONTH_SOURCE,
    validFrom: ALWAYS,
  });
}

/** A price that would rewrite what is booked already. */
export class PriceNotChangeable extends DomainError {
  readonly code = "PRICE_NOT_CHANGEABLE";
}

/** A line to add to the price book. */
export type NewPrice = {
  readonly resource: PricedResource;
  readonly device: string;
  /** A decimal number as text, per second or per byte and month. */
  readonly unitPrice: string;
  /** An ISO 4217 code. */
  readonly currency: string;
  /** Where the price comes from: a list, a contract, a guess. */
  readonly source: string;
  /** Not in the past: booked entries keep their prices. */
  readonly validFrom: Date;
};

/**
 * Adds a line to the price book, in force from its date on.
 *
 * @throws InvalidInput when the price is not a decimal of zero or more, or the currency not a code of three letters
 * @throws PriceNotChangeable when the date is past, or the line is there already
 */
export async function addPrice(database: Database, tenantId: string, price: NewPrice): Promise<Row<"price">> {
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(price.unitPrice)) {
    throw new InvalidInput(
      `The price "${price.unitPrice}" must be a decimal number of zero or more, such as 0.000025.`,
      ["input", "unitPrice"],
    );
  }
  if (!/^[A-Z]{3}$/.test(price.currency)) {
    throw new InvalidInput(`The currency "${price.currency}" must be a code of ISO 4217, such as USD.`, [
      "input",
      "currency",
    ]);
  }
  if (price.validFrom.getTime() < Date.now() - 60_000) {
    throw new PriceNotChangeable(
      `A price from ${price.validFrom.toISOString()} would change what is booked already: give a time from now on.`,
      ["input", "validFrom"],
    );
  }
  const row = await insertPrice(database, tenantId, { id: newIdentifier(), ...price });
  if (row === undefined) {
    throw new PriceNotChangeable(
      `There is a price for ${price.resource} of ${price.device} from ${price.validFrom.toISOString()} already: give another time.`,
      ["input", "validFrom"],
    );
  }
  return row;
}

/** The whole price book: lines of a resource and device from the newest to the oldest. */
export function listPrices(database: Database, tenantId: string): Promise<Row<"price">[]> {
  return selectPrices(database, tenantId);
}
