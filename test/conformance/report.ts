/** The results as lines for people. */
import type { Mismatch } from './matchers.ts';
import type { Result } from './result.ts';

const valueCharsMax = 600;

export function failureLines(
  result: Result,
  knownFailures: ReadonlyMap<string, string>,
): readonly string[] {
  if (result.outcome !== 'failed') return [];
  const known = knownFailures.get(result.id);
  return [
    `FAIL ${result.id}  (${result.area}${result.source === null ? '' : `, ${result.source}`})`,
    ...(known === undefined ? [] : [`  known: ${known}`]),
    ...result.mismatches.flatMap(mismatchLines),
    ...result.notes.flatMap((note) => note.split('\n')).map((line) => `  ${line}`),
  ];
}

function mismatchLines({ path, expected, actual }: Mismatch): readonly string[] {
  return [`  ${path}`, `    expected ${shown(expected)}`, `    actual   ${shown(actual)}`];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)}…` : text;
}

export function skipLines(result: Result): readonly string[] {
  return result.outcome === 'skipped' ? [`SKIP ${result.id}: ${result.reasons.join(', ')}`] : [];
}

/** How many cases each missing thing holds up, most first; a case may wait for several. */
export function reasonLines(results: readonly Result[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const result of results) {
    if (result.outcome !== 'skipped') continue;
    for (const reason of result.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const rows = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return rows.map(([reason, count]) => `${String(count).padStart(5)}  ${reason}`);
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countsOf(results: readonly Result[]): Counts {
  const count = (outcome: Result['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Failures that are not known, and what is listed although it does not fail. */
export function unexpected(
  results: readonly Result[],
  knownFailures: ReadonlyMap<string, string>,
): { readonly failures: readonly string[]; readonly outdated: readonly string[] } {
  const ids = (outcomes: readonly Result['outcome'][]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ id }) => id);
  return {
    failures: ids(['failed']).filter((id) => !knownFailures.has(id)),
    outdated: ids(['passed', 'skipped']).filter((id) => knownFailures.has(id)),
  };
}
