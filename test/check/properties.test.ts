/** Whatever stands in a flow that can be read, the check says something or nothing, and ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../helpers/effort.ts';
import { checkFlow } from '../../src/check/check-flow.ts';
import { describe as line } from '../../src/flow/issues.ts';
import { randomTemplate } from './random-templates.ts';

const fragments = fc.constantFrom(
  '{{',
  '}}',
  '{%',
  '%}',
  '{#',
  '#}',
  '-',
  ' if ',
  ' for ',
  ' in ',
  ' set ',
  ' macro ',
  ' endif ',
  'inputs',
  'outputs',
  '.',
  '[',
  ']',
  '(',
  ')',
  '|',
  ' is ',
  '??',
  '"',
  "'",
  '#{',
  '}',
  'x',
  '1',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\n',
  '\u2028',
  '\0',
  '😀',
);
const anyText = fc.oneof(
  randomTemplate,
  fc.array(fragments, { maxLength: 25 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

test('never throws', async () => {
  const flow = fc
    .record({
      id: fc.constantFrom('a', 'constructor', 'toString'),
      format: anyText,
      runIf: anyText,
      timeout: anyText,
      value: fc.jsonValue({ maxDepth: 2 }),
      key: anyText,
      output: anyText,
      defaults: anyText,
      name: fc.constantFrom('hasOwnProperty', 'valueOf', 'x.constructor', 'x'),
    })
    .map(({ id, name, ...texts }) => ({
      id: 'f',
      namespace: 'n',
      inputs: [{ id: name, type: 'STRING', defaults: texts.defaults }],
      variables: { [name]: texts.value },
      labels: { [name]: 'x' },
      tasks: [
        {
          id,
          type: 'io.kestra.plugin.core.debug.Return',
          format: texts.format,
          runIf: texts.runIf,
        },
        {
          id: 'loop',
          type: 'io.kestra.plugin.core.flow.ForEach',
          values: texts.format,
          tasks: [
            {
              id: 'inner',
              type: 'io.kestra.plugin.core.output.OutputValues',
              timeout: `{{${texts.timeout}`,
              values: { [texts.key]: texts.value },
            },
          ],
        },
      ],
      outputs: [{ id: 'o', type: 'STRING', value: texts.output }],
    }));
  await fc.assert(
    fc.asyncProperty(flow, async (document) => {
      const { issues } = await checkFlow(JSON.stringify(document));
      for (const issue of issues) {
        expect(line(issue)).toMatch(/^\d+:\d+ {2}[a-z-]+( \(warning\))? {2}.+$/);
        expect(issue.line).toBeGreaterThan(0);
      }
    }),
    { numRuns: times(300) },
  );
});

describe('in little time', () => {
  const give = 'io.kestra.plugin.core.debug.Return';
  const lines = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('');

  test.each([
    ['many tasks', (index: number) => `{{ outputs.t${index - 1}.value }} {{ inputs.x }}`, 1_000],
    ['many errors', () => '{{ nope }}'.repeat(50_000), 1],
    ['many names', () => lines(10_000, (name) => `{% set x${name} = 1 %}{{ y${name} }}`), 1],
    [
      'many arms',
      () => `{% if a %}${lines(20_000, () => '{% elseif a %}{{ a.b }}')}{% endif %}`,
      1,
    ],
    [
      'blocks',
      () =>
        lines(100, (name) => `{% block b${name} %}{% set x = 1 %}`) + '{% endblock %}'.repeat(100),
      1,
    ],
  ])('%s', async (_, format, count) => {
    const tasks = Array.from({ length: count }, (__, index) => ({
      id: `t${index}`,
      type: give,
      format: format(index),
    }));
    const flow = { id: 'f', namespace: 'n', inputs: [{ id: 'x', type: 'STRING' }], tasks };
    const start = performance.now();
    const { issues } = await checkFlow(JSON.stringify(flow));
    expect(issues.length).toBeLessThanOrEqual(403);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
