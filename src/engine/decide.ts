/**
 * decide: one event in, effects out (B9). It knows no clock, no randomness, no SDK, nothing of Node.
 *
 * The effects are a pure function of the flow and of records that stand (B3): whoever handles a
 * baton twice, or finds a slot already written, derives the same sends again, and they collapse on
 * the slots they lead to (B1).
 *
 * A flowable opens a fan of members (see flow.ts). Walking up and down the tree needs no reads: the
 * baton carries a frame per flowable around it. The life of a flowable: its tasks, then `errors` if
 * they failed, then `finally`, then its parent goes on. Phases follow one another: `errors` of a
 * Parallel start when all its started members have ended. That differs from Kestra, which starts
 * them beside running siblings, and gives each outcome a single cause.
 */
import { assert } from './assert.ts';
import { allowed, letsGoOn } from './allowed.ts';
import type { Baton, Frame, Head, Live, Member } from './baton.ts';
import { below, cursorOf, iterationOf, lastFrame, memberOf, within } from './cursor.ts';
import type { Cursor, Effect, Event, View } from './effect.ts';
import type { Path, Slot } from './execution.ts';
import type { Fan, Flow, Task } from './flow.ts';
import { dependentsOf, waitsFor } from './graph-order.ts';
import {
  graphStep,
  isGraphStep,
  type JoinStep,
  joinOutcome,
  joinStep,
  nextJoinStep,
  statesIn,
  worstOf,
} from './join.ts';
import { limits } from './limits.ts';
import { forgetBelow, keepNeeded } from './live.ts';
import { type EndState, isEnd, worseOf } from './states.ts';
import { childPath, listOf, parentPath, phases, type Place, placeAt, placeIn } from './tree.ts';

export function decide(flow: Flow, view: View, event: Event): readonly Effect[] {
  const walk = new Walk(flow, view);
  walk.on(event);
  return walk.effects;
}

const success: Frame = { worst: 'SUCCESS' };

/** One walk through the tree, from an event to the batons, joins and ends it leads to. */
class Walk {
  readonly effects: Effect[] = [];
  readonly #flow: Flow;
  readonly #view: View;

  constructor(flow: Flow, view: View) {
    this.#flow = flow;
    this.#view = view;
  }

  on(event: Event): void {
    switch (event.type) {
      case 'begin':
        return this.#list(root(event), undefined, 'tasks', 0);
      case 'after':
        return this.#list(root(event), undefined, 'afterExecution', 0);
      case 'done':
        return this.#done(event.baton, event.slot, event.fan);
      case 'spread':
        return this.#spread(event.baton, event.fan);
      case 'joined':
        return this.#joined(event.at, event.step, event.members);
      case 'claimed':
        return this.#claimed(event.at, event.member);
    }
  }

  #done(baton: Baton, slot: Slot, fan: Fan | undefined): void {
    const place = placeAt(this.#flow, baton.path);
    const at = cursorOf(baton, place);
    if (isEnd(slot.state)) return this.#taskEnded(at, place, slot.state);
    if (fan?.outcome !== undefined) {
      return this.#tasksEnded(below(at, baton.path, success), place, fan.outcome);
    }
    if (fan && slot.resumeAt === undefined) return this.#open(at, place, baton.path, fan);
    if (slot.resumeAt === undefined) return; // Waits for a request from outside.
    this.#send(place.task, nextTurn(baton, slot), slot.resumeAt);
  }

  /** Starts the task at `index` of a list, or ends the list where there is none. */
  #list(at: Cursor, parent: Place | undefined, branch: string, index: number): void {
    if (index >= listOf(this.#flow, parent, branch).length)
      return this.#listEnded(at, parent, branch);
    this.#task(at, placeIn(this.#flow, parent, branch, index));
  }

  #task(at: Cursor, place: Place): void {
    const path = childPath(at.path, iterationOf(at), place.branch, place.task.id);
    if (place.task.fan && place.task.runIf === undefined) {
      const marked = this.#view.marked?.(path);
      if (marked) return this.#flowableEnded(at, place, path, marked);
      return this.#open(at, place, path, place.task.fan);
    }
    this.#send(place.task, {
      ...at.head,
      path,
      turn: 1,
      attempt: 1,
      frames: at.frames,
      live: at.live,
    });
  }

  #send(task: Task, baton: Baton, notBefore?: number): void {
    const live = keepNeeded(this.#flow, placeAt(this.#flow, baton.path), baton.live);
    const lane = task.lane ?? 'fast';
    this.effects.push({
      type: 'send',
      baton: { ...baton, live },
      lane,
      ...(notBefore !== undefined && { notBefore }),
    });
  }

  /** Opens the fan of the flowable at `path`; `at` is the position of its parent. */
  #open(at: Cursor, place: Place, path: Path, fan: Fan): void {
    this.#view.watch?.opened(path);
    if (fan.type === 'sequence') {
      const from = fan.round === undefined ? at : { ...at, live: forgetBelow(at.live, path) };
      return this.#list(below(from, path, roundOf(fan)), place, fan.branch, 0);
    }
    const of = memberCount(this.#flow, place, fan);
    // A loop over nothing but disabled tasks has nothing to do for any of its values.
    const idle = of === 0 || listOf(this.#flow, place, fan.branch).length === 0;
    if (idle && place.task.asks === true) {
      return this.#membersEnded(below(at, path, success), place, 'SUCCESS');
    }
    if (idle) return this.#flowableEnded(at, place, path, 'SUCCESS');
    if (fan.type === 'graph') return this.#roots(at, place, path, fan);
    this.#members(at, place, path, fan, 0, Math.min(of, fan.limit || of));
  }

  /** Starts members from..to, itself where they are few and by further batons where they are many. */
  #members(at: Cursor, place: Place, path: Path, fan: MemberFan, from: number, to: number): void {
    if (to - from <= limits.directMembersMax) {
      for (let index = from; index < to; index++)
        this.#member(at, place, path, fan, index, success);
      return;
    }
    const size = Math.max(
      limits.directMembersMax,
      Math.ceil((to - from) / limits.directMembersMax),
    );
    for (let start = from; start < to; start += size) {
      const range: [number, number] = [start, Math.min(start + size, to)];
      const baton = {
        ...at.head,
        path,
        turn: 1,
        attempt: 1,
        frames: at.frames,
        live: at.live,
        range,
      };
      this.#send(place.task, baton);
    }
  }

  #spread(baton: Baton, fan: Fan): void {
    assert(baton.range && (fan.type === 'tasks' || fan.type === 'values'), 'a range is of members');
    const place = placeAt(this.#flow, baton.path);
    const at = cursorOf(baton, place);
    this.#members(at, place, baton.path, fan, baton.range[0], baton.range[1]);
  }

  #member(at: Cursor, place: Place, path: Path, fan: MemberFan, index: number, frame: Frame): void {
    const of = memberCount(this.#flow, place, fan);
    const member: Member = {
      index,
      of,
      limit: fan.limit,
      each: eachOf(fan),
      ...(fan.limit > 1 && fan.limit < of && { place: index }),
    };
    const values = fan.type === 'values' ? fan.values : undefined;
    const inside = below(at, path, { ...frame, member });
    this.#startMember(this.#withMember(inside, member, index, values), place, fan.branch);
  }

  /** The members of a graph that wait for nothing. */
  #roots(at: Cursor, place: Place, path: Path, fan: Extract<Fan, { type: 'graph' }>): void {
    const tasks = listOf(this.#flow, place, fan.branch);
    for (const [index, task] of tasks.entries()) {
      const isRoot = waitsFor(task, tasks).length === 0;
      if (isRoot) this.#node(below(at, path, success), place, fan.branch, index);
    }
  }

  #node(at: Cursor, place: Place, branch: string, index: number): void {
    const of = listOf(this.#flow, place, branch).length;
    const member: Member = { index, of, limit: 0, each: 'node' };
    this.#startMember(within(at, { ...success, member }), place, branch);
  }

  /** `at` is inside the flowable, its last frame the member's. */
  #startMember(at: Cursor, place: Place, branch: string): void {
    const member = memberOf(at);
    if (member.each === 'value') return this.#list(at, place, branch, 0);
    const tasks = listOf(this.#flow, place, branch).length;
    this.#task(at, placeIn(this.#flow, place, branch, member.index % tasks));
  }

  #taskEnded(at: Cursor, place: Place, ended: EndState): void {
    const frame = lastFrame(at);
    const next = within(at, { ...frame, worst: worseOf(frame.worst, ended) });
    const branch = place.branch;
    const stops = isTasks(branch) && !letsGoOn(ended);
    const each = frame.member?.each;
    const isAlone = each !== undefined && each !== 'value' && each !== 'round';
    if (stops || (isTasks(branch) && isAlone)) {
      return this.#listEnded(next, place.parent, branch);
    }
    this.#list(next, place.parent, branch, place.index + 1);
  }

  #listEnded(at: Cursor, flowable: Place | undefined, branch: string): void {
    const frame = lastFrame(at);
    if (branch === 'errors') return this.#finally(at, flowable, frame.outcome ?? 'FAILED');
    if (branch === 'finally') return this.#leave(at, flowable, frame.outcome ?? 'SUCCESS');
    if (branch === 'afterExecution') return void this.effects.push({ type: 'close', at });
    if (!frame.member) return this.#membersEnded(at, flowable, frame.worst);
    this.#memberEnded(at, frame.member, frame.worst, flowable, branch);
  }

  #memberEnded(
    at: Cursor,
    member: Member,
    worst: EndState,
    flowable: Place | undefined,
    branch: string,
  ): void {
    assert(flowable, 'only a flowable task has members');
    if (member.each === 'round') return this.#membersEnded(at, flowable, worst);
    if (member.each === 'node') {
      return this.#join(at, graphStep(at.path, at.head.epoch, member.of, member.index, worst));
    }
    const failed = !letsGoOn(worst);
    if (member.limit === 1 || member.of === 1) {
      if (failed || member.index + 1 >= member.of) return this.#membersEnded(at, flowable, worst);
      return this.#startMember(this.#withMember(at, member, member.index + 1), flowable, branch);
    }
    if (member.place === undefined) {
      return this.#join(at, joinStep(at.path, at.head.epoch, member.of, member.index, worst));
    }
    const { place, index: after, limit: first, of } = member;
    const claim = { path: at.path, epoch: at.head.epoch, place, after, first, of, stop: failed };
    this.effects.push({ type: 'claim', at, claim });
  }

  #claimed(at: Cursor, index: number | undefined): void {
    const member = memberOf(at);
    const frame = lastFrame(at);
    if (index === undefined) {
      assert(member.place !== undefined, 'only a place claims');
      return this.#join(
        at,
        joinStep(at.path, at.head.epoch, member.limit, member.place, frame.worst),
      );
    }
    const flowable = placeAt(this.#flow, at.path);
    const branch = branchOfMembers(flowable);
    this.#startMember(this.#withMember(at, member, index), flowable, branch);
  }

  /** The same place or sequence, gone on to another member; the worst outcome so far stays. */
  #withMember(
    at: Cursor,
    { index: _, iteration: __, value: ___, ...rest }: Member,
    index: number,
    values = this.#view.values(at.path),
  ): Cursor {
    const iteration = this.#iterationOf(at.path, rest.each, index);
    const value = iteration === undefined ? undefined : carried(values?.[iteration]);
    const member = {
      ...rest,
      index,
      ...(iteration !== undefined && { iteration }),
      ...(value !== undefined && { value }),
    };
    return within(at, { ...lastFrame(at), member });
  }

  #iterationOf(path: Path, each: Member['each'], index: number): number | undefined {
    if (each === 'value') return index;
    if (each !== 'cell') return undefined;
    const flowable = placeAt(this.#flow, path);
    return Math.floor(index / listOf(this.#flow, flowable, branchOfMembers(flowable)).length);
  }

  #join(at: Cursor, step: JoinStep): void {
    this.effects.push({ type: 'join', at, step, key: step.key });
  }

  #joined(at: Cursor, step: JoinStep, members: readonly string[]): void {
    if (isGraphStep(step)) return this.#graphJoined(at, step, statesIn(members));
    const outcome = joinOutcome(step, members);
    if (outcome === undefined) return; // Others are still under way; the last of them goes on.
    const next = nextJoinStep(step, outcome);
    if (next) return this.#join(at, next);
    this.#membersEnded(at, placeAt(this.#flow, at.path), outcome);
  }

  /**
   * Starts what waited for this member and for nothing else any more. What waits for a failed member,
   * directly or not, never starts: the failure counts it as cancelled, so that the graph ends when
   * all others have.
   */
  #graphJoined(at: Cursor, step: JoinStep, ended: ReadonlyMap<number, EndState>): void {
    const flowable = placeAt(this.#flow, at.path);
    const branch = branchOfMembers(flowable);
    const tasks = listOf(this.#flow, flowable, branch);
    if (ended.size === tasks.length) return this.#membersEnded(at, flowable, worstOf(ended));
    const state = ended.get(step.index);
    if (state === 'CANCELLED') return; // Whoever cancelled it has cancelled what waits for it.
    if (!letsGoOn(state)) {
      for (const index of dependentsOf(step.index, tasks)) {
        if (ended.has(index)) continue;
        this.#join(at, graphStep(at.path, at.head.epoch, step.of, index, 'CANCELLED'));
      }
      return;
    }
    for (const [index, task] of tasks.entries()) {
      const waited = waitsFor(task, tasks);
      if (!waited.includes(step.index) || ended.has(index)) continue;
      if (waited.every((other) => letsGoOn(ended.get(other))))
        this.#node(at, flowable, branch, index);
    }
  }

  /** All members have ended: a flowable that wants to be asked says what comes next. */
  #membersEnded(at: Cursor, flowable: Place | undefined, outcome: EndState): void {
    if (flowable?.task.asks !== true) return this.#tasksEnded(at, flowable, outcome);
    const round = lastFrame(at).member?.each === 'round' ? memberOf(at).index : 0;
    this.#send(flowable.task, {
      ...at.head,
      path: at.path,
      turn: askedTurn(round),
      attempt: 1,
      frames: at.frames.slice(0, -1),
      live: at.live,
      round,
      asked: outcome,
    });
  }

  #tasksEnded(at: Cursor, flowable: Place | undefined, outcome: EndState): void {
    if (outcome === 'FAILED' && listOf(this.#flow, flowable, 'errors').length > 0) {
      return this.#list(within(at, { ...success, outcome }), flowable, 'errors', 0);
    }
    this.#finally(at, flowable, outcome);
  }

  #finally(at: Cursor, flowable: Place | undefined, outcome: EndState): void {
    if (
      outcome !== 'KILLED' &&
      outcome !== 'RETRIED' &&
      listOf(this.#flow, flowable, 'finally').length > 0
    ) {
      return this.#list(within(at, { ...success, outcome }), flowable, 'finally', 0);
    }
    this.#leave(at, flowable, outcome);
  }

  #leave(at: Cursor, flowable: Place | undefined, outcome: EndState): void {
    if (!flowable) {
      this.effects.push({ type: 'end', at, state: outcome });
      return;
    }
    const parent = { ...at, path: parentPath(flowable, at.path), frames: at.frames.slice(0, -1) };
    this.#flowableEnded(parent, flowable, at.path, outcome);
  }

  /** `at` is the position of its parent. */
  #flowableEnded(at: Cursor, flowable: Place, path: Path, outcome: EndState): void {
    const state = allowed(flowable.task, outcome);
    this.#view.watch?.ended(path, state);
    this.#taskEnded(at, flowable, state);
  }
}

/** A fan whose members are started by number; those of a graph follow one another. */
type MemberFan = Extract<Fan, { type: 'tasks' | 'values' }>;

function eachOf(fan: MemberFan): Member['each'] {
  if (fan.type === 'tasks') return 'task';
  return fan.sideBySide === true ? 'cell' : 'value';
}

export function memberCount(
  flow: Flow,
  place: Place,
  fan: Exclude<Fan, { type: 'sequence' }>,
): number {
  const tasks = listOf(flow, place, fan.branch).length;
  if (fan.type !== 'values') return tasks;
  return fan.sideBySide === true ? fan.values.length * tasks : fan.values.length;
}

/** Where a failed task keeps the ones after it from running. */
function isTasks(branch: string): boolean {
  return !phases.includes(branch);
}

function root({ head, live }: { readonly head: Head; readonly live: Live }): Cursor {
  return { head, path: '', frames: [success], live };
}

/** A sequence that is run round after round has its number in the paths of its tasks. */
function roundOf({ round }: Extract<Fan, { type: 'sequence' }>): Frame {
  if (round === undefined) return success;
  const member: Member = { index: round, iteration: round, of: round + 1, limit: 1, each: 'round' };
  return { ...success, member };
}

/** The branch whose tasks are the members; a fan with members has exactly one such branch. */
function branchOfMembers(flowable: Place): string {
  const branch = Object.keys(flowable.task.branches ?? {}).find(isTasks);
  assert(branch !== undefined, 'a fan with members has a branch');
  return branch;
}

/** A flowable is asked after its first message, of which a breakpoint makes two. */
function askedTurn(round: number): number {
  return 2 * round + 3;
}

function roundAsked(turn: number): number {
  return (turn - 3) / 2;
}

/** A further attempt after a failure, or the same attempt after a wait. */
function nextTurn({ since: _, asked: __, round, ...baton }: Baton, slot: Slot): Baton {
  const turn = slot.turn + 1;
  // A baton that was recovered does not know how many attempts there were.
  const attempt = (slot.attempts?.at(-1)?.number ?? 0) + 1;
  const kept = { ...baton, turn, ...(slot.attempts && { attempts: slot.attempts, attempt }) };
  const paused = slot.state === 'PAUSED' ? { pausedAt: slot.endedAt } : {};
  if (slot.held) return { ...kept, ...(round !== undefined && { round }) };
  // From the record: a late duplicate of the message it opened with does not know the round.
  if (slot.fan !== undefined)
    return { ...kept, since: slot.startedAt, round: roundAsked(slot.turn) + 1 };
  return slot.state === 'RETRYING' ? kept : { ...kept, ...paused, since: slot.startedAt };
}

function carried(value: string | undefined): string | undefined {
  return value !== undefined && value.length <= limits.carriedValueCharsMax ? value : undefined;
}
