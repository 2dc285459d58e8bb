/**
 * When records expire. DynamoDB deletes them free of charge, within some days of the date.
 *
 * A header counts from its creation, and again from its end; everything below it from when it was
 * written, which is later. So a header never outlives its slots while the execution is open: what
 * the sweep finds can always be derived from the records (B4), and nothing is run again because its
 * record has expired. It follows that an execution has to end within the retention.
 */
export interface Retention {
  /** In seconds, as DynamoDB wants it. */
  expiresAt(fromMs: number): number;
}

const day = 86_400;

export function retentionOf(days: number): Retention {
  return { expiresAt: (fromMs) => Math.ceil(fromMs / 1000) + days * day };
}
