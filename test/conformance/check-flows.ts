/**
 * npm run conformance:check -- DIR
 *
 * Checks the expressions of every flow of a folder (`flows*` below it) and of our own `flows`. Prints
 * each error, and at last how many flows and errors there were and how many errors are wrong: those
 * of flows that run to a good end by their recorded cases. Exit code 1: there is such an error.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { checkFlow } from '../../src/check/check-flow.ts';
import { describe } from '../../src/flow/issues.ts';
import { missingIn } from './flow-sources.ts';

interface Counts {
  flows: number;
  errors: number;
  disagreements: number;
  /** What they use is not supported, so there is nothing to check. */
  unsupported: number;
}

process.exitCode = await main(process.argv.slice(2));

async function main(directories: readonly string[]): Promise<number> {
  const [directory, ...rest] = directories;
  if (directory === undefined || rest.length > 0) {
    process.stderr.write('usage: npm run conformance:check -- DIR\n');
    return 2;
  }
  const ends = await recordedEnds(directory);
  const counts: Counts = { flows: 0, errors: 0, disagreements: 0, unsupported: 0 };
  for (const file of await flowsBelow(directory)) {
    await check(join(directory, file), file, counts, ends.get(file));
  }
  const own = resolve(import.meta.dirname, '../../flows');
  for (const file of await readdir(own)) {
    // An example that fails would be no example.
    await check(join(own, file), `our flows/${file}`, counts, 'good');
  }
  const { flows, errors, disagreements, unsupported } = counts;
  const skipped = `${unsupported} flows use what is not supported yet and were not checked`;
  process.stdout.write(
    `\n${skipped}\n${flows} flows, ${errors} errors, ${disagreements} disagreements\n`,
  );
  return disagreements > 0 ? 1 : 0;
}

async function check(path: string, name: string, counts: Counts, end?: End): Promise<void> {
  const { flow, issues } = await checkFlow(await readFile(path, 'utf8'));
  if (flow === undefined && missingIn(issues).length > 0) {
    counts.unsupported++;
    return;
  }
  counts.flows++;
  for (const issue of issues) {
    if (issue.severity !== 'error') continue;
    counts.errors++;
    if (end === 'good') counts.disagreements++;
    const mark = end === 'good' ? 'DISAGREES ' : '';
    process.stdout.write(`${mark}${describe(issue, name)}\n`);
  }
}

type End = 'good' | 'bad';

interface RecordedCase {
  readonly flow: string;
  readonly expect: { readonly state?: unknown; readonly impliedState?: unknown };
}

/** How the cases of each flow end: badly where any does, and nothing where none says. */
async function recordedEnds(directory: string): Promise<ReadonlyMap<string, End>> {
  const ends = new Map<string, End>();
  for (const { flow, expect } of await casesOf(directory)) {
    const state = expect.state ?? expect.impliedState;
    const isGood = state === 'SUCCESS' || state === 'WARNING';
    if (state === 'FAILED' || state === 'KILLED') ends.set(flow, 'bad');
    else if (isGood && !ends.has(flow)) ends.set(flow, 'good');
  }
  return ends;
}

async function casesOf(directory: string): Promise<readonly RecordedCase[]> {
  try {
    return JSON.parse(await readFile(join(directory, 'cases.json'), 'utf8')) as RecordedCase[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function flowsBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((file) => file.startsWith('flows') || !file.includes('/'))
    .toSorted();
}
