/** The flows that are measured. `debug.Return` without a text does nothing and writes no log. */
const type = 'io.kestra.plugin.core.debug.Return';
const no = (id: string): string => `{id: ${id}, type: ${type}}`;
const steps = ['a', 'b', 'c', 'd', 'e'];

const flow = (id: string, tasks: readonly string[], more = ''): string =>
  `id: ${id}\nnamespace: bench\n${more}tasks:\n${tasks.map((task) => `  - ${task}\n`).join('')}`;

/** Five tasks, one after another, that do nothing. */
export const linear = flow('linear', steps.map(no));

export const parallel = flow('parallel', [
  `{id: all, type: io.kestra.plugin.core.flow.Parallel, tasks: [${Array.from({ length: 20 }, (_, at) => no(`t${at}`)).join(', ')}]}`,
]);

/** Input `values`: the list. */
export const forEach = (limit: number): string =>
  flow(
    `each-${limit}`,
    [
      `{id: each, type: io.kestra.plugin.core.flow.ForEach, concurrencyLimit: ${limit}, values: "{{ inputs.values }}", tasks: [${no('one')}]}`,
    ],
    'inputs: [{id: values, type: JSON}]\n',
  );

/** Five tasks that get a text from the one before. Input `text`. */
const fromOneToNext = (id: string, more: string): string =>
  flow(
    id,
    steps.map((step, at) => {
      const before = at === 0 ? 'inputs.text' : `outputs.${steps[at - 1]}.values.value`;
      return `{id: ${step}, type: io.kestra.plugin.core.output.OutputValues, values: {value: "{{ ${before} }}${more}"}}`;
    }),
    'inputs: [{id: text, type: STRING}]\n',
  );

/** They hand it on as it is. */
export const handingOn = fromOneToNext('handing-on', '');

/** Each puts out a text of its own, a letter longer. */
export const addingTo = fromOneToNext('adding-to', '.');

/** Waits until somebody resumes it. */
export const paused = flow('paused', [
  '{id: wait, type: io.kestra.plugin.core.flow.Pause}',
  no('after'),
]);
