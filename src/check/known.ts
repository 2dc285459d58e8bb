/**
 * What is known of a value before anything runs: its kind, whether it may be missing, and what is
 * behind its keys. Where nothing is known, everything is possible and nothing is reported.
 */
import type * as ast from '../expression/ast.ts';
import type { Json } from '../engine/flow.ts';
import type { Facts, Severity } from '../flow/issues.ts';
import { nearest } from '../flow/nearest.ts';

export type Kind = 'any' | 'text' | 'integer' | 'number' | 'boolean' | 'list' | 'map';

/** One step of an access chain: `.name`, `['name']`, or `[expression]`, which has no name. */
export interface Step extends ast.Place {
  readonly name?: string;
  readonly key?: ast.Expression;
}

export interface Known {
  readonly kind: Kind;
  /** It may be null or not there at all. */
  readonly optional: boolean;
  /** `rest` are the steps that follow. */
  member(step: Step, rest: readonly Step[]): Known | Missing;
}

/** Reading it fails. */
export interface Missing {
  readonly missing: Facts;
  readonly severity: Severity;
}

export function isMissing(found: Known | Missing): found is Missing {
  return 'missing' in found;
}

export function missing(facts: Facts, severity: Severity = 'error'): Missing {
  return { missing: facts, severity };
}

export const unknown: Known = { kind: 'any', optional: true, member: () => unknown };

/** Of a kind, with whatever below. */
export function ofKind(kind: Kind, optional: boolean): Known {
  return { kind, optional, member: () => unknown };
}

export const kindWords: Readonly<Record<Kind, string>> = {
  any: 'anything',
  text: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
};

/** A text, number or boolean: it has no members. `path` is how the flow calls it. */
export function scalar(kind: Kind, path: string, optional: boolean): Known {
  return {
    kind,
    optional,
    member: ({ name }) => missing({ code: 'no-members', of: path, kind: kindWords[kind], name }),
  };
}

export function list(path: string, optional: boolean): Known {
  return {
    kind: 'list',
    optional,
    member: ({ name }) =>
      name === undefined || /^\d+$/.test(name)
        ? unknown
        : missing({ code: 'no-members', of: path, kind: kindWords.list, name }),
  };
}

export interface Members {
  readonly path: string;
  readonly entries: ReadonlyMap<string, Known>;
  readonly optional?: boolean;
  /** The facts of a key that is not there; by default `path` has no such member. */
  readonly absent?: (name: string, suggestion: string | undefined) => Known | Missing;
}

/** A map of which every key is known. */
export function object({ path, entries, optional = false, absent }: Members): Known {
  return {
    kind: 'map',
    optional,
    member({ name }) {
      if (name === undefined) return unknown;
      const found = entries.get(name);
      if (found !== undefined) return found;
      const suggestion = nearest(name, [...entries.keys()]);
      return (
        absent?.(name, suggestion) ??
        missing({ code: 'unknown-member', of: path, name, suggestion })
      );
    },
  };
}

/** A value that stands in the flow itself. */
export function ofJson(value: Json, path: string): Known {
  switch (typeof value) {
    case 'string':
      return scalar('text', path, false);
    case 'boolean':
      return scalar('boolean', path, false);
    case 'number':
      return scalar(Number.isInteger(value) ? 'integer' : 'number', path, false);
    default:
      break;
  }
  if (value === null) return unknown;
  if (Array.isArray(value)) return list(path, false);
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return object({
    path,
    entries: new Map(entries.map(([key, item]) => [key, ofJson(item, `${path}.${key}`)])),
  });
}
