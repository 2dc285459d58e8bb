/** Messages that nobody of ours has sent, made of one that somebody has. */
import { readBaton } from '../../src/engine/baton.ts';

export const flow = `
id: healthy
namespace: poison
tasks:
  - { id: first, type: io.kestra.plugin.core.debug.Return, format: one }
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    concurrencyLimit: 0
    tasks:
      - { id: member, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}" }
  - { id: last, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.first.value }}" }
`;

export const otherFlow = `
id: other
namespace: poison
tasks:
  - { id: elsewhere, type: io.kestra.plugin.core.debug.Return, format: other }
`;

/** `body`: the first message of an execution. */
export function poisonFrom(body: string): Readonly<Record<string, string>> {
  const head = JSON.parse(body) as Record<string, unknown>;
  readBaton(body);
  const but = (parts: Record<string, unknown>) => JSON.stringify({ ...head, ...parts });
  const { execution, path } = head;
  return {
    'no text': '',
    'cut short': body.slice(0, -2),
    'no JSON': 'hello, world',
    null: 'null',
    'a list': '[]',
    'a number': '1e400',
    'a word for nobody': 'wake {"wake":"start"}',
    'a word that is none': 'wake {"wake":"die","execution":"x"}',
    'a word cut short': 'wake {"wake"',
    'an unknown execution': but({ execution: 'nobody' }),
    'an older format': JSON.stringify({ execution, path }),
    'no frames': but({ frames: undefined }),
    'frames of another depth': but({ frames: [] }),
    'frames that are none': but({ frames: [null] }),
    'an unknown flow': but({ flow: { namespace: 'poison', id: 'none', revision: 1 } }),
    'an unknown revision': but({ flow: { namespace: 'poison', id: 'healthy', revision: 99 } }),
    'no flow': but({ flow: null }),
    'an unknown path': but({ path: 'nowhere' }),
    'the path of another flow': but({ path: 'elsewhere' }),
    'a path in another place': but({ path: 'each/first' }),
    'a path inside out': but({ path: 'first/each[0]/member' }),
    'an endless path': but({ path: 'first/'.repeat(5000) }),
    'an epoch that is text': but({ epoch: '1' }),
    'a negative turn': but({ turn: -1 }),
    'huge numbers': but({ epoch: 1e300, turn: 1e300, attempt: 1e300 }),
    'a range that is none': but({ range: ['a', {}] }),
    'a range of what has no members': but({ range: [0, 1e9] }),
    'a range of too many members': but({ path: 'each', range: [0, 1e9] }),
    'values that are none': `${body}\n[1, 2]`,
    'values cut short': `${body}\n{"inputs":`,
  };
}
