/** Records for the contract suites. Every id is new, so that one open store can serve all tests. */
import type { Execution, Slot } from '../../src/engine/execution.ts';
import type { Flow } from '../../src/engine/flow.ts';
import type { Claim, LogEntry, Page, PageRequest } from '../../src/engine/ports.ts';

let made = 0;

/** A name nobody has had before: for ids, flows and namespaces. */
export function fresh(prefix: string): string {
  made += 1;
  return `${prefix}${String(made).padStart(6, '0')}`;
}

export const epochMs = 1_700_000_000_000;

export function anExecution(parts: Partial<Execution> = {}): Execution {
  return {
    id: fresh('execution'),
    flow: { namespace: fresh('company.team'), id: 'flow', revision: 1 },
    state: 'CREATED',
    epoch: 1,
    createdAt: epochMs,
    inputs: '{"name":"One"}',
    labels: { team: 'a' },
    ...parts,
  };
}

export function aSlot(parts: Partial<Slot> = {}): Slot {
  return {
    path: 'post_item',
    epoch: 1,
    turn: 1,
    state: 'SUCCESS',
    startedAt: epochMs,
    endedAt: epochMs + 5,
    ...parts,
  };
}

export function aFlow(parts: Partial<Omit<Flow, 'revision'>> = {}): Omit<Flow, 'revision'> {
  return {
    namespace: fresh('company.team'),
    id: 'flow',
    labels: {},
    inputs: [],
    outputs: [],
    variables: { deep: { list: [1, 'two', null, true] } },
    branches: {
      tasks: [
        {
          id: 'hello',
          type: 'io.kestra.plugin.core.log.Log',
          properties: { message: 'Grüße, {{ inputs.name }} 👋' },
          conversions: { message: 'text' },
        },
      ],
    },
    ...parts,
  };
}

export function aClaim(parts: Partial<Claim> = {}): Claim {
  return { path: 'each', epoch: 1, place: 0, after: 0, first: 2, of: 10, stop: false, ...parts };
}

export function aLogEntry(parts: Partial<LogEntry> = {}): LogEntry {
  return {
    timestamp: epochMs,
    level: 'INFO',
    message: 'hello',
    executionId: fresh('execution'),
    namespace: 'company.team',
    flowId: 'flow',
    revision: 1,
    ...parts,
  };
}

/** Bytes with every value, not valid as UTF-8. */
export function someBytes(length: number, seed = 7): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed) % 256);
}

/** Follows `next` to the end. Fails when the pages do not end. */
export async function allPages<T>(
  read: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
): Promise<T[][]> {
  const pages: T[][] = [];
  let after: string | undefined;
  do {
    const page = await read(after === undefined ? { limit } : { limit, after });
    pages.push([...page.items]);
    after = page.next;
    if (pages.length > 1_000) throw new Error('the pages do not end');
  } while (after !== undefined);
  return pages;
}

/** Runs `work` for 0 ≤ index < count, at most `width` at a time. */
export async function sideBySide(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
