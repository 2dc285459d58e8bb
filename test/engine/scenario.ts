/**
 * Scenarios as text, a row per event: `path outcome | what follows`. Outcomes: ok, warn, fail, skip,
 * `open a b c` (a loop opens with these values), `round n` (a flowable opens for its n-th round), `again`
 * and `done STATE` (what it says when it is asked after that). What follows: paths sent (`a#2` is its second
 * turn), `end STATE`, or nothing. The event `restart` begins a new epoch. After every row, what `recover` would send must be what is in hand.
 */
import { expect } from 'vitest';
import type { Flow } from '../../src/engine/flow.ts';
import type { EndState } from '../../src/engine/states.ts';
import { nameOf, type Play, World } from './world.ts';

export function scenario(flow: Flow, text: string): void {
  const world = new World(flow);
  let seen = 0;
  let ended = 0;
  let before = '';
  for (const row of rows(text)) {
    if (row.event === 'restart') {
      seen = 0;
      ended = 0;
      world.restart();
    } else if (row.event !== 'start') {
      const [name = '', ...outcome] = row.event.split(' ');
      const baton = world.inHand.find((held) => nameOf(held) === name);
      if (!baton)
        throw new Error(`no baton ${name} in hand, only ${world.inHand.map(nameOf).join(', ')}`);
      seen -= 1;
      world.handle(baton, playOf(outcome));
    }
    const sent = world.inHand.slice(seen).map(nameOf);
    seen = world.inHand.length;
    const ends = world.ends.slice(ended).map((state) => `end ${state}`);
    ended = world.ends.length;
    before += `\n${row.event}`;
    expect([...sent, ...ends].join(', '), `after${before}`).toBe(row.follows);
    // A spread leaves no record of its own: recovery starts the members it was to start.
    // And it walks past what is answered by a record that was kept.
    if (world.inHand.some((baton) => baton.range || world.isAnswered(baton))) continue;
    expect(world.frontier(), `recovery after${before}`).toEqual(world.inHand.map(nameOf).sort());
  }
}

function rows(text: string): { event: string; follows: string }[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [event = '', follows = ''] = line.split('|');
      return { event: event.trim(), follows: follows.trim() };
    });
}

function playOf([outcome, ...rest]: readonly string[]): Play {
  switch (outcome) {
    case 'ok':
      return { type: 'success', state: 'SUCCESS' };
    case 'warn':
      return { type: 'success', state: 'WARNING' };
    case 'fail':
      return { type: 'failure', failure: { code: 'test', message: 'failed' } };
    case 'skip':
      return { type: 'skipped' };
    case 'again':
      return { type: 'again' };
    case 'round':
      return {
        type: 'opened',
        fan: { type: 'sequence', branch: 'tasks', round: Number(rest[0]) },
      };
    case 'done':
      return { type: 'done', outcome: rest[0] as EndState };
    case 'open':
      return { type: 'opened', fan: { type: 'values', branch: 'tasks', limit: 0, values: rest } };
    default:
      throw new Error(`unknown outcome ${outcome}`);
  }
}
