/**
 * Joins: members of a fan add themselves to sets, never increment (B5). Up to 64 members share a
 * set; a full set adds itself as a member to the set above, so no item grows with the fan-out and
 * none is hot. A member is written `index=STATE`; its state follows from records, so adding it again
 * after a crash changes nothing.
 */
import { assert } from './assert.ts';
import type { Path } from './execution.ts';
import { limits } from './limits.ts';
import type { JoinKey } from './ports.ts';
import { type EndState, worseOf } from './states.ts';

export interface JoinStep {
  readonly path: Path;
  readonly epoch: number;
  /** 0 for the sets of the members themselves. */
  readonly level: number;
  /** How many members this level has, and which of them this one is. */
  readonly of: number;
  readonly index: number;
  readonly key: JoinKey;
  readonly member: string;
}

/** The members of a graph share one set: each addition may be what another member waits for. */
const graphShard = 'graph';

export function graphStep(
  path: Path,
  epoch: number,
  of: number,
  index: number,
  state: EndState,
): JoinStep {
  const key = { path, epoch, shard: graphShard };
  return { path, epoch, level: 0, of, index, key, member: `${index}=${state}` };
}

export function isGraphStep({ key }: JoinStep): boolean {
  return key.shard === graphShard;
}

/** The states in a set, by member. A member there twice has the worse one. */
export function statesIn(members: readonly string[]): ReadonlyMap<number, EndState> {
  const states = new Map<number, EndState>();
  for (const member of members) {
    const [index, state] = member.split('=') as [string, EndState];
    states.set(Number(index), worseOf(states.get(Number(index)) ?? 'SUCCESS', state));
  }
  return states;
}

export function joinStep(
  path: Path,
  epoch: number,
  of: number,
  index: number,
  state: EndState,
): JoinStep {
  return stepAt(path, epoch, 0, of, index, state);
}

/**
 * The outcome of a set that is full, or undefined. A place of a limited fan may be there twice with
 * different states: recovery hands finished members to places as it finds them (replay.ts). Both
 * tell of members that did end so, hence the worst of all entries is the outcome.
 */
export function joinOutcome(step: JoinStep, members: readonly string[]): EndState | undefined {
  const start = setOf(step.index) * limits.joinMembersMax;
  const size = Math.min(limits.joinMembersMax, step.of - start);
  const states = statesIn(members);
  assert(states.size <= size, `join set ${step.key.shard} of ${step.path} holds its members only`);
  return states.size < size ? undefined : worstOf(states);
}

export function worstOf(states: ReadonlyMap<number, EndState>): EndState {
  return [...states.values()].reduce(worseOf, 'SUCCESS');
}

/** Where a full set adds itself; undefined at the top. */
export function nextJoinStep(step: JoinStep, outcome: EndState): JoinStep | undefined {
  if (step.of <= limits.joinMembersMax) return undefined;
  const of = Math.ceil(step.of / limits.joinMembersMax);
  return stepAt(step.path, step.epoch, step.level + 1, of, setOf(step.index), outcome);
}

function stepAt(
  path: Path,
  epoch: number,
  level: number,
  of: number,
  index: number,
  state: EndState,
): JoinStep {
  const key = { path, epoch, shard: `${level}.${setOf(index)}` };
  return { path, epoch, level, of, index, key, member: `${index}=${state}` };
}

function setOf(index: number): number {
  return Math.floor(index / limits.joinMembersMax);
}
