/**
 * replay: the walk of `decide` once more over the records that stand, instead of over messages.
 *
 * It answers two questions with the very code that runs flows. What state is each flowable in: a
 * flowable has no record of its end, it follows from its children. And what has to happen next: the
 * frontier, which is what `recover` sends again (B4). Nothing is written or sent here.
 *
 * Which place of a limited fan ran which member does not change any outcome, so finished members are
 * handed to whichever place asks. Members that have not ended belong to the place that holds them,
 * and it knows of a warning of any that have: the place that has it in truth may be through.
 */
import type { Baton, Head } from './baton.ts';
import { decide } from './decide.ts';
import { lastFrame, within } from './cursor.ts';
import { type Cursor, type Effect, type View } from './effect.ts';
import type { Path, Slot } from './execution.ts';
import type { Fan, Flow } from './flow.ts';
import { isGraphStep } from './join.ts';
import type { Claim, Places } from './ports.ts';
import { type EndState, isEnd, worseOf } from './states.ts';
import { answers, asOpened, continued } from './standing.ts';
import { listOf, placeAt } from './tree.ts';

/** A slot, and how its flowable opened where it did. */
export interface Record {
  readonly slot: Slot;
  readonly fan?: Fan;
}

export interface Replay {
  /** Flowables without a record of their own that have opened. */
  readonly opened: ReadonlySet<Path>;
  /** Task runs that the walk came to, whether they have a record or are in the frontier. */
  readonly reached: ReadonlySet<Path>;
  /** Flowables that have ended, and how. */
  readonly ended: ReadonlyMap<Path, EndState>;
  /**
   * Members of graphs that have led on to others. In a new epoch they are not in their sets yet, and
   * must be before anything of the frontier is done: nothing else would put them there.
   */
  readonly joined: readonly Join[];
  /** What must be done for the execution to go on. Empty while it only waits. */
  readonly frontier: readonly Effect[];
  /** Task runs that have begun and wait: the baton that led to each, and its record. */
  readonly waiting: readonly { readonly baton: Baton; readonly slot: Slot }[];
  /** A task run that the walk came to ends the execution, and so. */
  readonly exits?: EndState;
  /** Limited fans whose places have asked for more. */
  readonly claimed: Iterable<Path>;
  /** How often each kind of effect happened, for the cost. */
  readonly counts: { readonly sends: number; readonly joins: number; readonly claims: number };
}

type Join = Extract<Effect, { type: 'join' }>;

export interface Known {
  readonly records: ReadonlyMap<Path, Record>;
  /** It has ended: every record counts, and the list for afterwards follows. */
  readonly past?: boolean;
  /** Who holds which member of a limited fan; without it, whoever has a record is taken to be held. */
  readonly places?: (path: Path) => Places | undefined;
}

/** `from`: where the walk begins, at the start of the execution or after its end. */
export function replay(
  flow: Flow,
  head: Head,
  known: Known,
  from: 'begin' | 'after' = 'begin',
): Replay {
  return new Replaying(flow, known).run(head, from);
}

class Replaying {
  readonly #flow: Flow;
  readonly #known: Known;
  readonly #opened = new Set<Path>();
  readonly #reached = new Set<Path>();
  readonly #ended = new Map<Path, EndState>();
  readonly #frontier: Effect[] = [];
  readonly #waiting: { baton: Baton; slot: Slot }[] = [];
  readonly #joined: Join[] = [];
  readonly #sets = new Map<string, { members: Set<string>; effects: Join[] }>();
  readonly #given = new Map<Path, Set<number>>();
  /** Limited fans with a member that has ended in WARNING. */
  readonly #warned = new Set<Path>();
  /** By depth, what places hold, until all that has ended has been handed out. */
  readonly #held = new Map<number, { readonly at: Cursor; readonly member: number }[]>();
  readonly #started = new Map<Path, ReadonlySet<number>>();
  readonly #counts = { sends: 0, joins: 0, claims: 0 };
  readonly #todo: Effect[] = [];
  #isPast = false;
  #exits: EndState | undefined;

  constructor(flow: Flow, known: Known) {
    this.#flow = flow;
    this.#known = known;
  }

  run(head: Head, from: 'begin' | 'after'): Replay {
    this.#decide({ type: from, head, live: new Map() });
    this.#takeAll();
    // One that was turned away when it was to go on has come to its end all the same.
    if (this.#known.past === true && from === 'begin') this.#afterwards(head);
    this.#takeAll();
    for (const [key, { effects }] of this.#sets) {
      if (!this.#isOver(key)) this.#frontier.push(...effects);
    }
    return {
      opened: this.#opened,
      reached: this.#reached,
      ended: this.#ended,
      joined: this.#joined.filter(({ key }) => !this.#ended.has(key.path)),
      frontier: this.#frontier,
      waiting: this.#waiting,
      ...(this.#exits && { exits: this.#exits }),
      claimed: this.#given.keys(),
      counts: this.#counts,
    };
  }

  #takeAll(): void {
    do {
      for (let effect = this.#todo.pop(); effect; effect = this.#todo.pop()) this.#take(effect);
    } while (this.#takeHeld());
  }

  #hold(at: Cursor, member: number): void {
    const depth = at.frames.length;
    const held = this.#held.get(depth) ?? [];
    held.push({ at, member });
    this.#held.set(depth, held);
  }

  /** The innermost comes first: a member that has ended may have such within. */
  #takeHeld(): boolean {
    const [deepest] = [...this.#held].toSorted(([a], [b]) => b - a);
    if (!deepest) return false;
    const [depth, held] = deepest;
    const { at, member } = held.shift()!;
    if (held.length === 0) this.#held.delete(depth);
    const { worst, ...frame } = lastFrame(at);
    const isWarned = this.#warned.has(at.path);
    const known = within(at, { ...frame, worst: isWarned ? worseOf(worst, 'WARNING') : worst });
    this.#decide({ type: 'claimed', at: known, member });
    return true;
  }

  #decide(event: Parameters<typeof decide>[2]): readonly Effect[] {
    const view: View = {
      values: (path) => valuesOf(this.#fanAt(path)),
      marked: (path) => this.#marked(path),
      watch: {
        opened: (path) => this.#opened.add(path),
        ended: (path, state) => this.#ended.set(path, state),
      },
    };
    const effects = decide(this.#flow, view, event);
    this.#todo.push(...effects.toReversed());
    return effects;
  }

  #marked(path: Path): EndState | undefined {
    const slot = this.#known.records.get(path)?.slot;
    return slot && isEnd(slot.state) ? slot.state : undefined;
  }

  #fanAt(path: Path): Fan | undefined {
    return placeAt(this.#flow, path).task.fan ?? this.#known.records.get(path)?.fan;
  }

  #take(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(effect);
      case 'join':
        return this.#join(effect);
      case 'claim':
        return this.#claim(effect.at, effect.claim, effect);
      case 'end':
        return this.#end(effect);
      case 'close':
        this.#frontier.push(effect);
    }
  }

  #end(effect: Extract<Effect, { type: 'end' }>): void {
    if (this.#known.past === true) this.#afterwards(effect.at.head);
    else this.#frontier.push(effect);
  }

  /** Once, however many task runs have ended the execution. */
  #afterwards(head: Head): void {
    if (!this.#isPast) this.#decide({ type: 'after', head, live: new Map() });
    this.#isPast = true;
  }

  #send(effect: Extract<Effect, { type: 'send' }>): void {
    const { baton } = effect;
    this.#counts.sends += 1;
    if (baton.range) {
      const fan = this.#fanAt(baton.path);
      if (fan) this.#decide({ type: 'spread', baton, fan });
      return;
    }
    this.#reached.add(baton.path);
    const record = this.#known.records.get(baton.path);
    if (!record || !(this.#known.past === true || answers(this.#flow, record.slot, baton))) {
      const from = record ? continued(this.#flow, baton, record.slot) : baton;
      this.#frontier.push({ ...effect, baton: from });
      return;
    }
    const { slot, fan } = record;
    if (baton.asked === undefined) this.#counts.sends += slot.turn - 1;
    const now = { ...baton, turn: slot.turn };
    // The execution ends here.
    if (slot.exits) {
      this.#exits ??= slot.exits;
      return this.#known.past === true ? this.#afterwards(baton) : undefined;
    }
    if (isEnd(slot.state)) return void this.#decide({ type: 'done', baton: now, slot });
    if (!fan) return this.#unended(now, slot);
    if (baton.asked === undefined) return this.#openedFan(now, slot, fan);
    if (slot.turn < baton.turn) return; // Past: it ended before it was asked.
    if (fan.outcome === undefined) return this.#unended(now, slot);
    this.#decide({ type: 'done', baton: now, slot, fan });
  }

  /** The members as they were when the flowable opened; what it said when asked comes after them. */
  #openedFan(baton: Baton, slot: Slot, fan: Fan): void {
    const opened = asOpened(slot, fan);
    const asked = placeAt(this.#flow, slot.path).task.asks === true;
    this.#decide({ type: 'done', baton, ...opened, ...(asked ? {} : { fan }) });
  }

  /** A retry or a later look is due again; what is paused waits for a request. */
  #unended(baton: Baton, slot: Slot): void {
    this.#waiting.push({ baton, slot });
    const view = { values: () => undefined };
    this.#frontier.push(...decide(this.#flow, view, { type: 'done', baton, slot }));
  }

  #join(effect: Join): void {
    const { at, step, key } = effect;
    this.#counts.joins += 1;
    const name = `${key.path} ${key.shard}`;
    const set = this.#sets.get(name) ?? { members: new Set<string>(), effects: [] as Join[] };
    this.#sets.set(name, set);
    // Two failures of a graph cancel what waits for both: the second time says nothing new.
    if (set.members.has(step.member)) return;
    set.members.add(step.member);
    set.effects.push(effect);
    const next = this.#decide({ type: 'joined', at, step, members: [...set.members] });
    if (next.length === 0 && !this.#ended.has(key.path)) return;
    if (isGraphStep(step)) this.#joined.push(...set.effects);
    set.effects.length = 0;
  }

  #isOver(name: string): boolean {
    return this.#ended.has(name.slice(0, name.lastIndexOf(' ')));
  }

  #claim(at: Cursor, claim: Claim, effect: Effect): void {
    this.#counts.claims += 1;
    const places = this.#known.places?.(claim.path);
    const given = this.#given.get(claim.path) ?? new Set<number>();
    this.#given.set(claim.path, given);
    if (lastFrame(at).worst === 'WARNING') this.#warned.add(claim.path);
    const member = this.#nextMember(at, claim, { places, given });
    if (member !== undefined) {
      given.add(member);
      const isHeld = places?.held.some((held) => held.member === member);
      if (isHeld === true) return this.#hold(at, member);
      this.#decide({ type: 'claimed', at, member });
    } else if (!places || claim.stop || places.stop || places.next >= claim.of) {
      this.#decide({ type: 'claimed', at, member: undefined });
    } else {
      this.#frontier.push(effect);
    }
  }

  #nextMember(
    at: Cursor,
    claim: Claim,
    { places, given }: { places: Places | undefined; given: ReadonlySet<number> },
  ): number | undefined {
    const held = places?.held.find(({ place }) => place === claim.place)?.member;
    const others = new Set(
      places?.held.filter(({ place }) => place !== claim.place).map(({ member }) => member),
    );
    const until = places?.next ?? claim.of;
    const started = this.#startedMembers(claim.path);
    for (let member = claim.first; member < until; member++) {
      if (given.has(member) || member === held) continue;
      if (places ? !others.has(member) : started.has(member)) return member;
      if (!places && !claim.stop && this.#leavesNoRecord(at, member)) return member;
    }
    return held !== undefined && held >= claim.first && !given.has(held) ? held : undefined;
  }

  /** One of several tasks that has nothing to run: a loop without values. */
  #leavesNoRecord(at: Cursor, member: number): boolean {
    if (this.#fanAt(at.path)?.type === 'values') return false;
    const view = { values: (path: Path) => valuesOf(this.#fanAt(path)) };
    const effects = decide(this.#flow, view, { type: 'claimed', at, member });
    return effects.every(({ type }) => type !== 'send');
  }

  /** Members of a fan that have at least one record. */
  #startedMembers(path: Path): ReadonlySet<number> {
    let started = this.#started.get(path);
    if (!started) {
      const found = new Set<number>();
      const fan = this.#fanAt(path);
      const tasks = listOf(this.#flow, placeAt(this.#flow, path), fan?.branch ?? 'tasks');
      const ids = tasks.map(({ id }) => id);
      for (const recorded of this.#known.records.keys()) {
        const member = fan && memberOf(recorded, path, fan, ids);
        if (member !== undefined) found.add(member);
      }
      started = found;
      this.#started.set(path, started);
    }
    return started;
  }
}

/** Which member of the fan at `path` a recorded task run belongs to. */
function memberOf(
  recorded: Path,
  path: Path,
  fan: Fan,
  ids: readonly string[],
): number | undefined {
  if (!recorded.startsWith(path)) return undefined;
  const [loop, first = ''] = recorded.slice(path.length).split('/');
  const task = ids.indexOf(first.replace(/\[\d+\]$/, ''));
  if (fan.type !== 'values') return loop === '' && task >= 0 ? task : undefined;
  const iteration = /^\[(\d+)\]$/.exec(loop ?? '')?.[1];
  if (iteration === undefined) return undefined;
  return fan.sideBySide === true ? Number(iteration) * ids.length + task : Number(iteration);
}

function valuesOf(fan: Fan | undefined): readonly string[] | undefined {
  return fan?.type === 'values' ? fan.values : undefined;
}
