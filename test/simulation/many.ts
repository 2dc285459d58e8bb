/** Seeds one after the other, in one thread or several side by side. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Try, trySeed } from './seed.ts';

export interface Share {
  readonly start: number;
  /** Every so-manieth seed from `start` on, as many as there are below `end`. */
  readonly step: number;
  readonly end: number;
  readonly rounds: number;
  /** Milliseconds since the epoch: no seed is begun later. */
  readonly until: number;
  /** How many may break before it stops. */
  readonly broken: number;
  /** The lowest seed that broke so far, in any thread: with `broken` at 1 nobody need go beyond. */
  readonly lowest: Int32Array;
}

export interface Finding extends Try {
  readonly broken: string;
}

export interface Tally {
  readonly seeds: number;
  readonly executions: number;
  readonly findings: readonly Finding[];
}

/** `lowest` is made here. */
export async function tryMany(
  { start, ...asked }: Omit<Share, 'step' | 'lowest'>,
  workers: number,
): Promise<Tally> {
  const lowest = new Int32Array(new SharedArrayBuffer(4)).fill(2 ** 31 - 1);
  const shares = Array.from({ length: workers }, (_, index): Share => {
    return { ...asked, start: start + index, step: workers, lowest };
  });
  const tallies = await Promise.all(shares.map(workers === 1 ? tryShare : elsewhere));
  const findings = tallies.flatMap((tally) => tally.findings);
  return {
    seeds: tallies.reduce((sum, tally) => sum + tally.seeds, 0),
    executions: tallies.reduce((sum, tally) => sum + tally.executions, 0),
    findings: findings.toSorted((a, b) => a.seed - b.seed || a.round - b.round),
  };
}

/** In a thread of its own. */
async function elsewhere(share: Share): Promise<Tally> {
  const { promise, resolve, reject } = Promise.withResolvers<Tally>();
  const resourceLimits = { maxYoungGenerationSizeMb: 64 };
  const worker = new Worker(import.meta.filename, { workerData: share, resourceLimits });
  worker.once('message', resolve).once('error', reject);
  return promise.finally(() => worker.terminate());
}

async function tryShare({ start, step, end, rounds, lowest, ...stops }: Share): Promise<Tally> {
  // Most errors are thrown on purpose, and a trace takes longer than the call that fails. `--seed`
  // tells of each where it came up.
  Error.stackTraceLimit = 0;
  const findings: Finding[] = [];
  let executions = 0;
  let seeds = 0;
  for (let seed = start; seed < end && Date.now() < stops.until; seed += step) {
    if (stops.broken === 1 && seed > (lowest[0] ?? Infinity)) break;
    seeds += 1;
    for (let round = 0; round < rounds; round += 1) {
      const outcome = await trySeed({ seed, round });
      executions += outcome.executions;
      if (outcome.broken !== undefined) findings.push({ seed, round, broken: outcome.broken });
    }
    if (findings.length === 0) continue;
    lowest[0] = Math.min(lowest[0] ?? seed, seed);
    if (findings.length >= stops.broken) break;
  }
  return { seeds, executions, findings };
}

if (!isMainThread && workerData?.lowest instanceof Int32Array) {
  parentPort?.postMessage(await tryShare(workerData as Share));
}
