/**
 * npm run simulate -- [--seeds N] [--start S] [--rounds R] [--workers W] [--seconds T] [--seed X[.R]]
 * [--small]
 *
 * Tries seeds, each in several rounds, and shrinks and shows the first that breaks something. `--seed`
 * tries one round of one, and tells what happens. `--small` tries small flows with a mishap at every
 * call.
 */
import { parseArgs } from 'node:util';
import { mishaps, tryEveryCall, ways } from './every-call.ts';
import { type Finding, tryMany } from './many.ts';
import { flowsOf, type Try, trySeed } from './seed.ts';
import { shrink } from './shrink.ts';
import { smallCases } from './small-flows.ts';
import { sourceOf } from './source.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    /** `12` or, for a later round than the first, `12.3`. */
    seed: { type: 'string' },
    /** Does not stop at the first, nor shrinks: says what broke in each. */
    keep: { type: 'boolean', default: false },
    /** Stops at the first, without shrinking. */
    quick: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
  },
});

const findingsMax = 40;

async function main(): Promise<boolean> {
  if (values.small) return trySmall();
  if (values.seed !== undefined) {
    const [seed = 0, round = 0] = values.seed.split('.').map(Number);
    return show({ seed, round });
  }
  const start = Number(values.start);
  const share = {
    start,
    end: start + Number(values.seeds),
    rounds: Number(values.rounds),
    until: untilWhen(),
    broken: values.keep ? findingsMax : 1,
  };
  const began = performance.now();
  const used = process.cpuUsage();
  const { seeds, executions, findings } = await tryMany(share, Number(values.workers));
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - began) / 1_000;
  const perSecond = Math.round(executions / ((user + system) / 1e6));
  for (const finding of findings) console.log(summary(finding));
  console.log(`${seeds} seeds, ${executions} executions in ${seconds.toFixed(1)} s`);
  console.log(`${perSecond} executions for each second of processor time`);
  const [first] = findings;
  if (first && !values.keep && !values.quick) await show(first);
  // CI counts the whole as one test.
  console.log(first ? '0 passed, 1 failed' : '1 passed, 0 failed');
  return first === undefined;
}

function untilWhen(): number {
  return values.seconds === undefined ? Infinity : Date.now() + Number(values.seconds) * 1_000;
}

/** Stops at the first case that breaks, or when the time is up. */
async function trySmall(): Promise<boolean> {
  const until = untilWhen();
  let count = 0;
  for (const [name, small] of Object.entries(smallCases)) {
    for (const mishap of mishaps) {
      if (Date.now() > until) break;
      for (const way of ways) {
        const { broken, runs } = await tryEveryCall(small, mishap, way);
        count += runs;
        if (broken.length === 0) continue;
        console.log(`${name}, ${JSON.stringify(way)}: ${broken[0]?.split('\n')[0]}`);
        return false;
      }
    }
  }
  console.log(`${count} runs of small flows, all well`);
  return true;
}

function summary({ seed, round, broken }: Finding): string {
  return `${seed}.${round}: ${broken.split('\n')[0]}`;
}

async function show(tried: Try): Promise<boolean> {
  const outcome = await trySeed(tried);
  const name = `seed ${tried.seed}.${tried.round}`;
  if (outcome.broken === undefined) {
    console.log(`${name}: ${outcome.executions} executions, all well`);
    return true;
  }
  console.log(`${name}: ${outcome.broken}`);
  const flows = await shrink(tried, flowsOf(tried.seed));
  const shrunk = await trySeed(tried, flows, true);
  console.log(`shrunk: ${shrunk.broken}`);
  for (const flow of flows) console.log(sourceOf(flow));
  for (const event of shrunk.events) console.log(event);
  return false;
}

// Timers of tasks whose process crashed may still be there.
process.exit((await main()) ? 0 : 1);
