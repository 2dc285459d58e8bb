/** Whether a JSON Schema is one: found when the flow is read, so that checking a value cannot fail. */
import { RE2JS } from 're2js';
import type { Json } from '../engine/flow.ts';
import { resolveReference, type SchemaMap } from './json-schema.ts';
import { types } from './json-schema-assertions.ts';

export interface BadSchema {
  readonly path: readonly (string | number)[];
  /** In words, after the text of what stands there. */
  readonly reason: string;
}

type Holds = (value: Json) => boolean;

const isCount: Holds = (value) => Number.isInteger(value) && Number(value) >= 0;
const isNumber: Holds = (value) => typeof value === 'number';
const isText: Holds = (value) => typeof value === 'string';
const isTexts: Holds = (value) => Array.isArray(value) && value.every((one) => isText(one as Json));
const isObject: Holds = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shapes: Readonly<Record<string, readonly [holds: Holds, reason: string]>> = {
  type: [
    (value) => [value].flat().every((type) => types.some((known) => known === type)),
    `is not one of ${types.join(', ')}`,
  ],
  enum: [(value) => Array.isArray(value), 'is not a list'],
  multipleOf: [(value) => isNumber(value) && Number(value) > 0, 'is not a number above 0'],
  maximum: [isNumber, 'is not a number'],
  exclusiveMaximum: [isNumber, 'is not a number'],
  minimum: [isNumber, 'is not a number'],
  exclusiveMinimum: [isNumber, 'is not a number'],
  ...Object.fromEntries(
    ['Length', 'Items', 'Properties', 'Contains'].flatMap((what) =>
      [`max${what}`, `min${what}`].map((name) => [name, [isCount, 'is not a count'] as const]),
    ),
  ),
  pattern: [isPattern, 'is an invalid pattern (look-around and back references are not supported)'],
  uniqueItems: [(value) => typeof value === 'boolean', 'is neither true nor false'],
  required: [isTexts, 'is not a list of names'],
  dependentRequired: [
    (value) => isObject(value) && Object.values(value as SchemaMap).every(isTexts),
    'is not a map of lists of names',
  ],
};

const oneSchema =
  'not if then else additionalProperties propertyNames items contains unevaluatedProperties unevaluatedItems'.split(
    ' ',
  );
const listsOfSchemas = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const mapsOfSchemas = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
];

function isPattern(value: Json): boolean {
  if (typeof value !== 'string') return false;
  try {
    RE2JS.compile(value);
    return true;
  } catch {
    return false;
  }
}

/** The first thing that is wrong with the schema, and where. */
export function badSchema(root: Json, schema: Json = root): BadSchema | undefined {
  if (typeof schema === 'boolean') return undefined;
  if (!isObject(schema)) return { path: [], reason: 'is not a schema' };
  const map = schema as SchemaMap;
  for (const [keyword, value] of Object.entries(map)) {
    const problem = badKeyword(root, keyword, value);
    if (problem) return { ...problem, path: [keyword, ...problem.path] };
  }
  return undefined;
}

function badKeyword(root: Json, keyword: string, value: Json): BadSchema | undefined {
  const [holds, reason = ''] = Object.hasOwn(shapes, keyword) ? (shapes[keyword] ?? []) : [];
  if (holds && !holds(value)) return { path: [], reason };
  if (keyword === '$ref' || keyword === '$dynamicRef') {
    const isThere = typeof value === 'string' && resolveReference(root, value) !== undefined;
    return isThere ? undefined : { path: [], reason: 'refers to nothing in this schema' };
  }
  if (oneSchema.includes(keyword)) return badSchema(root, value);
  if (listsOfSchemas.includes(keyword)) {
    if (!Array.isArray(value)) return { path: [], reason: 'is not a list of schemas' };
    return firstOf((value as readonly Json[]).entries(), root);
  }
  if (!mapsOfSchemas.includes(keyword)) return undefined;
  if (!isObject(value)) return { path: [], reason: 'is not a map of schemas' };
  const entries = Object.entries(value as SchemaMap);
  const bad = keyword === 'patternProperties' && entries.find(([name]) => !isPattern(name));
  if (bad) return { path: [bad[0]], reason: 'has an invalid pattern for its name' };
  return firstOf(entries, root);
}

function firstOf(
  schemas: Iterable<readonly [string | number, Json]>,
  root: Json,
): BadSchema | undefined {
  for (const [key, schema] of schemas) {
    const problem = badSchema(root, schema);
    if (problem) return { ...problem, path: [key, ...problem.path] };
  }
  return undefined;
}
