/** What was lost delays an execution and never strands it (B4): the sweep derives it again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import type { Message } from '../../src/engine/ports.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

const give = (id: string, value: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}`;

const flows: readonly (readonly [name: string, source: string, lost: RegExp])[] = [
  ['the first baton', `tasks: [${give('a', 'x')}, ${give('b', '{{ outputs.a.value }}')}]`, /:a:/],
  ['one in the middle', `tasks: [${give('a', 'x')}, ${give('b', '{{ outputs.a.value }}')}]`, /:b:/],
  [
    'a branch of a Parallel',
    `tasks: [{id: p, type: io.kestra.plugin.core.flow.Parallel, tasks: [${give('a', 'x')}, ${give('b', 'y')}]}, ${give('c', '{{ outputs.a.value ~ outputs.b.value }}')}]`,
    /:p\/b:/,
  ],
  [
    'a member handed out by a claim',
    `tasks: [{id: each, type: io.kestra.plugin.core.flow.ForEach, concurrencyLimit: 2, values: ["1","2","3","4"], tasks: [${give('a', '{{ taskrun.value }}')}]}, ${give('c', "{{ outputs.a['3'].value }}")}]`,
    /:each\[2\]\/a:/,
  ],
  [
    'what follows a join',
    `tasks: [{id: p, type: io.kestra.plugin.core.flow.Parallel, tasks: [${give('a', 'x')}, ${give('b', 'y')}]}, ${give('c', '{{ outputs.b.value }}')}]`,
    /:c:/,
  ],
];

describe('the sweep', () => {
  let engine: EmbeddedEngine;
  beforeAll(async () => {
    engine = await startEmbedded();
  });
  afterAll(async () => engine.close());

  test.each(flows)('makes good the loss of %s', async (name, source, lost) => {
    const { flow } = await storeFlow(
      engine.runtime,
      `id: ${name.replaceAll(' ', '-')}\nnamespace: sweep\n${source}`,
    );
    engine.lose((message: Message) => lost.test(message.key));
    const { execution } = await startExecution(engine.runtime, { flow, inputs: new Map() });
    await engine.idle();
    expect((await viewExecution(engine.runtime, execution.id))?.state).toBe('RUNNING');

    engine.lose(() => false);
    expect(await sweep(engine.runtime)).toBe(0);
    const later = { ...engine.runtime, clock: { now: () => Date.now() + 3_600_000 } };
    expect(await sweep(later)).toBe(1);
    await engine.whenEnded(execution.id);
    const view = await viewExecution(engine.runtime, execution.id);
    expect(view?.state).toBe('SUCCESS');
    expect(view?.taskRuns.every(({ state }) => state === 'SUCCESS')).toBe(true);
    expect(await sweep(later)).toBe(0);
  });
});
