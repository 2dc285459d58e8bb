/** Every flow in `flows/` runs to a good end on the embedded engine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { type LocalAws, startLocalAws } from '../../src/local-aws/local-aws.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

const folder = resolve(import.meta.dirname, '../../flows');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

let aws: LocalAws;
let engine: EmbeddedEngine;
beforeAll(async () => {
  aws = await startLocalAws();
  engine = await startEmbedded(aws);
});
afterAll(async () => {
  await engine.close();
  await aws.close();
});

describe('flows', () => {
  test.each(files)('%s', async (file) => {
    const { flow } = await storeFlow(engine.runtime, readFileSync(join(folder, file), 'utf8'));
    // Addresses are inputs; a flow is given those it asks for.
    const known: Record<string, unknown> = { post_item_url: aws.postItemUrl };
    const given = Object.fromEntries(
      flow.inputs.filter(({ id }) => id in known).map(({ id }) => [id, known[id]]),
    );
    const { inputs, issues } = await resolveFlowInputs(engine.runtime, flow, given);
    expect(issues).toEqual([]);
    const { execution } = await startExecution(engine.runtime, {
      flow,
      inputs: inputs ?? new Map(),
    });
    await engine.whenEnded(execution.id);
    const view = await viewExecution(engine.runtime, execution.id);
    expect(view?.taskRuns.filter(({ error }) => error)).toEqual([]);
    expect(view?.state).toBe('SUCCESS');
  });
});
