/**
 * A queue like SQS, driven by whoever runs the simulation: `receive` hands out one visible message,
 * `done` deletes it, `retry` makes it visible again; when neither is called it is visible again after
 * the visibility time-out, and after too many receives it is a dead letter. Nothing happens by
 * itself: the driver moves the clock to `nextAt()` and receives.
 */
import type { Lane } from '../../engine/flow.ts';
import type { Clock, Message, Queue } from '../../engine/ports.ts';
import type { SeededRandom } from './random.ts';

interface QueueFaults {
  /** How many copies of a sent message arrive: 2 duplicates it, 0 loses it. */
  copies?(message: Message): number;
  /** How much later than asked a copy arrives. */
  delayMs?(message: Message): number;
}

export interface SimulatedQueueOptions {
  readonly clock: Clock;
  /** Messages come in any order, drawn from this; without it the longest visible comes first. */
  readonly random?: SeededRandom;
  readonly faults?: QueueFaults;
  readonly visibilityMs?: Readonly<Record<Lane, number>>;
  readonly receivesMax?: number;
}

interface Delivery {
  readonly body: string;
  readonly lane: Lane;
  /** 1 for the first time. */
  readonly receives: number;
  /** Deletes the message, unless it has been handed out again since: then it comes once more. */
  done(): void;
  retry(afterMs: number): void;
}

export interface SimulatedQueue extends Queue {
  receive(): Delivery | undefined;
  /** When a message is visible next; in the past when one is. Undefined: the queue is empty. */
  nextAt(): number | undefined;
  readonly size: number;
  readonly dead: readonly Message[];
}

interface Stored {
  readonly message: Message;
  visibleAt: number;
  receives: number;
}

/** Longer waits are schedules, of which there is one per key. */
const scheduledAfterMs = 15 * 60_000;

export function simulatedQueue(options: SimulatedQueueOptions): SimulatedQueue {
  const { clock, random, faults = {}, receivesMax = 5 } = options;
  const visibilityMs = options.visibilityMs ?? { fast: 60_000, long: 15 * 60_000 };
  const stored = new Set<Stored>();
  const dead: Message[] = [];

  const add = (message: Message): void => {
    const now = clock.now();
    const { notBefore = now, key } = message;
    if (notBefore - now > scheduledAfterMs) {
      for (const { receives, message: other, visibleAt } of stored) {
        if (other.key === key && receives === 0 && visibleAt > now) return;
      }
    }
    const copies = faults.copies?.(message) ?? 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const late = faults.delayMs?.(message) ?? 0;
      stored.add({ message, visibleAt: Math.max(notBefore, now) + late, receives: 0 });
    }
  };

  const take = (): Stored | undefined => {
    const now = clock.now();
    const visible = [...stored].filter(({ visibleAt }) => visibleAt <= now);
    if (random) return visible[random.below(visible.length)];
    return visible.sort((a, b) => a.visibleAt - b.visibleAt)[0];
  };

  const receive = (): Delivery | undefined => {
    for (let entry = take(); entry; entry = take()) {
      if (entry.receives < receivesMax) return handOut(entry);
      stored.delete(entry);
      dead.push(entry.message);
    }
    return undefined;
  };

  const handOut = (entry: Stored): Delivery => {
    const { body, lane } = entry.message;
    entry.receives += 1;
    entry.visibleAt = clock.now() + visibilityMs[lane];
    const { receives } = entry;
    // An old receipt has no effect: the message has been handed to somebody else since.
    const isCurrent = () => entry.receives === receives;
    return {
      body,
      lane,
      receives,
      done: () => {
        if (isCurrent()) stored.delete(entry);
      },
      retry: (afterMs) => {
        if (isCurrent()) entry.visibleAt = clock.now() + afterMs;
      },
    };
  };

  return {
    send: async (messages) => messages.forEach(add),
    receive,
    nextAt: () => earliest(stored),
    get size() {
      return stored.size;
    },
    dead,
  };
}

function earliest(stored: Iterable<Stored>): number | undefined {
  let next: number | undefined;
  for (const { visibleAt } of stored) next = Math.min(next ?? visibleAt, visibleAt);
  return next;
}
