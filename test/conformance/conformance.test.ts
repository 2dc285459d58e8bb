/**
 * The recorded cases as part of the test suite, where the folder is there: it is named by the
 * environment variable BATON_CONFORMANCE, or lies in its usual place beside the project.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFolder } from './cases.ts';
import { knownFailures } from './known-failures.ts';
import { failureLines, unexpected } from './report.ts';
import { runFolder } from './run-folder.ts';

const path =
  process.env['BATON_CONFORMANCE'] ??
  resolve(import.meta.dirname, '../../../shared/conformance/kestra');
const isThere = existsSync(resolve(path, 'cases.json'));

if (!isThere) process.stderr.write(`No conformance cases at ${path}: their tests are skipped.\n`);

describe.skipIf(!isThere)('conformance', () => {
  test('every case passes, waits for a missing feature, or is a known failure', async () => {
    const folder = await readFolder(path);
    const results = await runFolder(folder, { concurrency: 16, limitMs: 20_000 });
    const { failures, outdated } = unexpected(results, knownFailures);
    const lines = results
      .filter(({ id }) => failures.includes(id))
      .flatMap((result) => failureLines(result, knownFailures));
    if (lines.length > 0) expect.fail(lines.join('\n'));
    expect(outdated, 'known failures that do not fail').toEqual([]);
  });
});
