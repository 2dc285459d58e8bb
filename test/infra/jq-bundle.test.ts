/** jq's thread starts from its file in the bundle that Lambda loads, as it does from the sources. */
import { readFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { bundleFunctions } from '../../infra/bundle.ts';
import { defaultLimits } from '../../src/expression/limits.ts';
import { jqThreadMark } from '../../src/runtime/jq-protocol.ts';

test('the thread of a bundled step answers', async () => {
  const output = await mkdtemp(path.join(tmpdir(), 'baton-jq-'));
  const { step } = await bundleFunctions({ output });
  const metafile = JSON.parse(
    await readFile(path.join(output, 'meta', 'step.json'), 'utf8'),
  ) as Metafile;
  const file = Object.entries(metafile.outputs).find(
    ([, { entryPoint }]) => entryPoint === 'src/runtime/jq-worker.ts',
  )?.[0];
  const worker = new Worker(path.join(step.directory, path.basename(file ?? 'missing')), {
    workerData: jqThreadMark,
  });
  try {
    expect(await once(worker, 'message')).toEqual([{ type: 'ready' }]);
    worker.postMessage({ input: '{"a":[1,2.0]}', program: '.a', limits: defaultLimits });
    expect(await once(worker, 'message')).toEqual([
      { type: 'output', output: '[1,2.0]', isSpent: false },
    ]);
  } finally {
    await worker.terminate();
  }
});
