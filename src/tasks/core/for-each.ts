import { flowable, TaskFailure } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.ForEach',
  title: 'Run a list of tasks once for each value.',
  description:
    'One value at a time by default; `concurrencyLimit` sets how many run side by side, 0 for no limit.',
  group: 'core',
  examples: [
    {
      title: 'Greet three people, two at a time.',
      flow: `
id: greetings
namespace: examples
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ["Ada", "Grace", "Edsger"]
    concurrencyLimit: 2
    tasks:
      - id: greet
        type: io.kestra.plugin.core.log.Log
        message: "Hello, {{ taskrun.value }}"
`,
    },
  ],
  properties: (z, expression) => ({
    values: expression(z.array(z.unknown())).describe(
      'The values: a list, or an expression that gives one. Duplicates are dropped.',
    ),
    concurrencyLimit: z
      .int()
      .min(0)
      .default(1)
      .describe('How many values run side by side; 0 for no limit.'),
  }),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open(task) {
    const values = distinctTexts(task.values);
    return { fan: { type: 'values', branch: 'tasks', limit: task.concurrencyLimit, values } };
  },
});

/** Loop values are distinct texts, as in Kestra: objects and numbers become JSON text. */
function distinctTexts(values: readonly unknown[]): string[] {
  const nulls = values.filter((value) => value === null || value === undefined).length;
  if (nulls > 0) {
    throw new TaskFailure({
      code: 'null-value',
      message: `Found '${nulls}' null values on Each, with values=${shown(values)}`,
      retryable: false,
    });
  }
  const texts = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return [...new Set(texts)];
}

/** Lists and maps as the reference engine words them: `[1, null, {key=value}]`. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${shown(item)}`)
    .join(', ')}}`;
}
