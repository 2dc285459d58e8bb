import { describe, expect, test } from 'vitest';
import { readFlow } from '../../src/flow/read.ts';
import { linesOf, withTask } from './lines.ts';

const log = 'io.kestra.plugin.core.log.Log';

async function propertiesOf(source: string): Promise<unknown> {
  const { flow, issues } = await readFlow(source);
  expect(issues).toEqual([]);
  return flow?.branches['tasks']?.[0]?.properties;
}

function withDefaults(entries: string, properties: string, section = 'pluginDefaults'): string {
  return `${withTask(log, properties)}\n${section}:\n${entries}`;
}

describe('which value counts', () => {
  test.each([
    ['a default fills what is not there', `- {type: ${log}, values: {message: d}}`, '', 'd'],
    ['the task itself wins', `- {type: ${log}, values: {message: d}}`, '  message: own', 'own'],
    [
      'unless it is forced',
      `- {type: ${log}, forced: true, values: {message: d}}`,
      '  message: own',
      'd',
    ],
    [
      'the first default wins',
      `- {type: ${log}, values: {message: d}}\n- {type: ${log}, values: {message: e}}`,
      '',
      'd',
    ],
    [
      'a start of the type is enough',
      '- {type: io.kestra.plugin.core, values: {message: d}}',
      '',
      'd',
    ],
    [
      'an old name counts too',
      '- {type: io.kestra.core.tasks.log.Log, values: {message: d}}',
      '',
      'd',
    ],
  ])('%s', async (_, entries, properties, message) => {
    expect(await propertiesOf(withDefaults(entries, properties))).toMatchObject({ message });
  });

  test('maps are merged deeply, in tasks at any depth, by the old name too', async () => {
    const { flow } = await readFlow(`
id: f
namespace: n
taskDefaults:
- type: io.kestra.plugin.core.output
  values: {values: {deep: {a: 1, b: 2}, list: [1]}}
tasks:
- id: s
  type: io.kestra.plugin.core.flow.Sequential
  tasks:
  - {id: o, type: io.kestra.plugin.core.output.OutputValues, values: {deep: {b: 3}, list: [2]}}
`);
    expect(flow?.branches['tasks']?.[0]?.branches?.['tasks']?.[0]?.properties).toEqual({
      values: { deep: { a: 1, b: 3 }, list: [2] },
    });
  });
});

test('a default for a family of types leaves those alone that do not have the property', async () => {
  const source = withDefaults(
    '- {type: io.kestra.plugin, values: {region: eu-west-1}}',
    '  message: m',
  );
  expect(await propertiesOf(source)).toEqual({ message: 'm', level: 'INFO' });
});

describe('what is wrong with a default', () => {
  test.each([
    [
      'an unknown property of a known type',
      `- {type: ${log}, values: {levl: WARN}}`,
      ['8:50  unknown-property  "levl" is not a property of Log. Did you mean "level"?'],
    ],
    [
      'nothing to set',
      `- {type: ${log}}`,
      ['8:3  missing-property  A plugin default needs the property "values".'],
    ],
    [
      'null as value',
      `- {type: x, values: {a: null}}`,
      ['8:22  wrong-type  Expected a value, found nothing.'],
    ],
    ['no list', '  a: 1', ['8:3  wrong-type  Expected a list, found a map.']],
  ])('%s', async (_, entries, lines) => {
    const found = await linesOf(withDefaults(entries, '  message: m'));
    expect(found).toEqual(lines);
  });

  test('a mistake in a default is shown where the default stands', async () => {
    const lines = await linesOf(
      withDefaults('- {type: io.kestra, values: {level: LOUD}}', '  message: m'),
    );
    expect(lines).toEqual([
      '8:37  unknown-value  "LOUD" is not one of TRACE, DEBUG, INFO, WARN, ERROR.',
    ]);
  });
});
