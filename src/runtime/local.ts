/**
 * The embedded loop: the same step, fed by a queue in this process instead of by Lambda.
 */
import { UnreadableBaton } from '../engine/baton.ts';
import type { Meter } from '../engine/ports.ts';
import { receive } from './receive.ts';
import type { Runtime } from './runtime.ts';
import { giveUp } from './step.ts';
import { sweep } from './sweep.ts';

/** Where messages come from locally; the embedded back end has one. */
export interface Deliveries {
  start(options: {
    readonly concurrency: number;
    handle(message: { readonly body: string; readonly receives: number }): Promise<void>;
    dead(message: { readonly body: string }, error: unknown): Promise<void>;
  }): void;
}

export interface LocalOptions {
  /** Batons worked on side by side. */
  readonly concurrency?: number;
  readonly onError: (error: unknown) => void;
  /** Counts the invocation each message would be on AWS. */
  readonly meter?: Meter;
}

/** How often it is looked for executions that a crash has left without a message. */
const sweepEveryMs = 5 * 60_000;

/** The sweep at the beginning and now and then; returns what ends it. */
export function sweepLocal(runtime: Runtime, onError: (error: unknown) => void): () => void {
  const look = (): void => void sweep(runtime).catch(onError);
  look();
  const timer = setInterval(look, sweepEveryMs).unref();
  return () => clearInterval(timer);
}

export function runLocal(runtime: Runtime, deliveries: Deliveries, options: LocalOptions): void {
  deliveries.start({
    concurrency: options.concurrency ?? 64,
    async handle({ body, receives }) {
      try {
        const execution = await receive(runtime, body, receives);
        options.meter?.count('invoke', 1, execution);
      } catch (error) {
        options.onError(error);
        throw error;
      }
    },
    async dead({ body }, error) {
      options.onError(error);
      try {
        await giveUp(runtime, body, error instanceof Error ? error.message : String(error));
      } catch (refusal) {
        // A message that is no baton has been reported: nothing more can be done with it.
        if (refusal instanceof UnreadableBaton) return;
        options.onError(refusal);
        throw refusal;
      }
    },
  });
}
