/**
 * Who is to blame for a crash. A process that dies takes a whole batch with it, and the queue counts
 * that against each message of it; after five times all would be given up on for what one has done.
 * So a message that has been handed out twice runs with no other beside it: unless it is alone by
 * chance it is sent to the long lane, where every message is, and counts anew from there.
 */
/** From this hand-out on a message may be what ends processes (embedded: D7 of deliveries.ts). */
const suspectReceives = 3;
const mark = 'apart ';

export function isSuspect(receives: number, batchSize: number): boolean {
  return batchSize > 1 && receives >= suspectReceives;
}

/** The message that is sent instead of it. */
export function apart(body: string, messageId: string) {
  return { body: mark + body, lane: 'long', key: messageId } as const;
}

/** A message as it was first sent. One that was sent again has been received before. */
export function readApart(body: string, receives: number): { body: string; receives: number } {
  if (!body.startsWith(mark)) return { body, receives };
  return { body: body.slice(mark.length), receives: receives + suspectReceives - 1 };
}
