/**
 * A folder of conformance cases, as it lies on disk: which flows to load, what to do with them, and
 * what must then be so. The format is described in the folder's own SUMMARY.md; nothing here knows
 * what a step or an assertion means.
 */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

/** JSON that may hold matchers (`{"$contains": …}`), references and input values. */
type Pattern = unknown;

export type Facts = Readonly<Record<string, Pattern>>;

export interface Case {
  readonly id: string;
  readonly kind: 'execution' | 'inputs' | 'http-api' | 'trigger';
  readonly area: string;
  /** Path of the main flow below the folder. */
  readonly flow: string;
  readonly namespace: string;
  readonly flowId: string;
  /** Paths of flows that must be loaded as well. */
  readonly needs: readonly string[];
  readonly inputs: Facts | null;
  readonly inputMode: 'none' | 'typed' | 'raw' | 'multipart';
  readonly labels: readonly Label[] | null;
  readonly steps: readonly Step[];
  readonly expect: Facts;
  readonly timing: { readonly maxMs: number; readonly from: string } | null;
  readonly harnessTimeoutMs: number;
  readonly setup: readonly Setup[];
  /** Java classes of the test tree, engine internals, the public network. */
  readonly testOnly: readonly Named[];
  readonly source: string;
}

export interface Label {
  readonly key: string;
  readonly value: string;
}

interface Named {
  readonly kind: string;
  readonly name: string;
}

export type Setup = { readonly kind: string } & Facts;

/** What is common to steps; each action reads the rest from `facts`. */
export interface Step {
  readonly action: string;
  readonly expect?: Facts;
  readonly expectImmediate?: Facts;
  readonly facts: Facts;
}

/** A flow file, or a flow made around one object, that must be refused or accepted. */
export interface InvalidCase {
  readonly id: string;
  readonly source: string | null;
  readonly file?: string;
  /** The flow that the file is to replace. */
  readonly previous?: string;
  readonly objectType?: string;
  readonly object?: Readonly<Record<string, unknown>>;
  /** Objects only; flows of this list are all invalid. */
  readonly valid?: boolean;
  readonly messages: readonly Pattern[];
}

export interface ParseCase {
  readonly id: string;
  readonly file: string;
  readonly source: string;
  readonly expect: Facts;
}

export interface Folder {
  readonly path: string;
  readonly cases: readonly Case[];
  readonly invalidFlows: readonly InvalidCase[];
  readonly invalidObjects: readonly InvalidCase[];
  readonly parseCases: readonly ParseCase[];
  /** A file of the folder. Paths that lead out of it are refused. */
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
}

export async function readFolder(path: string): Promise<Folder> {
  const root = resolve(path);
  const read = async (file: string): Promise<Uint8Array> => readFile(within(root, file));
  const readText = async (file: string): Promise<string> => readFile(within(root, file), 'utf8');
  const cases = JSON.parse(await readText('cases.json')) as RawCase[];
  const invalid = await readOptional<{ flows?: InvalidCase[]; objects?: InvalidCase[] }>(
    root,
    'invalid-cases.json',
  );
  return {
    path: root,
    cases: cases.map(caseOf),
    invalidFlows: invalid?.flows ?? [],
    invalidObjects: invalid?.objects ?? [],
    parseCases: (await readOptional<ParseCase[]>(root, 'parse-cases.json')) ?? [],
    read,
    readText,
  };
}

type RawStep = Omit<Step, 'facts'> & Facts;
type RawCase = Omit<Case, 'steps'> & { readonly steps: readonly RawStep[] };

function caseOf(raw: RawCase): Case {
  return { ...raw, steps: raw.steps.map(stepOf) };
}

function stepOf(raw: RawStep): Step {
  const { action, expect, expectImmediate, ...facts } = raw;
  return {
    action,
    ...(expect !== undefined && { expect }),
    ...(expectImmediate !== undefined && { expectImmediate }),
    facts,
  };
}

/** A fact that is text, where it is there. */
export function textOf(facts: Facts, name: string): string | undefined {
  const value = facts[name];
  return typeof value === 'string' ? value : undefined;
}

function within(root: string, file: string): string {
  const full = resolve(root, file);
  if (relative(root, full).startsWith('..')) throw new Error(`${file} leads out of ${root}`);
  return full;
}

async function readOptional<T>(root: string, file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(join(root, file), 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
