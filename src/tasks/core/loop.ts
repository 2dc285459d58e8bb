import type { Json, Task } from '../../engine/flow.ts';
import { type Asked, flowable, type Opened, TaskFailure } from '../define.ts';
import { rowsOf } from './rows.ts';

const type = 'io.kestra.plugin.core.flow.Loop';
const sequential = 'io.kestra.plugin.core.flow.Sequential';
const outputValues = 'io.kestra.plugin.core.output.OutputValues';

export default flowable({
  type,
  title: 'Run tasks once for each item of a list, a map or a file.',
  description:
    'All items at once by default; `concurrencyLimit` says how many. Inside, `item.value`, `item.index` and, of a map, `item.key` tell the item, `item.parent` the one around it. What others may read of an iteration is declared in `outputs`.',
  group: 'core',
  examples: [
    {
      title: 'Greet three people, two at a time.',
      flow: `
id: loop
namespace: examples
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.Loop
    values: ["Ada", "Grace", "Edsger"]
    concurrencyLimit: 2
    tasks:
      - id: greet
        type: io.kestra.plugin.core.debug.Return
        format: "Hello, {{ item.value }}"
    outputs:
      - id: greeting
        type: STRING
        value: "{{ outputs.greet.value }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ loopOutputs(outputs.each.outputs, 'greeting') | join(', ') }}"
`,
    },
  ],
  loop: 'item',
  properties: (z, expression) => ({
    values: expression(
      z.union([z.array(z.unknown()), z.record(z.string(), z.unknown()), z.string()]),
    ).describe('A list, a map, JSON text of either, or the address of a file with an item a line.'),
    concurrencyLimit: z.int().min(0).default(0).describe('How many run side by side; 0: all.'),
    outputs: z
      .array(
        z.object({
          id: z.string().min(1).describe('Its name.'),
          type: z.string().optional().describe('As of an output of a flow.'),
          value: z.unknown().describe('An expression, rendered at the end of each iteration.'),
          description: z.string().optional().describe('In words.'),
        }),
      )
      .optional()
      .describe('What others may read of each iteration.'),
    fetchType: z
      .enum(['AUTO', 'FETCH', 'STORE'])
      .default('AUTO')
      .describe('Outputs as a list, or in a file; AUTO: in a file where the items come from one.'),
    transmitFailed: z
      .boolean()
      .default(true)
      .describe('Whether a failed iteration ends the loop and fails it.'),
  }),
  outputs: (z) => ({
    iterationCount: z.int().describe('How many items there were.'),
    runningIterations: z.int().describe('0, as it has ended.'),
    terminatedIterations: z.int().describe('How many iterations have ended.'),
    outputs: z
      .array(z.record(z.string(), z.unknown()))
      .optional()
      .describe('Of each iteration `item` and `outputs`, in the order they ended.'),
    uri: z.string().optional().describe('A file with the same, an iteration to a line.'),
  }),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  parts: partsOf,
  async open({ values, concurrencyLimit: limit }, _branches, { readFile }) {
    const { texts, keys } = await itemsOf(values, readFile);
    return opened(texts, keys, limit);
  },
  async ended({ values, fetchType, transmitFailed, outputs: declared }, asked) {
    const { outcome } = asked;
    const count = asked.values.length;
    const counts = { iterationCount: count, runningIterations: 0, terminatedIterations: count };
    const ends = transmitFailed === false && outcome !== 'KILLED' ? 'SUCCESS' : outcome;
    const rows = declared ? await outputsOf(asked) : [];
    const isStored = fetchType === 'STORE' || (fetchType === 'AUTO' && isAddress(values));
    if (!isStored) return { type: 'done', outcome: ends, outputs: { ...counts, outputs: rows } };
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const uri = await asked.putFile('outputs.ion', Buffer.from(text));
    return { type: 'done', outcome: ends, outputs: { ...counts, uri } };
  },
});

/**
 * An iteration with handlers of its own, or one whose failure is its own affair, is a sequence; what
 * it declares as outputs is rendered by a task at its end.
 */
function partsOf({ id, properties, branches = {} }: Task): Record<string, readonly Task[]> {
  const { tasks = [], errors, finally: last } = branches;
  const declared = properties['outputs'] as readonly { id: string; value: Json }[] | undefined;
  const all = declared ? [...tasks, outputTask(id, declared)] : tasks;
  const isTolerant = properties['transmitFailed'] === false;
  if (!errors && !last && !isTolerant) return { tasks: all };
  const iteration: Task = {
    id: `${id}.iteration`,
    type: sequential,
    hidden: true,
    properties: {},
    conversions: {},
    ...(isTolerant && { allowFailure: true }),
    fan: { type: 'sequence', branch: 'tasks' },
    branches: { tasks: all, ...(errors && { errors }), ...(last && { finally: last }) },
  };
  return { tasks: [iteration] };
}

function outputTask(id: string, declared: readonly { id: string; value: Json }[]): Task {
  return {
    id: `${id}.outputs`,
    type: outputValues,
    hidden: true,
    properties: { values: Object.fromEntries(declared.map((one) => [one.id, one.value])) },
    conversions: { values: 'map' },
    reads: [['*']],
  };
}

type ReadFile = (address: string) => Promise<Uint8Array>;

interface Items {
  readonly texts: readonly string[];
  /** Of a map. */
  readonly keys?: readonly string[];
}

async function itemsOf(values: unknown, readFile: ReadFile): Promise<Items> {
  if (isAddress(values)) {
    const rows = [...rowsOf(Buffer.from(await readFile(values)))];
    return { texts: rows.map((row) => Buffer.from(row).toString()) };
  }
  const given = typeof values === 'string' ? parsed(values) : values;
  if (Array.isArray(given)) return { texts: given.map(textOf) };
  const entries = Object.entries(given as Record<string, unknown>);
  return { texts: entries.map(([, value]) => textOf(value)), keys: entries.map(([key]) => key) };
}

function isAddress(values: unknown): values is string {
  return typeof values === 'string' && values.startsWith('kestra://');
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, as for any other text.
  }
  const message = `values must be a list, a map or the address of a file, not ${JSON.stringify(text.slice(0, 200))}`;
  throw new TaskFailure({ code: 'loop-values', message, retryable: false });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function opened(
  values: readonly string[],
  keys: readonly string[] | undefined,
  limit: number,
): Opened<never> {
  return { fan: { type: 'values', branch: 'tasks', limit, values, ...(keys && { keys }) } };
}

async function outputsOf(asked: Asked): Promise<Record<string, unknown>[]> {
  const ended: { at: number; row: Record<string, unknown> }[] = [];
  for await (const { iteration, endedAt, outputs } of asked.outputsOf(`${asked.taskId}.outputs`)) {
    const key = asked.keys?.[iteration];
    const item = { value: asked.values[iteration], iteration, ...(key !== undefined && { key }) };
    ended.push({ at: endedAt, row: { item, outputs: outputs['values'] ?? {} } });
  }
  return ended.sort((a, b) => a.at - b.at).map(({ row }) => row);
}
