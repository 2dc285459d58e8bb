/**
 * A world for the pure engine: batons in hand, slots, joins and places in memory. It performs effects
 * as the runtime does, but every step is taken by hand.
 */
import type { Baton } from '../../src/engine/baton.ts';
import { decide } from '../../src/engine/decide.ts';
import { type Effect, type View } from '../../src/engine/effect.ts';
import type { Path, Slot } from '../../src/engine/execution.ts';
import type { Fan, Flow } from '../../src/engine/flow.ts';
import type { Claim, JoinKey, Places } from '../../src/engine/ports.ts';
import { type Record as Known, type Replay, replay } from '../../src/engine/replay.ts';
import { type Outcome, settle } from '../../src/engine/settle.ts';
import { answers, continued } from '../../src/engine/standing.ts';
import type { EndState } from '../../src/engine/states.ts';
import { placeAt } from '../../src/engine/tree.ts';

const head = {
  execution: 'x',
  flow: { namespace: 'test', id: 'flow', revision: 1 },
  epoch: 1,
  createdAt: 0,
};

/** What a task comes to; a fan opens a flowable that decides when it runs. */
export type Play =
  | Exclude<Outcome, { type: 'opened' | 'waiting' }>
  | { readonly type: 'opened'; readonly fan: Fan }
  /** It was asked, and wants another round. */
  | { readonly type: 'again' }
  | { readonly type: 'done'; readonly outcome: EndState };

interface PlacesRecord {
  next: number;
  stop: boolean;
  readonly by: Map<number, { after: number; took: number | undefined }>;
}

export class World {
  readonly flow: Flow;
  readonly inHand: Baton[] = [];
  readonly records = new Map<Path, Known>();
  readonly joins = new Map<string, Set<string>>();
  readonly places = new Map<Path, PlacesRecord>();
  readonly ends: EndState[] = [];
  /** It has ended, and so have its tasks for afterwards. */
  isClosed = false;
  now = 0;
  epoch = 1;

  constructor(flow: Flow) {
    this.flow = flow;
    this.perform(decide(flow, this.view(), { type: 'begin', head, live: new Map() }));
  }

  view(): View {
    return {
      values: (path) => {
        const fan = this.fanAt(path);
        return fan?.type === 'values' ? fan.values : undefined;
      },
    };
  }

  fanAt(path: Path): Fan | undefined {
    return placeAt(this.flow, path).task.fan ?? this.records.get(path)?.fan;
  }

  /** Handles a baton; `keep` leaves its message in the queue, as if it was delivered twice. */
  handle(baton: Baton, play: Play, keep = false): void {
    if (!keep) this.inHand.splice(this.inHand.indexOf(baton), 1);
    this.now += 1;
    if (baton.range) {
      const fan = this.fanAt(baton.path);
      if (!fan) throw new Error('spread before it opened');
      return this.perform(decide(this.flow, this.view(), { type: 'spread', baton, fan }));
    }
    const found = this.records.get(baton.path)?.slot;
    const lost = this.isAnswered(baton);
    if (!lost) this.commit(found ? continued(this.flow, baton, found) : baton, play);
    const { slot, fan } = this.records.get(baton.path) as Known;
    const event = {
      type: 'done',
      baton,
      slot,
      ...(fan && slot.state === 'RUNNING' && { fan }),
    } as const;
    this.perform(decide(this.flow, this.view(), event), lost);
  }

  commit(baton: Baton, play: Play): void {
    const moment = { startedAt: this.now, now: this.now, random: 0 };
    const slot: Slot = settle(this.flow, baton, this.#outcomeOf(play), moment);
    const fan = this.#fanAfter(play, baton.path);
    this.records.set(baton.path, { slot, ...(fan && { fan }) });
  }

  #fanAfter(play: Play, path: Path): Fan | undefined {
    if (play.type === 'opened') return play.fan;
    const opened = this.fanAt(path);
    if (!opened || (play.type !== 'again' && play.type !== 'done')) return undefined;
    const { outcome: _, ...fan } = opened;
    return play.type === 'done' ? { ...fan, outcome: play.outcome } : fan;
  }

  #outcomeOf(play: Play): Outcome {
    switch (play.type) {
      case 'again':
        return { type: 'waiting', paused: false, resumeAt: this.now, fan: '{}' };
      case 'done':
        return { type: 'opened', fan: '{}', outcome: play.outcome };
      case 'opened':
        return { type: 'opened', fan: '{}' };
      default:
        return play;
    }
  }

  /** `again`: whoever found the work done does not send what has been recorded since. */
  perform(effects: readonly Effect[], again = false): void {
    const todo = [...effects];
    for (let effect = todo.shift(); effect; effect = todo.shift()) {
      if (effect.type === 'send') {
        if (!again || !this.isRecorded(effect.baton)) this.inHand.push(effect.baton);
      } else if (effect.type === 'end') this.#end(effect);
      else if (effect.type === 'close') this.isClosed = true;
      else todo.push(...this.answer(effect));
    }
  }

  /** The header is ended once; who comes again sends only what has no record. */
  #end({ at, state }: Extract<Effect, { type: 'end' }>): void {
    const isAgain = this.ends.length > 0;
    this.ends.push(state);
    if ((this.flow.branches['afterExecution'] ?? []).length === 0) this.isClosed = true;
    else {
      const after = { type: 'after', head: at.head, live: at.live } as const;
      this.perform(decide(this.flow, this.view(), after), isAgain);
    }
  }

  /** Whether a record stands for it, perhaps of an older epoch. */
  isAnswered(baton: Baton): boolean {
    const slot = this.records.get(baton.path)?.slot;
    return baton.range === undefined && slot !== undefined && answers(this.flow, slot, baton);
  }

  /** B1: the first record of a turn stands. Of one of an older epoch nobody has gone on yet. */
  isRecorded({ path, turn, epoch, range }: Baton): boolean {
    const slot = this.records.get(path)?.slot;
    return range === undefined && slot?.epoch === epoch && slot.turn >= turn;
  }

  /** What failed runs again, in a new epoch with sets and places of its own. */
  restart(): void {
    this.epoch += 1;
    this.isClosed = false;
    this.ends.length = 0;
    this.inHand.length = 0;
    this.joins.clear();
    this.places.clear();
    const { joined, frontier } = this.replay();
    for (const { key, step } of joined) this.joinSet(key).add(step.member);
    this.perform(frontier);
  }

  replay(): Replay {
    const places = (path: Path) => this.placesAt(path);
    const known = { records: this.records, places };
    const from = this.ends.length > 0 ? 'after' : 'begin';
    return replay(this.flow, { ...head, epoch: this.epoch }, known, from);
  }

  joinSet({ path, shard }: JoinKey): Set<string> {
    const name = `${path} ${shard}`;
    const set = this.joins.get(name) ?? new Set<string>();
    this.joins.set(name, set);
    return set;
  }

  answer(effect: Extract<Effect, { type: 'join' | 'claim' }>): readonly Effect[] {
    if (effect.type === 'join') {
      const { at, step, key } = effect;
      const set = this.joinSet(key).add(step.member);
      return decide(this.flow, this.view(), { type: 'joined', at, step, members: [...set] });
    }
    const member = this.claim(effect.claim);
    if (member === 'passed') return [];
    return decide(this.flow, this.view(), { type: 'claimed', at: effect.at, member });
  }

  claim({ path, place, after, first, of, stop }: Claim): number | 'passed' | undefined {
    const record = this.places.get(path) ?? { next: first, stop: false, by: new Map() };
    this.places.set(path, record);
    const before = record.by.get(place);
    if (before && before.after >= after) return before.after > after ? 'passed' : before.took;
    record.stop ||= stop;
    const took = record.stop || record.next >= of ? undefined : record.next++;
    record.by.set(place, { after, took });
    return took;
  }

  placesAt(path: Path): Places {
    const record = this.places.get(path);
    if (!record) return { next: 0, stop: false, held: [] };
    const held = [...record.by].flatMap(([place, { took }]) =>
      took === undefined ? [] : [{ place, member: took }],
    );
    return { next: record.next, stop: record.stop, held };
  }

  /** What `recover` would send, as paths with their turns. */
  frontier(): string[] {
    const { frontier } = this.replay();
    return frontier
      .flatMap((effect) => (effect.type === 'send' ? [nameOf(effect.baton)] : []))
      .sort();
  }
}

export function nameOf(baton: Baton): string {
  const range = baton.range ? ` ${baton.range[0]}..${baton.range[1]}` : '';
  return `${baton.path}${baton.turn > 1 ? `#${baton.turn}` : ''}${range}`;
}
