/**
 * Flows that have something of everything that waits, joins, counts and hands over, and what must be
 * true of each of their executions in the end. A value made by chance is read by a later task: what
 * it saw must be what the record says, whichever of several runs wrote it.
 */
import type { Slot } from '../../../src/engine/execution.ts';
import type { BlobStore, StateStore } from '../../../src/engine/ports.ts';
import { toPlain } from '../../../src/expression/value.ts';
import { unpack } from '../../../src/runtime/pack.ts';
import { collect } from '../../contract/fixtures.ts';

const type = (name: string) => `io.kestra.plugin.core.${name}`;
const chance = `{ type: ${type('debug.Return')}, format: "{{ uuid() }}"`;

export const namespace = 'test.crash';

/** How often each is started, roughly: the first one most. */
export const sources: readonly string[] = [
  `
id: fans
namespace: ${namespace}
tasks:
  - ${chance}, id: first }
  - id: side
    type: ${type('flow.Parallel')}
    tasks:
      - ${chance}, id: left }
      - id: middle
        type: ${type('flow.ForEach')}
        values: [1, 2, 3, 4]
        concurrencyLimit: 2
        tasks:
          - ${chance}, id: each }
          - { id: seen, type: ${type('debug.Return')}, format: "{{ outputs.each[taskrun.value].value }}" }
      - id: graph
        type: ${type('flow.Dag')}
        tasks:
          - task: ${chance}, id: a }
          - { task: ${chance}, id: b }, dependsOn: [a] }
          - { task: ${chance}, id: c }, dependsOn: [a] }
          - { task: { id: d, type: ${type('debug.Return')}, format: "{{ outputs.b.value }} {{ outputs.c.value }}" }, dependsOn: [b, c] }
  - { id: last, type: ${type('debug.Return')}, format: "{{ outputs.first.value }} {{ outputs.left.value }}" }
outputs: [{ id: first, type: STRING, value: "{{ outputs.first.value }}" }]
`,
  `
id: waits
namespace: ${namespace}
tasks:
  - id: again
    type: ${type('execution.Fail')}
    condition: "{{ taskrun.attemptsCount < 2 }}"
    retry: { type: constant, interval: PT2S, maxAttempts: 5 }
  - id: until
    type: ${type('flow.LoopUntil')}
    condition: "{{ outputs.round.value == '2' }}"
    checkFrequency: { interval: PT1S, maxIterations: 9 }
    tasks:
      - { id: round, type: ${type('debug.Return')}, format: "{{ taskrun.iteration }}" }
  - { id: pause, type: ${type('flow.Pause')}, pauseDuration: PT3S }
  - { id: sleep, type: ${type('flow.Sleep')}, duration: PT1S }
errors:
  - { id: never, type: ${type('log.Log')}, message: never }
finally:
  - ${chance}, id: at_last }
afterExecution:
  - ${chance}, id: after }
`,
  `
id: child
namespace: ${namespace}
inputs: [{ id: given, type: STRING }]
tasks:
  - { id: got, type: ${type('debug.Return')}, format: "{{ inputs.given }}" }
outputs: [{ id: got, type: STRING, value: "{{ outputs.got.value }}" }]
`,
  `
id: parent
namespace: ${namespace}
tasks:
  - ${chance}, id: first }
  - id: call
    type: ${type('flow.Subflow')}
    namespace: ${namespace}
    flowId: child
    inputs: { given: "{{ outputs.first.value }}" }
  - id: calls
    type: ${type('flow.ForEach')}
    values: [1, 2]
    concurrencyLimit: 0
    tasks:
      - id: each_call
        type: ${type('flow.Subflow')}
        namespace: ${namespace}
        flowId: child
        inputs: { given: "{{ taskrun.value }}" }
  - { id: last, type: ${type('debug.Return')}, format: "{{ outputs.call.outputs.got }}" }
`,
  `
id: limited
namespace: ${namespace}
concurrency: { limit: 3, behavior: QUEUE }
tasks:
  - ${chance}, id: first }
  - { id: last, type: ${type('debug.Return')}, format: "{{ outputs.first.value }}" }
`,
];

/** Started by requests; the others by those. */
export const started: readonly string[] = ['fans', 'waits', 'parent', 'limited', 'fans', 'limited'];

export const childrenPerParent = 3;

const each = [0, 1, 2, 3].flatMap((n) => [`side/middle[${n}]/each`, `side/middle[${n}]/seen`]);
const graph = ['a', 'b', 'c', 'd'].map((id) => `side/graph/${id}`);

/** Task runs, without those of flowables, which some have a record of and some have not. */
const pathsOf: Readonly<Record<string, readonly string[]>> = {
  fans: ['first', 'side/left', ...each, ...graph, 'last'],
  waits: [
    'again',
    ...[0, 1, 2].map((n) => `until[${n}]/round`),
    'sleep',
    'finally/at_last',
    'afterExecution/after',
  ],
  child: ['got'],
  parent: ['first', 'call', 'calls[0]/each_call', 'calls[1]/each_call', 'last'],
  limited: ['first', 'last'],
  large: ['many', 'count'],
};

const flowables = new Set(['side', 'side/middle', 'side/graph', 'until', 'pause', 'calls']);

export interface Book {
  readonly flow: string;
  readonly slots: readonly Slot[];
  /** `value` of a task run's outputs. */
  readonly valueAt: (path: string) => string;
}

export async function bookOf(
  { store, blobs }: { readonly store: StateStore; readonly blobs: BlobStore },
  { id, flow }: { readonly id: string; readonly flow: string },
): Promise<Book> {
  const slots = await collect(store.readSlots(id));
  const values = new Map<string, unknown>();
  for (const { path, outputs } of slots) {
    if (outputs) values.set(path, toPlain(await unpack(outputs, blobs)));
  }
  const valueAt = (path: string) => {
    const outputs = values.get(path) as Record<string, Record<string, unknown>> | undefined;
    return String(outputs?.['value'] ?? outputs?.['outputs']?.['got']);
  };
  return { flow, slots, valueAt };
}

/** What is wrong with the records of an execution that ended in SUCCESS. */
export function wrongsOf({ flow, slots, valueAt }: Book): readonly string[] {
  const wrongs: string[] = [];
  const expected = [...(pathsOf[flow] ?? [])].sort().join(' ');
  const found = slots.map(({ path }) => path).filter((path) => !flowables.has(path));
  if (found.sort().join(' ') !== expected) wrongs.push(`paths: ${found.join(' ')}`);
  for (const { path, state, attempts = [] } of slots) {
    if (state !== 'SUCCESS' && !flowables.has(path)) wrongs.push(`${path} is ${state}`);
    const numbers = attempts.map(({ number }) => number);
    if (numbers.some((number, index) => number !== index + 1)) {
      wrongs.push(`${path} has attempts ${numbers.join(' ')}`);
    }
    if (path === 'again' && attempts.length !== 3) wrongs.push(`${attempts.length} attempts`);
  }
  const same = (seen: string, ...of: string[]): void => {
    const written = of.map((path) => valueAt(path)).join(' ');
    if (valueAt(seen) !== written) wrongs.push(`${seen} saw ${valueAt(seen)}, not ${written}`);
  };
  if (flow === 'fans') {
    same('last', 'first', 'side/left');
    same('side/graph/d', 'side/graph/b', 'side/graph/c');
    for (const n of [0, 1, 2, 3]) same(`side/middle[${n}]/seen`, `side/middle[${n}]/each`);
  }
  if (flow === 'parent' || flow === 'limited') same('last', 'first');
  return wrongs;
}
