/** What becomes of an execution that takes too long, or of which an assertion is false. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import type { Value } from '../../src/expression/value.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

const nextTick = () => new Promise<void>((resolve) => setImmediate(resolve));

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

let made = 0;
async function start(sla: string, tasks: string, inputs: Record<string, Value> = {}) {
  made += 1;
  const declared = Object.keys(inputs).map((id) => `{id: ${id}, type: JSON}`);
  const source = `id: f${made}\nnamespace: sla\ninputs: [${declared.join(', ')}]\nsla: ${sla}\ntasks: ${tasks}`;
  const { flow } = await storeFlow(engine.runtime, source);
  const { execution } = await startExecution(engine.runtime, {
    flow,
    inputs: new Map(Object.entries(inputs)),
  });
  return execution.id;
}

async function ended(id: string) {
  await engine.whenEnded(id);
  await engine.idle();
  return viewExecution(engine.runtime, id);
}

async function messages(id: string) {
  return (await engine.logs.readLogs(id)).map(({ level, message }) => `${level} ${message}`);
}

const wait = '[{id: w, type: io.kestra.plugin.core.flow.Pause}]';
const give = (id: string, value: string) =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}`;

test.each([
  [
    'FAIL',
    'FAILED',
    "ERROR Execution failed due to SLA 's' violated: it takes longer than 0.1 seconds",
  ],
  [
    'CANCEL',
    'CANCELLED',
    "WARN Execution cancelled due to SLA 's' violated: it takes longer than 0.1 seconds",
  ],
])('MAX_DURATION, %s', async (behavior, state, message) => {
  const sla = `[{id: s, type: MAX_DURATION, duration: PT0.1S, behavior: ${behavior}, labels: {late: "yes"}}]`;
  const id = await start(sla, wait);
  expect(await ended(id)).toMatchObject({ state, labels: { late: 'yes' } });
  expect(await messages(id)).toContain(message);
});

test('MAX_DURATION, NONE: only labels and a line of the log', async () => {
  const sla =
    '[{id: s, type: MAX_DURATION, duration: PT0.05S, behavior: NONE, labels: {late: "yes"}}]';
  const id = await start(sla, wait);
  await engine.idle();
  expect(await viewExecution(engine.runtime, id)).toMatchObject({
    state: 'PAUSED',
    labels: { late: 'yes' },
  });
  expect(await messages(id)).toContain("WARN SLA 's' violated: it takes longer than 0.05 seconds");
});

test('one that ends in time is left alone', async () => {
  const sla = '[{id: s, type: MAX_DURATION, duration: PT0.5S, behavior: FAIL}]';
  expect(await ended(await start(sla, `[${give('a', 'x')}]`))).toMatchObject({ state: 'SUCCESS' });
});

test('the sweep looks at a deadline whose message was lost', async () => {
  engine.lose(({ key }) => key.includes(':deadline'));
  const id = await start('[{id: s, type: MAX_DURATION, duration: PT1M, behavior: CANCEL}]', wait);
  engine.lose(() => false);
  // The sweep leaves alone what still has a message on its way.
  while ((await viewExecution(engine.runtime, id))?.state !== 'PAUSED') await nextTick();
  await sweep({ ...engine.runtime, clock: { now: () => Date.now() + 3_600_000 } });
  expect(await ended(id)).toMatchObject({ state: 'CANCELLED' });
});

test('an assertion that is false from the start: nothing begins', async () => {
  const sla = '[{id: s, type: EXECUTION_ASSERTION, assert: "{{ inputs.ok }}", behavior: CANCEL}]';
  const id = await start(sla, `[${give('a', 'x')}]`, { ok: false });
  expect(await ended(id)).toMatchObject({ state: 'CANCELLED', taskRuns: [] });
});

test('an assertion that becomes false: what would follow does not run', async () => {
  const sla =
    "[{id: s, type: EXECUTION_ASSERTION, assert: \"{{ (outputs.a.value ?? 'good') == 'good' }}\", behavior: FAIL}]";
  const id = await start(sla, `[${give('a', 'bad')}, ${give('b', 'x')}]`);
  const view = await ended(id);
  expect(view).toMatchObject({ state: 'FAILED', error: { code: 'sla' } });
  expect(view?.taskRuns.find(({ taskId }) => taskId === 'a')?.state).toBe('SUCCESS');
  expect(view?.taskRuns.some(({ taskId, state }) => taskId === 'b' && state === 'SUCCESS')).toBe(
    false,
  );
});

test('the first broken entry decides, and labels are given once', async () => {
  const sla =
    '[{id: n, type: EXECUTION_ASSERTION, assert: "false", behavior: NONE, labels: {seen: "yes"}}, ' +
    '{id: c, type: EXECUTION_ASSERTION, assert: "{{ outputs.a is not defined }}", behavior: CANCEL}]';
  const id = await start(sla, `[${give('a', 'x')}, ${give('b', 'x')}]`);
  expect(await ended(id)).toMatchObject({ state: 'CANCELLED', labels: { seen: 'yes' } });
  const seen = (await messages(id)).filter((line) => line.includes("SLA 'n' violated"));
  expect(seen).toHaveLength(1);
});

test('an assertion that cannot be told is not broken', async () => {
  const sla =
    '[{id: s, type: EXECUTION_ASSERTION, assert: "{{ labels.missing }}", behavior: FAIL}]';
  const id = await start(sla, `[${give('a', 'x')}]`);
  expect(await ended(id)).toMatchObject({ state: 'SUCCESS' });
  expect(await messages(id)).toContainEqual(expect.stringMatching(/^WARN SLA 's' cannot be told/));
});
