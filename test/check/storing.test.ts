/** Errors in expressions stop a flow from being stored, and `force` stores it all the same. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { baton } from '../cli/baton.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { logging } from './lines.ts';

const wrong = logging('"{{ inputs.nope }}"');
const suspicious = logging(
  '"{{ inputs.city == 1 }}"',
  'inputs: [{id: city, type: STRING, defaults: x}]\n',
);
const unreadable = logging('"{{ inputs.nope }}"').replace('log.Log', 'log.Lgo');

describe('the API', () => {
  let engine: EmbeddedEngine;
  let app: ReturnType<typeof createApp>;
  beforeAll(async () => {
    engine = await startEmbedded();
    app = createApp(engine);
  });
  afterAll(async () => engine.close());

  async function post(path: string, body: string): Promise<{ status: number; body: unknown }> {
    const response = await app.request(path, { method: 'POST', body });
    return { status: response.status, body: await response.json() };
  }

  test.each(['/', '/flows'])('POST %s', async (path) => {
    expect(await post(path, wrong)).toEqual({
      status: 422,
      body: expect.objectContaining({
        code: 'invalid-flow',
        detail:
          'The flow has 1 error; nothing was stored or started. `force` stores and starts it all the same.',
        issues: [
          {
            code: 'unknown-input',
            message: '"nope" is not an input of this flow.',
            severity: 'error',
            line: 6,
            column: 25,
            path: ['tasks', 0, 'message'],
          },
        ],
      }),
    });
    expect(await post(`${path}?force=true`, wrong)).toMatchObject({
      status: 201,
      body: { warnings: [{ code: 'unknown-input', severity: 'error' }] },
    });
    expect(await post(path, suspicious)).toMatchObject({
      status: 201,
      body: { warnings: [{ code: 'number-with-text', severity: 'warning' }] },
    });
    expect((await post(`${path}?force=true`, unreadable)).status).toBe(422);
    expect((await post(`${path}?force=maybe`, wrong)).status).toBe(400);
  });
});

describe('the command line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-check-'));
    await writeFile(join(folder, 'wrong.yaml'), wrong);
    await writeFile(join(folder, 'suspicious.yaml'), suspicious);
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test('check', async () => {
    const bad = await baton('check', join(folder, 'wrong.yaml'));
    expect(bad.err).toContain(
      'wrong.yaml:6:25  unknown-input  "nope" is not an input of this flow.',
    );
    expect(bad.code).toBe(2);
    const good = await baton('check', join(folder, 'suspicious.yaml'));
    expect(good.err).toContain('number-with-text (warning)');
    expect(good.code).toBe(0);
  });
  test('run', async () => {
    const data = ['--directory', join(folder, 'data')];
    const refused = await baton('run', join(folder, 'wrong.yaml'), ...data);
    expect(refused.err).toContain('6:25  unknown-input');
    expect(refused.err).toContain('`--force` stores and starts it all the same');
    expect(refused.code).toBe(2);
    const forced = await baton('run', join(folder, 'wrong.yaml'), '--force', ...data);
    expect(forced.err).toMatch(/FAILED +log/);
    expect(forced.code).toBe(1);
  });
});
