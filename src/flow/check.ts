/**
 * Checks one part of the document against a schema, mending on the way what YAML makes easy to
 * write: a number where text is wanted is taken as written, `"5"` where a number is wanted as 5, an
 * enum member in other case as that member, and null as if the key were not there.
 *
 * Unknown properties are looked for by a walk of our own rather than by strict schemas, so that
 * they are found at any depth whatever the author of a task chose, and reported once.
 */
import { assert } from '../engine/assert.ts';
import type { Json } from '../engine/flow.ts';
import { documentLimits } from './document.ts';
import { isTemplate } from './duration.ts';
import { jsonDepth } from './json-text.ts';
import { reportIssue } from './schema-issues.ts';
import { nearest } from './nearest.ts';
import { nodeAt, toJson, type DocumentPath, type MapNode, type Node } from './node.ts';
import type { Report } from './report.ts';
import { show, unwrap, valueAt, z, type Schema, type Shape } from './schema.ts';

type SchemaIssue = z.core.$ZodIssue;

/** What a message says of a missing or unknown property: "Log needs …". */
export interface Subject {
  readonly path: DocumentPath;
  readonly owner: string;
}

const mendingRoundsMax = 4;

/** The checked properties with defaults filled in, or undefined after reporting what is wrong. */
export function checkProperties(
  shape: Shape,
  node: MapNode,
  subject: Subject,
  report: Report,
): Record<string, Json> | undefined {
  const schema = objectOf(shape);
  const misspelt = new Set<string>();
  reportUnknown(schema, node, subject, { report, misspelt });
  const outcome = parseMending(schema, node);
  if (outcome.success) {
    const isWrong = misspelt.size > 0 && report.isStrict;
    return isWrong ? undefined : (withoutUndefined(outcome.data) as Record<string, Json>);
  }
  for (const issue of outcome.error.issues) {
    // A property that is there under a misspelt name is not reported as missing as well.
    const at = JSON.stringify([...subject.path, ...issue.path]);
    if (isMissing(issue) && misspelt.has(at)) continue;
    reportIssue(issue, { ...subject, node }, report);
  }
  return undefined;
}

/** Making a schema takes longer than using it once, and a flow may have thousands of tasks. */
const objects = new WeakMap<Shape, z.ZodObject>();

function objectOf(shape: Shape): z.ZodObject {
  const known = objects.get(shape);
  if (known !== undefined) return known;
  const made = z.object(shape);
  objects.set(shape, made);
  return made;
}

function parseMending(schema: z.ZodObject, node: Node): z.ZodSafeParseResult<unknown> {
  let value: unknown = toJson(node);
  for (let round = 0; ; round++) {
    const outcome = schema.safeParse(value, { reportInput: true });
    if (outcome.success || round === mendingRoundsMax) return outcome;
    let mended = false;
    for (const issue of outcome.error.issues) {
      for (const mend of mendsFor(issue, value, node)) {
        value = replaceAt(value, mend.path, mend.value);
        mended = true;
      }
    }
    if (!mended) return outcome;
  }
}

interface Mend {
  readonly path: readonly PropertyKey[];
  /** Undefined: take the key out. */
  readonly value: unknown;
}

function mendsFor(issue: SchemaIssue, value: unknown, node: Node): readonly Mend[] {
  const { path } = issue;
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.map((branch) =>
      branch.map((cause) => mendsFor({ ...cause, path: [...path, ...cause.path] }, value, node)),
    );
    const branch = branches.find(
      (mends) => mends.length > 0 && mends.every((one) => one.length > 0),
    );
    if (branch !== undefined) return branch.flat();
  }
  const at = valueAt(value, path);
  if (at === null && path.length > 0) return [{ path, value: undefined }];
  const mended = mendedValue(issue, at, () => nodeAt(node, path as DocumentPath));
  return mended === undefined ? [] : [{ path, value: mended }];
}

function mendedValue(issue: SchemaIssue, at: unknown, find: () => Node | undefined): unknown {
  if (isTemplate(at)) return undefined;
  if (issue.code === 'invalid_value' && typeof at === 'string') {
    return issue.values.find((v) => typeof v === 'string' && v.toLowerCase() === at.toLowerCase());
  }
  if (issue.code !== 'invalid_type') return undefined;
  switch (issue.expected) {
    case 'string': {
      if (typeof at !== 'number' && typeof at !== 'boolean') return undefined;
      const node = find();
      return node?.type === 'scalar' ? node.text : String(at);
    }
    case 'number':
    case 'int':
      return typeof at === 'string' && /^[-+]?\d+(\.\d+)?$/.test(at) ? Number(at) : undefined;
    case 'boolean':
      return at === 'true' ? true : at === 'false' ? false : undefined;
    case 'array':
    case 'record':
    case 'object':
      return typeof at === 'string' ? fromJsonText(at) : undefined;
    default:
      return undefined;
  }
}

/** A list or map written as JSON text, which is how many flows give the values of a loop. */
function fromJsonText(text: string): unknown {
  if (!/^\s*[[{]/.test(text) || text.includes('__proto__')) return undefined;
  if (jsonDepth(text) > documentLimits.depthMax) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function replaceAt(value: unknown, path: readonly PropertyKey[], leaf: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return leaf;
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) =>
      i === step ? (replaceAt(item, rest, leaf) ?? null) : item,
    );
  }
  const copy: Record<PropertyKey, unknown> = { ...(value as Record<PropertyKey, unknown>) };
  const below = replaceAt(copy[step], rest, leaf);
  if (below === undefined) delete copy[step];
  else copy[step] = below;
  return copy;
}

function isMissing(issue: SchemaIssue): boolean {
  return 'input' in issue ? issue.input === undefined : issue.code === 'invalid_type';
}

interface Search {
  readonly report: Report;
  /** Paths of unknown properties, or of what they probably stood for, as JSON. */
  readonly misspelt: Set<string>;
}

function reportUnknown(schema: Schema, node: Node, subject: Subject, search: Search): void {
  const shown = show(unwrap(schema).schema);
  if (shown.type === 'object' && node.type === 'map') {
    reportUnknownKeys(shown, node, subject, search);
  } else if (shown.type === 'list' && node.type === 'list' && shown.element !== undefined) {
    for (const [index, item] of node.items.entries()) {
      reportUnknown(shown.element, item, below(subject, index), search);
    }
  } else if (shown.type === 'record' && node.type === 'map') {
    for (const [key, entry] of node.entries) {
      reportUnknown(shown.value, entry.value, below(subject, key), search);
    }
  } else if (shown.type === 'union' && node.type !== 'scalar') {
    const value = toJson(node);
    const option = shown.options.find((one) => z.core.safeParse(one, value).success);
    if (option !== undefined) reportUnknown(option, node, subject, search);
  }
}

function reportUnknownKeys(
  shown: { readonly shape: Shape; readonly open: boolean },
  node: MapNode,
  subject: Subject,
  search: Search,
): void {
  for (const [name, entry] of node.entries) {
    const field = Object.hasOwn(shown.shape, name) ? shown.shape[name] : undefined;
    if (field !== undefined) reportUnknown(field, entry.value, below(subject, name), search);
    else if (!shown.open && entry.fromDefault === undefined) {
      const missing = Object.keys(shown.shape).filter((key) => !node.entries.has(key));
      const suggestion = nearest(name, missing);
      const path = [...subject.path, name];
      const facts = { code: 'unknown-property', name, owner: subject.owner, suggestion } as const;
      search.report.error(path, facts, 'key');
      search.misspelt.add(JSON.stringify([...subject.path, suggestion ?? name]));
    }
  }
}

function below(subject: Subject, step: string | number): Subject {
  return { path: [...subject.path, step], owner: `\`${step}\`` };
}

/** A property that the schema has made sure is text. */
export function textProperty(read: Readonly<Record<string, Json>>, name: string): string {
  const value = read[name];
  assert(typeof value === 'string', `the schema lets only text through as ${name}`);
  return value;
}

/** Absent and undefined are the same in JSON, and only one of them can be stored. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutUndefined(item)]));
}
