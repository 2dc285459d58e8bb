/**
 * What starts cold on Lambda: the bytes each function reads before its first event, and how long
 * this machine takes to load them in a new process.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environment } from '../../src/adapters/aws/open.ts';
import { type FunctionName, bundleFunctions } from '../../infra/bundle.ts';
import { inDataDirectory } from '../data-directory.ts';
import type { Figure, Measure } from '../measurement.ts';
import { median } from '../statistics.ts';

const measured = ['step', 'dead-letter', 'sweep', 'ingest'] as const satisfies FunctionName[];

/** Present, never called. */
const variables = Object.fromEntries(Object.values(environment).map((name) => [name, 'none']));

export default (async (effort) =>
  inDataDirectory(async (output) => {
    const bundles = await bundleFunctions({ output });
    const files = measured.map((name) => join(bundles[name].directory, 'index.mjs'));
    const ms = files.map(() => [] as number[]);
    for (let time = 0; time < (effort === 'full' ? 15 : 3); time++) {
      for (const [at, file] of files.entries()) ms[at]?.push(importMs(file));
    }
    return measured.flatMap((name, at): Figure[] => [
      { name: `${name}, read at start`, value: bundles[name].initBytes / 1024, unit: 'KB' },
      { name: `${name}, loaded in`, value: median(ms[at] ?? []), unit: 'ms' },
    ]);
  })) satisfies Measure;

function importMs(file: string): number {
  const source = `const at = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - at), () => process.exit(0));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', source],
    {
      encoding: 'utf8',
      env: { ...process.env, ...variables, AWS_REGION: 'us-east-1' },
    },
  );
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
  return Number(stdout);
}
