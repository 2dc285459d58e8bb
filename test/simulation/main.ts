/**
 * npm run simulate -- [--seeds N] [--start S] [--seconds T] [--seed X]
 *
 * Tries seeds one after the other and stops at the first that breaks something, which it shrinks and
 * shows. `--seed` tries one, and tells what happens.
 */
import { parseArgs } from 'node:util';
import { flowsOf, trySeed } from './seed.ts';
import { shrink } from './shrink.ts';
import { sourceOf } from './source.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    start: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    // Names each seed before it is tried.
    verbose: { type: 'boolean', default: false },
    // Neither stops at the first nor shrinks: says what broke in each.
    keep: { type: 'boolean', default: false },
    // Stops at the first, without shrinking.
    quick: { type: 'boolean', default: false },
  },
});

async function main(): Promise<boolean> {
  if (values.seed !== undefined) return show(Number(values.seed));
  const start = Number(values.start);
  const until =
    values.seconds === undefined ? Infinity : performance.now() + Number(values.seconds) * 1000;
  const began = performance.now();
  const used = process.cpuUsage();
  let executions = 0;
  let seed = start;
  const failed: string[] = [];
  for (; seed < start + Number(values.seeds) && performance.now() < until; seed += 1) {
    if (values.verbose) console.log(`seed ${seed}`);
    const outcome = await trySeed(seed);
    executions += outcome.executions;
    if (outcome.broken === undefined) continue;
    if (!values.keep && !values.quick) {
      await show(seed);
      return false;
    }
    failed.push(`${seed}: ${outcome.broken.split('\n')[0]}`);
    if (values.quick || failed.length >= 40) break;
  }
  const seconds = (performance.now() - began) / 1000;
  for (const line of failed) console.log(line);
  const { user, system } = process.cpuUsage(used);
  const perSecond = Math.round(executions / ((user + system) / 1e6));
  console.log(`${seed - start} seeds, ${executions} executions in ${seconds.toFixed(1)} s`);
  console.log(`${perSecond} executions for each second of processor time`);
  return failed.length === 0;
}

async function show(seed: number): Promise<boolean> {
  const outcome = await trySeed(seed);
  if (outcome.broken === undefined) {
    console.log(`seed ${seed}: ${outcome.executions} executions, all well`);
    return true;
  }
  console.log(`seed ${seed}: ${outcome.broken}`);
  const flows = await shrink(seed, flowsOf(seed));
  const shrunk = await trySeed(seed, flows, true);
  console.log(`shrunk: ${shrunk.broken}`);
  for (const flow of flows) console.log(sourceOf(flow));
  for (const event of shrunk.events) console.log(event);
  return false;
}

// Timers of tasks whose process crashed may still be there.
process.exit((await main()) ? 0 : 1);
