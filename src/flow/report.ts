/** Collects issues, each with its place; stops collecting when no one would read on. */
import type { Facts, Issue, Severity } from './issues.ts';
import { placeOf, type DocumentPath, type Node, type Place } from './node.ts';

export const issuesMax = 200;

export interface Report {
  readonly issues: readonly Issue[];
  error(path: DocumentPath, facts: Facts, side?: 'key' | 'value'): void;
  warning(path: DocumentPath, facts: Facts, side?: 'key' | 'value'): void;
  errorAt(place: Place, path: DocumentPath, facts: Facts): void;
  readonly hasErrors: boolean;
  readonly isStrict: boolean;
  /** Places are looked up here from now on. */
  useRoot(root: Node): void;
}

export interface ReportOptions {
  /** False: properties that nobody knows are warnings, and read over. */
  readonly strict?: boolean;
}

export function createReport({ strict = true }: ReportOptions = {}): Report {
  const issues: Issue[] = [];
  let root: Node | undefined;
  let hasErrors = false;

  function add(asked: Severity, place: Place, path: DocumentPath, facts: Facts): void {
    const severity = !strict && facts.code === 'unknown-property' ? 'warning' : asked;
    if (severity === 'error') hasErrors = true;
    if (issues.length > issuesMax) return;
    const full = issues.length === issuesMax;
    const shown: Facts = full ? { code: 'too-many-issues', limit: issuesMax } : facts;
    issues.push({ severity, line: place.line, column: place.column, path, ...shown });
  }

  function find(path: DocumentPath, side: 'key' | 'value' | undefined): Place {
    return root === undefined ? { line: 1, column: 1 } : placeOf(root, path, side);
  }

  return {
    issues,
    error: (path, facts, side) => add('error', find(path, side), path, facts),
    warning: (path, facts, side) => add('warning', find(path, side), path, facts),
    errorAt: (place, path, facts) => add('error', place, path, facts),
    get hasErrors() {
      return hasErrors;
    },
    isStrict: strict,
    useRoot(node) {
      root = node;
    },
  };
}

/** What a node is, in the words of messages. */
export function kindOf(node: Node): string {
  if (node.type !== 'scalar') return `a ${node.type}`;
  return kindOfJson(node.value);
}

export function kindOfJson(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'a map';
  }
}
