/** What Lambda loads: sizes, self-containment, and the same bytes from the same sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Bundles,
  bundleFunctions,
  functionNames,
  initBytes,
  initFiles,
} from '../../infra/bundle.ts';

/** Ceilings of what is read before the first event, minified. */
const kib = 1024;
const ceilings: Readonly<Record<string, number>> = {
  step: 400 * kib,
  sweep: 400 * kib,
  'dead-letter': 400 * kib,
  // Reads YAML and checks schemas, at a person's pace.
  ingest: 1350 * kib,
  'encryption-key': 10 * kib,
  'samples/post-item': 200 * kib,
  'samples/update-timestamp': 10 * kib,
};

let output: string;
let bundles: Bundles;
beforeAll(async () => {
  output = await mkdtemp(path.join(tmpdir(), 'baton-bundles-'));
  bundles = await bundleFunctions({ output });
});

function metafile(name: string): Metafile {
  return JSON.parse(readFileSync(path.join(output, 'meta', `${name}.json`), 'utf8'));
}

test.each(functionNames)('%s stays below its ceiling', (name) => {
  expect(bundles[name].initBytes).toBeGreaterThan(1000);
  expect(bundles[name].initBytes).toBeLessThanOrEqual(ceilings[name] ?? 0);
});

test.each([
  ['a YAML parser', /node_modules\/yaml\//],
  ['a schema library', /node_modules\/zod\//],
  ['jq', /node_modules\/jq-wasm\//],
  ['time zones', /node_modules\/@js-joda\//],
  ['clients of what a step rarely uses', /node_modules\/@aws-sdk\/client-(?!dynamodb|sqs)/],
])('a step does not start with %s', (_, pattern) => {
  const { outputs } = metafile('step');
  const loaded = initFiles(outputs).flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  expect(loaded.filter((file) => pattern.test(file))).toEqual([]);
});

test.each(functionNames)('%s needs nothing that is not beside it', (name) => {
  const { directory } = bundles[name];
  const files = new Set(readdirSync(directory));
  for (const { imports } of Object.values(metafile(name).outputs)) {
    for (const { path: imported, external } of imports) {
      if (external !== true || isBuiltin(imported)) continue;
      expect(files).toContain(imported.replace('./', ''));
    }
  }
});

test('the same sources give the same files', async () => {
  const again = await bundleFunctions({
    output: await mkdtemp(path.join(tmpdir(), 'baton-bundles-')),
  });
  for (const name of functionNames) {
    expect(readAll(again[name].directory)).toEqual(readAll(bundles[name].directory));
  }
});

describe('initBytes', () => {
  const output = (bytes: number, imports: Metafile['outputs'][string]['imports']) => ({
    bytes,
    imports,
    inputs: {},
    exports: [],
  });

  test('follows static imports, once each, and no others', () => {
    const outputs = {
      'd/index.mjs': output(1, [
        { path: 'd/a.mjs', kind: 'import-statement' },
        { path: 'd/lazy.mjs', kind: 'dynamic-import' },
        { path: 'node:fs', kind: 'import-statement', external: true },
      ]),
      'd/a.mjs': output(10, [{ path: 'd/b.mjs', kind: 'import-statement' }]),
      'd/b.mjs': output(100, [{ path: 'd/a.mjs', kind: 'import-statement' }]),
      'd/lazy.mjs': output(1000, []),
    };
    expect(initBytes({ inputs: {}, outputs })).toBe(111);
  });
});

function readAll(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]),
  );
}
