/** The registry: complete, sorted, lazy, and every task in it as its file says. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { describe as line } from '../../../src/flow/issues.ts';
import { readFlow } from '../../../src/flow/read.ts';
import { expression, z, type Schema } from '../../../src/flow/schema.ts';
import { canonicalType } from '../../../src/tasks/aliases.ts';
import { findTask, isTaskType, taskTypes } from '../../../src/tasks/registry.ts';

test('types are sorted', () => {
  expect(taskTypes).toEqual(taskTypes.toSorted());
});

test('importing the registry loads no task', async () => {
  const source = await readFile(new URL('../../../src/tasks/registry.ts', import.meta.url), 'utf8');
  const imported = [...source.matchAll(/^import (type )?.*from '(.*)'/gm)].filter(
    ([, type]) => type === undefined,
  );
  expect(imported.map(([, , from]) => from)).toEqual(['./aliases.ts']);
});

test.each(['constructor', '__proto__', 'io.kestra.core.tasks.debugs.Missing', ''])(
  '%j is unknown',
  async (type) => {
    expect(await findTask(type)).toBeUndefined();
    expect(isTaskType(type)).toBe(false);
  },
);

test.each([
  ['io.kestra.core.tasks.debugs.Return', 'io.kestra.plugin.core.debug.Return'],
  ['io.kestra.core.tasks.executions.Fail', 'io.kestra.plugin.core.execution.Fail'],
  ['io.kestra.core.tasks.flows.Parallel', 'io.kestra.plugin.core.flow.Parallel'],
  ['io.kestra.core.tasks.log.Log', 'io.kestra.plugin.core.log.Log'],
  ['io.kestra.plugin.fs.http.Request', 'io.kestra.plugin.core.http.Request'],
  ['com.example.Task', 'com.example.Task'],
])('%s is %s today', (old, today) => {
  expect(canonicalType(old)).toBe(today);
});

describe.each(taskTypes)('%s', (type) => {
  test('is what its file says', async () => {
    const task = await findTask(type);
    expect(task?.type).toBe(type);
    for (const alias of task?.aliases ?? []) expect(canonicalType(alias)).toBe(type);
  });

  test('describes every property and output', async () => {
    const task = await findTask(type);
    const schemas = { ...task?.properties(z, expression), ...task?.outputs(z, expression) };
    const silent = Object.entries<Schema>(schemas).filter(
      ([, schema]) => (z.globalRegistry.get(schema)?.description ?? '') === '',
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  test('has examples that can be read', async () => {
    const task = await findTask(type);
    expect(task?.examples.length).toBeGreaterThan(0);
    for (const { flow } of task?.examples ?? []) {
      const { issues } = await readFlow(flow);
      expect(issues.map((issue) => line(issue))).toEqual([]);
    }
  });
});
