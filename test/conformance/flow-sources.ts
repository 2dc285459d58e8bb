/** The flows of a folder, read once each, and what keeps one from running. */
import { canonicalType } from '../../src/tasks/aliases.ts';
import { describe, type Issue } from '../../src/flow/issues.ts';
import { readFlow, type ReadResult } from '../../src/flow/read.ts';
import type { Folder } from './cases.ts';

export interface FlowSource extends ReadResult {
  readonly path: string;
  readonly source: string;
}

export class FlowSources {
  readonly #folder: Folder;
  readonly #read = new Map<string, Promise<FlowSource>>();

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  async read(path: string): Promise<FlowSource> {
    const known = this.#read.get(path);
    if (known) return known;
    const reading = this.#folder
      .readText(path)
      .then(async (source) => ({ path, source, ...(await readFlow(source)) }));
    this.#read.set(path, reading);
    return reading;
  }
}

/** What the issues say is not there yet, without what they say is wrong. */
export function missingIn(issues: readonly Issue[]): readonly string[] {
  const missing = issues
    .filter(({ severity }) => severity === 'error')
    .flatMap((issue) => missingOf(issue) ?? []);
  return [...new Set(missing)];
}

/** The issues that no missing feature explains. */
export function wrongIn(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter((issue) => issue.severity === 'error' && missingOf(issue) === undefined);
}

/** Warnings count too: what they name was read over. */
export function notLookedAt(issues: readonly Issue[]): readonly string[] {
  return [...new Set(issues.flatMap((issue) => missingOf(issue) ?? []))];
}

function missingOf(issue: Issue): string | undefined {
  if (issue.code === 'unknown-task-type') return `task type ${shortType(issue.type)}`;
  if (issue.code === 'unsupported') return `flow property ${issue.name}`;
  return undefined;
}

function shortType(type: string): string {
  return canonicalType(type).replace(/^io\.kestra\.(plugin\.)?/, '');
}

export function describeIssues(issues: readonly Issue[], file: string): string {
  return issues.map((issue) => describe(issue, file)).join('\n');
}
