/**
 * Small flows, one for each thing the engine does in several steps, and what is asked for while they
 * run.
 */
import type { Plan } from './run.ts';
import type { FlowSpec, TaskSpec } from './spec.ts';

const give = (id: string, ...refs: readonly string[]): TaskSpec => ({ id, kind: 'give', refs });
const each = (limit: number, tasks: readonly TaskSpec[]): TaskSpec => {
  return { id: 'each', kind: 'each', limit, values: ['v0', 'v1', 'v2'], tasks };
};
const flow = (id: string, tasks: readonly TaskSpec[], more: Partial<FlowSpec> = {}): FlowSpec => {
  return { id, lists: { tasks }, ...more };
};
const fail = (id: string, times: number): TaskSpec => ({ id, kind: 'fail', times });
const stop = (id: string): TaskSpec => ({ id, kind: 'pause', atEnd: 'RESUME', tasks: [] });
const pairs = each(1, [{ id: 'p', kind: 'parallel', limit: 0, tasks: [give('a'), give('b')] }]);
const child = flow('f0', [give('a'), give('b', 'a')]);

export type SmallCase = Pick<Plan, 'flows' | 'starts' | 'wish'>;

const plain: Readonly<Record<string, readonly FlowSpec[]>> = {
  'one after the other': [child],
  'side by side': [
    flow('f0', [
      { id: 'p', kind: 'parallel', limit: 0, tasks: [give('a'), give('b')] },
      give('c', 'a', 'b'),
    ]),
  ],
  'pairs, one after the other': [flow('f0', [pairs, give('c')])],
  'two at a time': [flow('f0', [each(2, [give('a')]), give('b')])],
  'a graph': [
    flow('f0', [
      { id: 'd', kind: 'dag', after: [[], [], [0, 1]], tasks: [give('a'), give('b'), give('c')] },
    ]),
  ],
  'a retry, and what follows a failure': [
    {
      id: 'f0',
      lists: {
        tasks: [
          { id: 'a', kind: 'fail', times: 1, attempts: 2 },
          { id: 'b', kind: 'fail', times: 9 },
        ],
        errors: [give('c')],
        finally: [give('d')],
      },
    },
  ],
  'round after round': [flow('f0', [{ id: 'u', kind: 'until', rounds: 2, tasks: [give('a')] }])],
  'a loop that says what it came to': [
    flow('f0', [
      { id: 'l', kind: 'loop', limit: 2, values: ['v0', 'v1', 'v2'], tasks: [give('a')] },
    ]),
  ],
  'a pause': [
    flow('f0', [{ id: 'p', kind: 'pause', atEnd: 'RESUME', tasks: [give('a')] }, give('b')]),
  ],
  'a warning between two pauses, two at a time': [
    flow('f0', [
      {
        id: 'p',
        kind: 'parallel',
        limit: 2,
        tasks: [stop('a'), give('b'), { ...fail('c', 9), allowFailure: true }, stop('d')],
      },
    ]),
  ],
  'a wait': [flow('f0', [{ id: 's', kind: 'sleep', ms: 3_600_000 }, give('b')])],
  'a call': [child, flow('f1', [{ id: 'c', kind: 'call', flow: 'f0' }, give('d')])],
  'a listener': [child, flow('f1', [give('d')], { listensTo: 'f0' })],
  // It ends in the start itself: only whoever starts it can hear of it again.
  'a listener to what has nothing to run': [
    flow('f0', [{ id: 'a', kind: 'give', refs: [], disabled: true }]),
    flow('f1', [give('d')], { listensTo: 'f0' }),
    flow('f2', [{ id: 'c', kind: 'call', flow: 'f0' }, give('e')]),
  ],
  'tasks for afterwards': [
    { id: 'f0', lists: { tasks: [give('a')], afterExecution: [each(2, [give('b')])] } },
  ],
  'a retry of a whole flow that somebody waits for': [
    flow('f0', [fail('a', 9)], { wide: { executions: 2 } }),
    flow('f1', [{ id: 'c', kind: 'call', flow: 'f0' }]),
  ],
  'an exit in a branch': [
    flow('f0', [
      give('a'),
      {
        id: 's',
        kind: 'sequential',
        tasks: [{ id: 'x', kind: 'exit', state: 'CANCELLED' }, give('b')],
      },
      give('c'),
    ]),
  ],
  'tasks in one directory': [
    flow('f0', [{ id: 'w', kind: 'directory', tasks: [give('a'), give('b', 'a')] }, give('c')]),
  ],
  'an assertion that is false': [
    flow('f0', [give('a'), give('b')], {
      wide: { sla: { kind: 'assertion', isFalse: 'after', task: 'a', behavior: 'FAIL' } },
    }),
  ],
  'one place': [
    flow('f0', [give('a')], { limit: 1 }),
    flow('f1', [{ id: 'c', kind: 'call', flow: 'f0' }]),
  ],
};

const restart = { flow: 'f0', when: 'FAILED', request: 'restart' } as const;

const asked: Readonly<Record<string, SmallCase>> = {
  'a restart': {
    flows: [flow('f0', [fail('a', 1), give('b'), give('c')])],
    wish: { ...restart, becomes: 'SUCCESS' },
  },
  'a restart, and a loop behind what runs again': {
    flows: [
      flow('f0', [
        { id: 'w', kind: 'allow', tasks: [fail('a', 9)] },
        { id: 'l', kind: 'loop', limit: 2, values: ['v0', 'v1'], tasks: [fail('b', 1)] },
        give('c'),
      ]),
    ],
    wish: { ...restart, becomes: 'WARNING' },
  },
  'a restart over pairs that were kept': {
    flows: [flow('f0', [{ id: 'w', kind: 'allow', tasks: [fail('x', 9)] }, pairs, fail('z', 1)])],
    wish: { ...restart, becomes: 'WARNING' },
  },
  'a restart of one that somebody waits for': {
    flows: [flow('f0', [fail('a', 1)]), flow('f1', [{ id: 'c', kind: 'call', flow: 'f0' }])],
    wish: restart,
  },
  'a restart of one that others listen to': {
    flows: [flow('f0', [fail('a', 1)]), flow('f1', [give('d')], { listensTo: 'f0' })],
    wish: { ...restart, becomes: 'SUCCESS' },
  },
  'a restart while others wait': {
    flows: [flow('f0', [fail('a', 1)], { limit: 1 })],
    starts: 2,
    wish: restart,
  },
  'a replay while others run': {
    flows: [flow('f0', [give('a'), give('b')], { limit: 1 })],
    starts: 2,
    wish: { flow: 'f0', when: 'SUCCESS', request: 'replay' },
  },
};

export const smallCases: Readonly<Record<string, SmallCase>> = {
  ...asked,
  ...Object.fromEntries(Object.entries(plain).map(([name, flows]) => [name, { flows }])),
};
