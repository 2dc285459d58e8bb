/** In which order task runs are told, whatever their dates. */
import { expect, test } from 'vitest';
import type { Flow } from '../../src/engine/flow.ts';
import { placeAt } from '../../src/engine/tree.ts';
import { readFlow } from '../../src/flow/read.ts';
import { inOrderMade } from '../../src/runtime/task-run-order.ts';

const task = (id: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: x}`;
const flowable = (type: string, id: string, rest: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.flow.${type}, ${rest}}`;

const parallel = flowable('Parallel', 'p', `tasks: [${task('a')}, ${task('b')}]`);
const limited = flowable(
  'Parallel',
  'p',
  `concurrent: 2, tasks: [${['a', 'b', 'c', 'd'].map(task).join()}]`,
);
const sequences = flowable(
  'Parallel',
  'p',
  `tasks: [${flowable('Sequential', 's', `tasks: [${task('a')}]`)}, ${task('b')}]`,
);
const loop = flowable(
  'EachSequential',
  'e',
  `value: [x, y], tasks: [${flowable('Sequential', 's', `tasks: [${task('a')}]`)}, ${task('b')}]`,
);
const handled = flowable('Sequential', 's', `tasks: [${task('a')}], errors: [${task('h')}]`);
const dag = flowable('Dag', 'd', `tasks: [{task: ${task('a')}}, {task: ${task('b')}}]`);

const table: readonly {
  readonly what: string;
  readonly tasks: string;
  /** Path and millisecond of each task run, `-` for none, in any order. */
  readonly runs: string;
  readonly order: string;
}[] = [
  {
    what: 'a sequence of one millisecond',
    tasks: `${task('a')}, ${task('b')}, ${task('c')}`,
    runs: 'c 1, a 1, b 1',
    order: 'a b c',
  },
  {
    what: 'a flowable without dates stands where it was made',
    tasks: `${task('a')}, ${handled.replace('id: a', 'id: n')}, ${task('c')}`,
    runs: 'c 2, a 1, s -',
    order: 'a s c',
  },
  {
    what: 'members that begin together, as the flow has them',
    tasks: parallel,
    runs: 'p 1, p/b 2, p/a 3',
    order: 'p p/a p/b',
  },
  {
    what: 'members that wait for a place behind the first, as they began',
    tasks: limited,
    runs: 'p 1, p/b 2, p/a 3, p/d 4, p/c 5',
    order: 'p p/a p/b p/d p/c',
  },
  {
    what: 'what is inside a member after all members',
    tasks: sequences,
    runs: 'p/s/a 1, p/s 1, p/b 1, p 1',
    order: 'p p/s p/b p/s/a',
  },
  {
    what: 'a loop, value by value, flowables first',
    tasks: loop,
    runs: 'e[1]/b 1, e[1]/s/a 1, e[1]/s 1, e[0]/b 1, e[0]/s/a 1, e[0]/s 1, e 1',
    order: 'e e[0]/s e[0]/s/a e[0]/b e[1]/s e[1]/s/a e[1]/b',
  },
  {
    what: 'handlers after what they handle',
    tasks: handled,
    runs: 's/errors/h 1, s/a 1, s 1',
    order: 's s/a s/errors/h',
  },
  {
    what: 'tasks of a graph, as they began',
    tasks: dag,
    runs: 'd/a 3, d/b 2, d 1',
    order: 'd d/b d/a',
  },
];

test.each(table)('$what', async ({ tasks: list, runs, order }) => {
  const flow = await compiled(list);
  const dated = runs.split(', ').map((text) => {
    const [path = '', date = '-'] = text.split(' ');
    return { path, ...(date !== '-' && { startDate: date }) };
  });
  const values = { type: 'values', branch: 'tasks', limit: 1, values: ['x', 'y'] } as const;
  const told = inOrderMade(flow, dated, (path) => placeAt(flow, path).task.fan ?? values);
  expect(told.map(({ path }) => path).join(' ')).toBe(order);
});

async function compiled(list: string): Promise<Flow> {
  const { flow } = await readFlow(`id: f\nnamespace: n\ntasks: [${list}]`);
  if (!flow) throw new Error('the flow was refused');
  return { ...flow, revision: 1 };
}
