/**
 * Random flows, random order, messages delivered twice or lost: the engine must come to what a plain
 * reading of the flow comes to, with every task run recorded that must be and none that must not.
 */
import { describe, expect, test } from 'vitest';
import { times } from '../helpers/effort.ts';
import type { Fan } from '../../src/engine/flow.ts';
import { placeAt } from '../../src/engine/tree.ts';
import { judge, type Script } from './oracle.ts';
import { hashOf, seeded } from './random.ts';
import { randomAnswer, randomFan, randomFlow } from './random-flow.ts';
import { type Play, World } from './world.ts';

const runs = Number(process.env['BATON_ENGINE_RUNS'] ?? times(3_000));
const start = Number(process.env['BATON_ENGINE_SEED'] ?? 1);

describe('random flows', () => {
  test(`${runs} seeds come to what the oracle says`, () => {
    for (let seed = start; seed < start + runs; seed++) check(seed);
  });
});

describe('seeds that found something', () => {
  test.each([
    [620, 'a late duplicate of the first message began the rounds anew'],
    [775, 'the same in a limited loop, which then did not end'],
  ])('%i: %s', check);
});

function check(seed: number): void {
  const next = seeded(seed);
  const flow = randomFlow(next);
  const script = scriptOf(seed);
  const verdict = judge(flow, script);
  const world = new World(flow);
  const faults = next() < 0.5 ? 0 : 0.15;
  for (let steps = 0; !world.isClosed || world.inHand.length > 0; steps++) {
    if (steps > 20_000) throw new Error(`seed ${seed} does not end`);
    if (world.inHand.length === 0) {
      recoverIn(world);
      continue;
    }
    const baton = world.inHand[Math.floor(next() * world.inHand.length)];
    if (!baton) continue;
    if (next() < faults / 3) world.inHand.splice(world.inHand.indexOf(baton), 1);
    else world.handle(baton, playOf(script, world, baton), next() < faults);
  }
  const where = `seed ${seed}`;
  expect(new Set(world.ends), where).toEqual(new Set([verdict.state]));
  for (const path of verdict.must)
    expect(world.records.has(path), `${where}: ${path} has a record`).toBe(true);
  for (const path of world.records.keys()) {
    expect(verdict.must.has(path) || verdict.may.has(path), `${where}: ${path} may run`).toBe(true);
  }
}

function recoverIn(world: World): void {
  const { frontier } = world.replay();
  if (frontier.length === 0) throw new Error('nothing is in hand, nothing is to be recovered');
  world.perform(frontier);
}

function scriptOf(seed: number): Script {
  return {
    outcome(path, attempt) {
      const draw = hashOf(`${path}#${attempt}`, seed);
      return draw < 0.12 ? 'fail' : draw < 0.2 ? 'warn' : draw < 0.25 ? 'skip' : 'ok';
    },
    fan: (task, path) => randomFan(task, hashOf(path, seed)),
    answer: (task, path, round, outcome) =>
      randomAnswer(task, round, outcome, hashOf(`${path}?${round}`, seed)),
  };
}

function playOf(script: Script, world: World, baton: World['inHand'][number]): Play {
  const { path, asked, round = 0 } = baton;
  const task = placeAt(world.flow, path).task;
  if (task.branches && baton.range === undefined) {
    const fan = world.fanAt(path) ?? script.fan(task, path);
    if (asked === undefined) return { type: 'opened', fan: openedIn(fan, round) };
    const answer = script.answer(task, path, round, asked);
    return answer === 'again' ? { type: 'again' } : { type: 'done', outcome: answer };
  }
  const outcome = script.outcome(baton.path, baton.attempt);
  switch (outcome) {
    case 'skip':
      return { type: 'skipped' };
    case 'fail':
      return { type: 'failure', failure: { code: 'test', message: 'failed' } };
    default:
      return { type: 'success', state: outcome === 'warn' ? 'WARNING' : 'SUCCESS' };
  }
}

function openedIn({ outcome: _, ...fan }: Fan, round: number): Fan {
  return fan.type === 'sequence' ? { ...fan, round } : fan;
}
