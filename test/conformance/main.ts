/**
 * npm run conformance -- DIR [--filter TEXT] [--json FILE]
 *
 * Runs every case of a folder on the embedded engine. Prints what fails with the difference, what is
 * skipped with the reason, and the counts as the last line. Exit code 1: a case failed that is not a
 * known failure; 2: the arguments were wrong.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Folder, readFolder } from './cases.ts';
import { knownFailures } from './known-failures.ts';
import {
  countsOf,
  failureLines,
  reasonLines,
  skipLines,
  summaryLine,
  unexpected,
} from './report.ts';
import { runFolder } from './run-folder.ts';

const usage = 'usage: npm run conformance -- DIR [--filter TEXT] [--json FILE]';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const read = readArguments(args);
  if (typeof read === 'string') {
    process.stderr.write(`${read}\n${usage}\n`);
    return 2;
  }
  const { directory, filter, json } = read;
  const folder = await open(directory);
  if (folder === undefined) {
    process.stderr.write(`There is no cases.json in ${directory}.\n${usage}\n`);
    return 2;
  }
  const results = await runFolder(folder, {
    ...(filter !== undefined && { filter }),
    onResult: (result) => print(failureLines(result, knownFailures)),
  });
  print(results.flatMap(skipLines));
  const reasons = reasonLines(results);
  if (reasons.length > 0) print(['', 'Cases held up by what is not there yet:', ...reasons]);
  const { failures, outdated } = unexpected(results, knownFailures);
  print(outdated.map((id) => `NOTE ${id} is listed in known-failures.ts and does not fail`));
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ ...countsOf(results), results }, null, 2)}\n`);
  }
  print(['', summaryLine(countsOf(results))]);
  return failures.length > 0 ? 1 : 0;
}

function readArguments(args: readonly string[]):
  | string
  | {
      readonly directory: string;
      readonly filter: string | undefined;
      readonly json: string | undefined;
    } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { filter: { type: 'string' }, json: { type: 'string' } },
      allowPositionals: true,
    });
    const [directory, ...rest] = positionals;
    if (directory === undefined || rest.length > 0) return 'Name one folder of cases.';
    return { directory, filter: values.filter, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}

async function open(directory: string): Promise<Folder | undefined> {
  try {
    return await readFolder(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}
