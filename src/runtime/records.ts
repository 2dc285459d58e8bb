/**
 * The records of one execution as an expression sees them: what the baton carries first, header and
 * slots read at most once when it does not (B7). Reads are asked for by throwing `Pending`.
 */
import type { Baton, Live } from '../engine/baton.ts';
import type { Execution, Packed, Path, Slot } from '../engine/execution.ts';
import type { Fan } from '../engine/flow.ts';
import { partMark } from '../engine/live.ts';
import { Pending } from '../expression/pending.ts';
import { isMap, type Value, type ValueMap } from '../expression/value.ts';
import { LazyMap } from './lazy-map.ts';
import type { Runtime } from './runtime.ts';
import { fanOf, unpack } from './pack.ts';
import { triggerVariables } from './trigger-record.ts';

const empty: ValueMap = new Map();

export class Records {
  readonly #runtime: Runtime;
  readonly #execution: string;
  readonly #createdAt: number | undefined;
  readonly #live: Live;
  #header: Execution | undefined;
  readonly #slots = new Map<Path, Slot | null>();
  readonly #opened = new Map<string, Value>();

  constructor(
    runtime: Runtime,
    baton: Pick<Baton, 'execution' | 'live'> & Partial<Pick<Baton, 'createdAt'>>,
  ) {
    this.#createdAt = baton.createdAt;
    this.#runtime = runtime;
    this.#execution = baton.execution;
    this.#live = baton.live;
  }

  header(): Execution {
    if (this.#header) return this.#header;
    throw new Pending('header', async () => {
      const header = await this.#runtime.store.readExecution(this.#execution);
      if (!header) throw new Error(`execution ${this.#execution} is gone`);
      this.#header = header;
    });
  }

  /** A header read by other means need not be read again. */
  knowHeader(header: Execution): void {
    this.#header = header;
  }

  slot(path: Path): Slot | undefined {
    const slot = this.#slots.get(path);
    if (slot !== undefined) return slot ?? undefined;
    throw new Pending(`slot:${path}`, async () => {
      this.#slots.set(path, (await this.#runtime.store.readSlot(this.#execution, path)) ?? null);
    });
  }

  /** Slots read by other means need not be read again. */
  know(slots: Iterable<Slot>): void {
    for (const slot of slots) this.#slots.set(slot.path, slot);
  }

  /** `inputs`, `labels` or `trigger`: carried entries at once, the others from the header. */
  root(name: 'inputs' | 'trigger', packed: (header: Execution) => Packed | undefined): LazyMap {
    const carried = this.#live.get(name);
    const all = (): ValueMap => {
      const stored = packed(this.header());
      if (stored === undefined) return empty;
      const value = this.#open(`header:${name}`, stored);
      return name === 'trigger' ? triggerVariables(value) : mapOf(value);
    };
    return new LazyMap({
      get: (key) => (isMap(carried) ? carried.get(key) : undefined) ?? all().get(key),
      keys: () => all().keys(),
    });
  }

  /** Undefined where nothing triggered the execution. */
  trigger(): LazyMap | undefined {
    const carried = this.#live.get('trigger');
    const isThere = isMap(carried) && carried.size > 0;
    if (!isThere && this.header().trigger === undefined) return undefined;
    return this.root('trigger', (header) => header.trigger);
  }

  labels(): ValueMap {
    const carried = this.#live.get('labels');
    return isMap(carried) ? carried : nestedLabels(this.header().labels);
  }

  /** `vars.*` where a task has changed them. */
  variables(): ValueMap | undefined {
    const { variables, version } = this.header();
    return variables === undefined
      ? undefined
      : mapOf(this.#open(`header:variables:${version}`, variables));
  }

  /** Outputs of the task run at `path`; undefined where it has none. */
  outputs(path: Path): ValueMap | undefined {
    const carried = this.#live.get('outputs');
    if (isMap(carried)) {
      const whole = carried.get(path);
      if (isMap(whole)) return whole;
      const part = carried.get(`${path}${partMark}`);
      if (isMap(part)) return this.#partial(path, part);
    }
    return this.#stored(path);
  }

  /** How the flowable at `path` opened; undefined while it has not. */
  fan(path: Path): Fan | undefined {
    const { fans } = this.#runtime;
    const head = this.#createdAt !== undefined && {
      execution: this.#execution,
      createdAt: this.#createdAt,
    };
    const known = head ? fans.get(head, path) : undefined;
    if (known) return known;
    const packed = this.slot(path)?.fan;
    if (packed === undefined) return undefined;
    const fan = fanOf(this.#open(`fan:${path}`, packed));
    if (head) fans.keep(head, path, fan);
    return fan;
  }

  #partial(path: Path, part: ValueMap): LazyMap {
    return new LazyMap({
      get: (key) => part.get(key) ?? this.#stored(path)?.get(key),
      keys: () => this.#stored(path)?.keys() ?? [],
    });
  }

  #stored(path: Path): ValueMap | undefined {
    const packed = this.slot(path)?.outputs;
    return packed === undefined ? undefined : mapOf(this.#open(`outputs:${path}`, packed));
  }

  #open(key: string, packed: Packed): Value {
    const opened = this.#opened.get(key);
    if (opened !== undefined) return opened;
    throw new Pending(key, async () => {
      this.#opened.set(key, await unpack(packed, this.#runtime.blobs));
    });
  }
}

function mapOf(value: Value): ValueMap {
  return isMap(value) ? value : empty;
}

/** `system.correlationId` becomes `labels.system.correlationId`. */
export function nestedLabels(labels: Readonly<Record<string, string>>): ValueMap {
  const nested = new Map<string, Value>();
  for (const [key, value] of Object.entries(labels)) {
    const parts = key.split('.');
    const last = parts.pop() ?? key;
    let at = nested;
    for (const part of parts) {
      const next = at.get(part);
      const child: Map<string, Value> =
        next instanceof Map ? (next as Map<string, Value>) : new Map();
      at.set(part, child);
      at = child;
    }
    at.set(last, value);
  }
  return nested;
}
