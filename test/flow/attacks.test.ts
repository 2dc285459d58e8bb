/** Hostile sources: refused with an issue, in time and memory that stay small. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../helpers/effort.ts';
import { documentLimits } from '../../src/flow/document.ts';
import { readFlow } from '../../src/flow/read.ts';
import { issuesMax } from '../../src/flow/report.ts';
import { taskTypes } from '../../src/tasks/registry.ts';
import { linesOf, withTask, withTasks } from './lines.ts';

const head = 'id: f\nnamespace: n\n';

async function codesOf(source: string): Promise<readonly string[]> {
  const { flow, issues } = await readFlow(source);
  expect(flow).toBeUndefined();
  return issues.map((issue) => issue.code);
}

describe('refused at once', () => {
  test('a source over the limit, before it is parsed', async () => {
    const source = `${head}# ${'x'.repeat(documentLimits.bytesMax)}`;
    expect(await linesOf(source)).toEqual([
      `1:1  source-too-large  The flow has ${source.length} bytes; ${documentLimits.bytesMax} are allowed.`,
    ]);
  });

  test('bytes count, not characters', async () => {
    expect(await codesOf(`# ${'€'.repeat(documentLimits.bytesMax / 3)}`)).toEqual([
      'source-too-large',
    ]);
  });

  test('aliases that stand for millions of values', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 10; level++) {
      const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ');
      lines.push(`a${level}: &a${level} [${aliases}]`);
    }
    expect(await linesOf(`variables:\n  ${lines.join('\n  ')}`)).toEqual([
      expect.stringContaining(
        'too-many-nodes  The document has more than 100000 values, aliases expanded.',
      ),
    ]);
  });

  test('merge keys that do the same', async () => {
    const lines = ['a0: &a0 {x0: 1}'];
    for (let level = 1; level < 40; level++) {
      lines.push(
        `a${level}: &a${level} {<<: *a${level - 1}, k: *a${level - 1}, l: *a${level - 1}}`,
      );
    }
    expect(await codesOf(`variables:\n  ${lines.join('\n  ')}`)).toEqual(['too-many-nodes']);
  });

  test('an alias inside its own anchor', async () => {
    expect(await codesOf('variables: &v {a: *v}')).toEqual(['unknown-alias']);
  });

  const deep = 5_000;
  test.each([
    ['flow lists', '['.repeat(deep) + ']'.repeat(deep)],
    ['unclosed flow lists', '['.repeat(200_000)],
    ['block lists', '- '.repeat(deep) + 'x'],
    ['flow maps', '{a: '.repeat(deep) + '}'.repeat(deep)],
    ['keys in keys', '? '.repeat(deep) + 'x'],
    [
      'indented maps',
      Array.from({ length: 400 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
    ],
  ])('deep nesting: %s', async (_, source) => {
    const codes = await codesOf(source);
    expect(codes.length).toBeGreaterThan(0);
    expect(['too-deep', 'not-yaml']).toContain(codes[0]);
  });

  test('deep nesting by aliases, which no single part shows', async () => {
    const nest = (inner: string) => '['.repeat(60) + inner + ']'.repeat(60);
    expect(await codesOf(`a: &a ${nest('x')}\nb: ${nest('*a')}`)).toEqual(['too-deep']);
  });

  test('more values than a flow needs', async () => {
    expect(await codesOf(`variables:\n${'- 1\n'.repeat(120_000)}`)).toEqual(['too-many-nodes']);
  });

  test('a hundred thousand keys in one map take linear time', async () => {
    const keys = Array.from({ length: 45_000 }, (_, index) => `  k${index}: 1\n`).join('');
    expect(await linesOf(`${head}variables:\n${keys}`)).toEqual([
      '1:1  missing-property  The flow needs the property "tasks".',
    ]);
  });

  test('JSON text nested beyond reason, where a list is wanted', async () => {
    const text = '['.repeat(300_000) + ']'.repeat(300_000);
    const source = withTask(
      'io.kestra.plugin.core.flow.ForEach',
      `  values: '${text}'\n  tasks: []`,
    );
    expect(await codesOf(source)).toEqual(['wrong-type', 'empty-list']);
  });

  test('issues without end are cut', async () => {
    const lines = await linesOf(withTasks('- a\n'.repeat(5_000)));
    expect(lines).toHaveLength(issuesMax + 1);
    expect(lines.some((line) => line.includes('too-many-issues'))).toBe(true);
  });
});

describe('prototypes', () => {
  test('names of Object.prototype are names like any other', async () => {
    const { flow } = await readFlow(`${head}variables: {constructor: 1, toString: 2}
tasks: [{id: hasOwnProperty, type: io.kestra.plugin.core.log.Log, message: m}]`);
    expect(flow?.variables).toEqual({ constructor: 1, toString: 2 });
    expect(Object.hasOwn(flow?.variables ?? {}, 'constructor')).toBe(true);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])(
    '%s is no property of a task',
    async (name) => {
      const source = withTask('io.kestra.plugin.core.log.Log', `  message: m\n  ${name}: 1`);
      expect(await codesOf(source)).toEqual(['unknown-property']);
    },
  );

  test.each(['constructor', '__proto__', 'toString'])('%s is no task type', async (type) => {
    expect(await codesOf(withTask(type, ''))).toEqual(['unknown-task-type']);
  });

  test('__proto__ in JSON text does not reach an object', async () => {
    const source = withTask(
      'io.kestra.plugin.core.output.OutputValues',
      `  values: '{"__proto__": {"x": 1}}'`,
    );
    expect(await codesOf(source)).toEqual(['wrong-type']);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

describe('never throws', () => {
  test('on any string', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (source) => {
        const { flow, issues } = await readFlow(source);
        expect(flow === undefined).toBe(issues.some((issue) => issue.severity === 'error'));
      }),
      { numRuns: times(200) },
    );
  });

  test('on any string made of what YAML gives a meaning', async () => {
    const plain = [
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a ',
      '*a',
      '<<: ',
      '"',
      "'",
    ];
    const rare = [
      '|',
      '>',
      '? ',
      '!t ',
      '---\n',
      '%',
      '#',
      'id: ',
      'tasks:\n',
      '~',
      '1e9',
      '.inf',
      '\t',
    ];
    const piece = fc.constantFrom(...plain, ...rare);
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const { flow, issues } = await readFlow(pieces.join(''));
        expect(flow === undefined || issues.length >= 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('on any shape where a flow has its own', async () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const some = (...names: string[]) =>
      fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    const task = fc
      .tuple(
        fc.constantFrom(...taskTypes),
        some(
          'message',
          'values',
          'tasks',
          'errors',
          'finally',
          'retry',
          'timeout',
          'concurrent',
          'disabled',
        ),
      )
      .map(([type, rest]) => ({ id: 'a', type, ...rest }));
    const flow = fc
      .tuple(
        fc.array(task, { maxLength: 3 }),
        some(
          'labels',
          'inputs',
          'outputs',
          'variables',
          'retry',
          'pluginDefaults',
          'triggers',
          'errors',
        ),
        fc.array(some('id', 'type', 'defaults', 'values', 'dependsOn', 'min', 'inputs'), {
          maxLength: 2,
        }),
      )
      .map(([tasks, rest, inputs]) => ({ id: 'f', namespace: 'n', inputs, ...rest, tasks }));
    await fc.assert(
      fc.asyncProperty(flow, async (document) => {
        const { flow: read, issues } = await readFlow(JSON.stringify(document));
        expect(read === undefined).toBe(issues.some((issue) => issue.severity === 'error'));
        // What is stored must survive storing.
        expect(read === undefined ? read : JSON.parse(JSON.stringify(read))).toEqual(read);
      }),
      { numRuns: times(200) },
    );
  });
});
