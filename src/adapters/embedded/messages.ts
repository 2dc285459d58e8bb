/**
 * The messages table: both lanes, due dates, and how often each message was handed out.
 *
 * Which messages are in hand is known to the process only (deliveries.ts), so a new process finds
 * all of them visible again; how often each was handed out is on disk before the hand-out.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Lane } from '../../engine/flow.ts';
import type { Clock, Message, Queue } from '../../engine/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Row } from './packed.ts';
import { type Bill, executionOfKey } from './units.ts';

/** Longer waits are one-time schedules on AWS, named by the message's key. */
const scheduledAfterMs = 15 * 60_000;
/** Of one send request on AWS. */
const batchMessages = 10;
/** From the next hand-out on it is known whether this message is what ends processes (D7). */
export const suspectReceives = 2;

export interface StoredMessage {
  readonly seq: number;
  readonly lane: Lane;
  readonly body: string;
  readonly key: string;
  /** Hand-outs so far, the next one not included. */
  readonly receives: number;
}

export interface Messages extends Queue {
  /** Numbers of due messages of a lane, the longest due first, without those below. */
  due(lane: Lane, now: number, limit: number): readonly number[];
  /** Those that have been handed out `suspectReceives` times or more, least often first. */
  suspects(lane: Lane, now: number, limit: number): readonly number[];
  /** When the next one becomes due that is not yet. */
  nextDueAfter(now: number): number | undefined;
  /** Counts one more hand-out and reads the message. */
  handOut(seq: number): StoredMessage;
  remove(message: StoredMessage): void;
  delay(seq: number, until: number): void;
  /** The date was set back: what was to be delivered at once is due at the new one. */
  setBackTo(now: number): void;
  /** All there are: due, waiting and in hand. */
  readonly size: number;
}

export function messagesOf(commits: GroupCommit, clock: Clock, bill: Bill): Messages {
  const { database } = commits;
  const insert = database.prepare(
    `INSERT INTO messages (lane, due_at, key, wait, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const numbers = countsOf(database);
  const { lanes } = numbers;

  return {
    ...tableOf(commits, bill, numbers),
    get size() {
      return lanes.fast + lanes.long;
    },
    send: async (messages) => {
      if (messages.length === 0) return;
      commits.writeNow(() => {
        const now = clock.now();
        for (const { body, lane, key, notBefore = now } of messages) {
          const dueAt = Math.max(notBefore, now);
          const { changes } = insert.run(lane, dueAt, key, waitOf(dueAt - now), body);
          lanes[lane] += Number(changes);
        }
        billSend(bill, messages, now);
      });
    },
  };
}

/**
 * What need not be asked of the table: most rounds find one message in one lane and no suspects. Only
 * this process changes the table; after a failure (G4) it is read anew.
 */
interface Counts {
  readonly lanes: Record<Lane, number>;
  suspects: number;
}

function countsOf(database: DatabaseSync): Counts {
  const inLane = database.prepare('SELECT count(*) AS n FROM messages WHERE lane = ?');
  const suspects = database.prepare(
    `SELECT count(*) AS n FROM receives WHERE count >= ${suspectReceives}`,
  );
  const lanes = {
    fast: Number(inLane.get('fast')?.['n']),
    long: Number(inLane.get('long')?.['n']),
  };
  return { lanes, suspects: Number(suspects.get()?.['n']) };
}

function tableOf(
  commits: GroupCommit,
  bill: Bill,
  numbers: Counts,
): Omit<Messages, 'send' | 'size'> {
  const { database } = commits;
  const due = database.prepare(
    'SELECT seq FROM messages WHERE lane = ? AND due_at <= ? ORDER BY due_at, seq LIMIT ?',
  );
  const dueUnsuspected = database.prepare(
    `SELECT seq FROM messages WHERE lane = ? AND due_at <= ? AND NOT EXISTS (
       SELECT 1 FROM receives WHERE message = seq AND count >= ${suspectReceives}
     ) ORDER BY due_at, seq LIMIT ?`,
  );
  const suspects = database.prepare(
    `SELECT seq FROM receives JOIN messages ON seq = message
     WHERE count >= ${suspectReceives} AND lane = ? AND due_at <= ?
     ORDER BY count, due_at, seq LIMIT ?`,
  );
  const seqOf = (row: Row) => Number(row['seq']);
  const nextDue = database.prepare(
    'SELECT due_at FROM messages WHERE lane = ? AND due_at > ? ORDER BY due_at LIMIT 1',
  );
  const select = database.prepare(
    `SELECT seq, lane, body, key, wait, count FROM messages
     LEFT JOIN receives ON message = seq WHERE seq = ?`,
  );
  const received = database.prepare(
    'INSERT INTO receives (message, count) VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
  );
  const fired = database.prepare("UPDATE messages SET wait = 'none' WHERE seq = ?");
  const remove = database.prepare('DELETE FROM messages WHERE seq = ?');
  const forget = database.prepare('DELETE FROM receives WHERE message = ?');
  const delay = database.prepare('UPDATE messages SET due_at = ? WHERE seq = ?');
  const bringForward = database.prepare(
    "UPDATE messages SET due_at = ? WHERE lane = ? AND due_at > ? AND wait = 'none'",
  );
  const lanes: readonly Lane[] = ['fast', 'long'];
  const used = () => lanes.filter((lane) => numbers.lanes[lane] > 0);

  return {
    due: (lane, now, limit) => {
      if (numbers.lanes[lane] === 0) return [];
      return (numbers.suspects === 0 ? due : dueUnsuspected).all(lane, now, limit).map(seqOf);
    },
    suspects: (lane, now, limit) =>
      numbers.suspects === 0 ? [] : suspects.all(lane, now, limit).map(seqOf),
    nextDueAfter: (now) => {
      const dates = used().map((lane) => nextDue.get(lane, now)?.['due_at']);
      const known = dates.filter((date) => date !== undefined).map(Number);
      return known.length > 0 ? Math.min(...known) : undefined;
    },
    handOut: (seq) =>
      commits.writeNow(() => {
        const row = select.get(seq);
        if (row === undefined) throw new Error(`message ${seq} vanished`);
        received.run(seq);
        // From here on the same key may be scheduled anew.
        if (row['wait'] === 'long') fired.run(seq);
        const message = messageOf(row);
        if (message.receives + 1 === suspectReceives) numbers.suspects += 1;
        bill.requests('receive', Buffer.byteLength(message.body), executionOfKey(message.key));
        return message;
      }),
    remove: ({ seq, key, lane, receives }) =>
      commits.writeNow(() => {
        remove.run(seq);
        forget.run(seq);
        numbers.lanes[lane] -= 1;
        if (receives + 1 >= suspectReceives) numbers.suspects -= 1;
        bill.one('delete', executionOfKey(key));
      }),
    delay: (seq, until) =>
      commits.writeNow(() => {
        delay.run(until, seq);
      }),
    setBackTo: (now) =>
      commits.writeNow(() => {
        for (const lane of lanes) bringForward.run(now, lane, now);
      }),
  };
}

function waitOf(ms: number): 'none' | 'short' | 'long' {
  if (ms <= 0) return 'none';
  return ms > scheduledAfterMs ? 'long' : 'short';
}

function messageOf(row: Row): StoredMessage {
  return {
    seq: Number(row['seq']),
    lane: row['lane'] === 'long' ? 'long' : 'fast',
    body: String(row['body']),
    key: String(row['key']),
    receives: Number(row['count'] ?? 0),
  };
}

/** As SQS would bill it: batches of ten per lane, a request per 64 KiB begun; schedules singly. */
function billSend(bill: Bill, messages: readonly Message[], now: number): void {
  for (const lane of ['fast', 'long']) {
    const ours = messages.filter((message) => message.lane === lane);
    const isScheduled = ({ notBefore = now }: Message) => notBefore - now > scheduledAfterMs;
    for (const { key } of ours.filter(isScheduled)) bill.one('schedule', executionOfKey(key));
    const sent = ours.filter((message) => !isScheduled(message));
    for (let start = 0; start < sent.length; start += batchMessages) {
      const batch = sent.slice(start, start + batchMessages);
      const bytes = batch.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
      bill.requests('send', bytes, executionOfKey(batch[0]?.key ?? ''));
    }
  }
}
