/** Turns an issue of the schema library into one of ours: our codes, our facts, the exact place. */
import { kindOfJson, type Report } from './report.ts';
import { nearest } from './nearest.ts';
import type { DocumentPath, Node } from './node.ts';
import type { z } from './schema.ts';

type SchemaIssue = z.core.$ZodIssue;

export interface Checked {
  readonly path: DocumentPath;
  readonly owner: string;
  readonly node: Node;
}

export function reportIssue(issue: SchemaIssue, checked: Checked, report: Report): void {
  const path = [...checked.path, ...(issue.path as DocumentPath)];
  if (issue.input === undefined && isAboutType(issue)) {
    reportMissing(issue, checked, report);
    return;
  }
  const value = shown(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      report.error(path, {
        code: 'wrong-type',
        expected: words(issue.expected),
        found: kindOfJson(issue.input),
      });
      return;
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const suggestion = nearest(value, allowed);
      report.error(path, { code: 'unknown-value', value, allowed, suggestion });
      return;
    }
    case 'invalid_union':
      reportUnion(issue, checked, report);
      return;
    case 'invalid_key':
    case 'invalid_element':
      for (const cause of issue.issues) {
        reportIssue({ ...cause, path: [...issue.path, ...cause.path] }, checked, report);
      }
      return;
    // Our own walk has found these already.
    case 'unrecognized_keys':
      return;
    default:
      report.error(path, { code: 'invalid-value', value, reason: reasonOf(issue) });
  }
}

function isAboutType(issue: SchemaIssue): boolean {
  return ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code);
}

function reportMissing(issue: SchemaIssue, checked: Checked, report: Report): void {
  const inner = issue.path as DocumentPath;
  const name = String(inner.at(-1) ?? '');
  const around = inner.slice(0, -1);
  const owner = around.length === 0 ? checked.owner : `\`${String(around.at(-1))}\``;
  report.error([...checked.path, ...around], { code: 'missing-property', name, owner });
}

/** The branch that came furthest says best what is wrong; if none did, all of them together. */
function reportUnion(
  issue: Extract<SchemaIssue, { code: 'invalid_union' }>,
  checked: Checked,
  report: Report,
): void {
  const inside = issue.errors
    .filter((branch) => branch.length > 0 && branch.every((cause) => cause.path.length > 0))
    .toSorted((a, b) => a.length - b.length);
  const [best] = inside;
  if (best !== undefined) {
    for (const cause of best) {
      reportIssue({ ...cause, path: [...issue.path, ...cause.path] }, checked, report);
    }
    return;
  }
  const causes = issue.errors.flat();
  const path = [...checked.path, ...(issue.path as DocumentPath)];
  const expected = new Set(
    causes.flatMap((cause) => ('expected' in cause ? [words(cause.expected)] : [])),
  );
  const [first] = causes.filter((cause) => !('expected' in cause));
  if (first !== undefined) {
    const cause = { ...first, path: [...issue.path, ...first.path], input: issue.input };
    reportIssue(cause as SchemaIssue, checked, report);
  } else if (expected.size > 0) {
    report.error(path, {
      code: 'wrong-type',
      expected: [...expected].join(' or '),
      found: kindOfJson(issue.input),
    });
  } else {
    report.error(path, {
      code: 'invalid-value',
      value: shown(issue.input),
      reason: 'is not of any kind known here',
    });
  }
}

const typeWords = new Map<string, string>([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'an integer'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
]);

function words(expected: unknown): string {
  return typeWords.get(String(expected)) ?? String(expected);
}

function shown(input: unknown): string {
  return typeof input === 'string' ? input : (JSON.stringify(input) ?? 'nothing');
}

function reasonOf(issue: SchemaIssue): string {
  switch (issue.code) {
    case 'too_small':
      return tooFew(issue.origin, issue.minimum);
    case 'too_big':
      return tooMany(issue.origin, issue.maximum);
    case 'invalid_format':
      if (issue.format === 'duration') return 'is not an ISO-8601 duration such as PT30S or P1D';
      // The author's own words, where there are any.
      if (!issue.message.startsWith('Invalid')) return issue.message;
      if (issue.format === 'regex') return `does not match ${issue.pattern ?? 'the pattern'}`;
      return `is not a valid ${issue.format}`;
    case 'not_multiple_of':
      return `is not a multiple of ${issue.divisor}`;
    default:
      return issue.message === '' ? 'is not valid' : lowerFirst(issue.message);
  }
}

function tooFew(origin: string, minimum: number | bigint): string {
  if (origin === 'string')
    return minimum === 1 ? 'must not be empty' : `has fewer than ${minimum} characters`;
  if (origin === 'array')
    return minimum === 1 ? 'must not be empty' : `has fewer than ${minimum} entries`;
  return `is less than ${minimum}`;
}

function tooMany(origin: string, maximum: number | bigint): string {
  if (origin === 'string') return `has more than ${maximum} characters`;
  if (origin === 'array') return `has more than ${maximum} entries`;
  return `is more than ${maximum}`;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '');
}
