/** An error is only reported where running fails: random flows are checked and then run. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { times } from '../helpers/effort.ts';
import { describe as line, type Issue } from '../../src/flow/issues.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { randomTemplate } from './random-templates.ts';
import { randomTree } from './random-trees.ts';
import { compare, type Verdict } from './running.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const declared = `id: templates
namespace: check
inputs:
  - {id: s, type: STRING}
  - {id: i, type: INT}
  - {id: j, type: JSON}
  - {id: optional, type: STRING, required: false}
variables: {a: 1, b: {c: x, l: [1]}}
labels: {team: blue}
tasks:
  - {id: first, type: io.kestra.plugin.core.debug.Return, format: x}
`;
const given = { s: 'a', i: '3', j: '{"k": 1}' };

/** Every task runs, whatever the others come to, because handlers go on after a failure. */
function flowOf(templates: readonly string[]): string {
  const tasks = templates.map(
    (template, index) =>
      `  - {id: t${index}, type: io.kestra.plugin.core.debug.Return, format: ${JSON.stringify(template)}}\n`,
  );
  return `${declared}finally:\n${tasks.join('')}`;
}

function falseErrors(
  verdicts: ReadonlyMap<string, Verdict>,
  isMeant: (id: string, error: Issue) => boolean = () => false,
): readonly string[] {
  return [...verdicts].flatMap(([id, { errors, states }]) =>
    states.includes('SUCCESS')
      ? errors
          .filter((error) => !isMeant(id, error))
          .map((error) => `${id} ran, but: ${line(error)}`)
      : [],
  );
}

/** A call that cannot work is an error also where this run did not get to it. */
function isUnreachedCall(template: string, { code }: Issue): boolean {
  const isCall = /^(unknown-(filter|function|test)|wrong-arguments)$/.test(code);
  return isCall && /\?|%| and | or |defined|default/.test(template);
}

describe('errors and failures', () => {
  test('of templates', async () => {
    let failed = 0;
    let found = 0;
    const templates = fc.array(randomTemplate, { minLength: 40, maxLength: 40 });
    const property = fc.asyncProperty(templates, async (list) => {
      const verdicts = await compare(engine, flowOf(list), given);
      for (const { errors, states } of verdicts.values()) {
        if (!states.includes('FAILED')) continue;
        failed++;
        if (errors.length > 0) found++;
      }
      const isMeant = (id: string, error: Issue): boolean =>
        isUnreachedCall(list[Number(id.slice(1))] ?? '', error);
      expect(falseErrors(verdicts, isMeant)).toEqual([]);
    });
    await fc.assert(property, { numRuns: times(10) });
    // What only running can tell aside, most of what fails is found.
    expect(found / failed).toBeGreaterThan(0.4);
  });

  test('of tasks among each other', async () => {
    const property = fc.asyncProperty(randomTree, async (source) => {
      const verdicts = await compare(engine, source);
      expect(falseErrors(verdicts)).toEqual([]);
    });
    await fc.assert(property, { numRuns: times(80) });
  });
});
