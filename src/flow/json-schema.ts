/**
 * JSON Schema (draft 2020-12) over values of the expression language, for inputs of type JSON.
 *
 * Our own because the libraries of npm either make code at run time, which is not allowed here, or
 * run the schema's patterns on an engine that may take exponential time. Patterns run on RE2 here,
 * and the work for one value is bounded. Formats say what is meant and are not checked, which is the
 * draft's default. References lead to places of the same schema.
 */
import type { Json } from '../engine/flow.ts';
import { assertions, compiled } from './json-schema-assertions.ts';
import { isMap, type InputValue } from './json-text.ts';

interface SchemaProblem {
  /** JSON pointer to what is wrong; empty for the whole value. */
  readonly at: string;
  readonly reason: string;
}

export type SchemaMap = { readonly [keyword: string]: Json };

/** The first thing that is wrong with the value, or undefined. */
export function validateJson(schema: Json, value: InputValue): SchemaProblem | undefined {
  return new Validation(schema).check(schema, value, '').problem;
}

const stepsMax = 200_000;
const depthMax = 200;

interface Result {
  readonly problem?: SchemaProblem;
  /** Properties and items that some keyword has looked at, for `unevaluated…`. */
  readonly seen: ReadonlySet<string | number>;
}

const fine: Result = { seen: new Set() };

class Validation {
  readonly #root: Json;
  readonly #targets = new Map<string, Json | undefined>();
  #steps = 0;
  #depth = 0;

  constructor(root: Json) {
    this.#root = root;
  }

  check(schema: Json, value: InputValue, at: string): Result {
    if (schema === true) return fine;
    if (schema === false) return failed(at, 'it must not be there');
    this.#steps += 1;
    if (this.#steps > stepsMax || this.#depth > depthMax) {
      return failed(at, 'it takes too much work to check');
    }
    this.#depth += 1;
    const result = this.#checkMap(schema as SchemaMap, value, at);
    this.#depth -= 1;
    return result;
  }

  #checkMap(schema: SchemaMap, value: InputValue, at: string): Result {
    for (const [keyword, assertion] of Object.entries(assertions)) {
      if (!Object.hasOwn(schema, keyword)) continue;
      const reason = assertion(schema[keyword] ?? null, value);
      if (reason !== undefined) return failed(at, reason);
    }
    const seen = new Set<string | number>();
    const parts = [
      () => this.#references(schema, value, at),
      () => this.#combinations(schema, value, at),
      () => this.#conditions(schema, value, at),
      () => (isMap(value) ? this.#properties(schema, value, at) : fine),
      () => (isList(value) ? this.#items(schema, value, at) : fine),
    ];
    for (const part of parts) {
      const result = part();
      if (result.problem) return result;
      for (const one of result.seen) seen.add(one);
    }
    return this.#unevaluated(schema, value, at, seen);
  }

  #references(schema: SchemaMap, value: InputValue, at: string): Result {
    const results: Result[] = [];
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = schema[keyword];
      if (typeof reference !== 'string') continue;
      const target = this.#target(reference);
      if (target === undefined)
        return failed(at, `its schema refers to ${reference}, which is not there`);
      results.push(this.check(target, value, at));
    }
    return all(results);
  }

  /** Looking through the whole schema is done once for each reference. */
  #target(reference: string): Json | undefined {
    if (!this.#targets.has(reference)) {
      this.#targets.set(reference, resolveReference(this.#root, reference));
    }
    return this.#targets.get(reference);
  }

  #combinations(schema: SchemaMap, value: InputValue, at: string): Result {
    const results = listAt(schema, 'allOf').map((one) => this.check(one, value, at));
    const any = listAt(schema, 'anyOf').map((one) => this.check(one, value, at));
    if (any.length > 0) {
      if (any.every(({ problem }) => problem)) {
        return any.length === 1
          ? (any[0] ?? fine)
          : failed(at, 'it fits none of the possible schemas');
      }
      results.push(...any.filter(({ problem }) => !problem));
    }
    const one = listAt(schema, 'oneOf').map((each) => this.check(each, value, at));
    if (one.length > 0) {
      const fitting = one.filter(({ problem }) => !problem);
      if (fitting.length !== 1) {
        return failed(
          at,
          `it must fit exactly one of the possible schemas and fits ${fitting.length}`,
        );
      }
      results.push(...fitting);
    }
    const { not } = schema;
    if (not !== undefined && !this.check(not, value, at).problem) {
      return failed(at, 'it fits a schema that it must not fit');
    }
    return all(results);
  }

  #conditions(schema: SchemaMap, value: InputValue, at: string): Result {
    const results: Result[] = [];
    if (schema['if'] !== undefined) {
      const condition = this.check(schema['if'], value, at);
      const branch = condition.problem ? schema['else'] : schema['then'];
      if (!condition.problem) results.push(condition);
      if (branch !== undefined) results.push(this.check(branch, value, at));
    }
    if (isMap(value)) {
      for (const [name, one] of Object.entries(mapAt(schema, 'dependentSchemas'))) {
        if (value.has(name)) results.push(this.check(one, value, at));
      }
    }
    return all(results);
  }

  #properties(schema: SchemaMap, value: ReadonlyMap<string, InputValue>, at: string): Result {
    const results: Result[] = [];
    const properties = mapAt(schema, 'properties');
    const patterns = Object.entries(mapAt(schema, 'patternProperties')).map(
      ([pattern, one]) => [compiled(pattern), one] as const,
    );
    const { propertyNames, additionalProperties } = schema;
    for (const [name, item] of value) {
      const place = `${at}/${escaped(name)}`;
      const named = Object.hasOwn(properties, name) ? [properties[name] ?? null] : [];
      const matched = patterns.filter(([pattern]) => pattern.matcher(name).find());
      const schemas = [...named, ...matched.map(([, one]) => one)];
      const isOther = schemas.length === 0 && additionalProperties !== undefined;
      const each = isOther ? [additionalProperties] : schemas;
      results.push(...each.map((one) => inside(this.check(one, item, place), name)));
      if (propertyNames !== undefined) {
        const { problem } = this.check(propertyNames, name, place);
        if (problem) return failed(place, `its name is not allowed: ${problem.reason}`);
      }
    }
    return all(results);
  }

  #items(schema: SchemaMap, value: readonly InputValue[], at: string): Result {
    const results: Result[] = [];
    const prefix = listAt(schema, 'prefixItems');
    for (const [index, item] of value.entries()) {
      const one = prefix[index] ?? schema['items'];
      if (one === undefined) continue;
      results.push(inside(this.check(one, item, `${at}/${index}`), index));
    }
    const { contains } = schema;
    const [least, most] = [schema['minContains'] ?? 1, schema['maxContains']].map(Number);
    if (contains !== undefined) {
      const fitting = value.flatMap((item, index) =>
        this.check(contains, item, `${at}/${index}`).problem ? [] : [index],
      );
      const count = fitting.length;
      if (count < (least ?? 1)) {
        return failed(at, `it must have at least ${least} fitting items and has ${count}`);
      }
      if (count > (most ?? count)) {
        return failed(at, `it must have at most ${most} fitting items and has ${count}`);
      }
      results.push({ seen: new Set(fitting) });
    }
    return all(results);
  }

  #unevaluated(
    schema: SchemaMap,
    value: InputValue,
    at: string,
    seen: Set<string | number>,
  ): Result {
    const keyword = isMap(value) ? 'unevaluatedProperties' : 'unevaluatedItems';
    const one = schema[keyword];
    if (one === undefined || (!isMap(value) && !isList(value))) return { seen };
    for (const [key, item] of value.entries()) {
      if (seen.has(key)) continue;
      const { problem } = this.check(one, item, `${at}/${escaped(String(key))}`);
      if (problem) return { problem, seen };
      seen.add(key);
    }
    return { seen };
  }
}

function failed(at: string, reason: string): Result {
  return { problem: { at, reason }, seen: new Set() };
}

/** What was found inside counts for the place it was found at. */
function inside({ problem }: Result, key: string | number): Result {
  return { ...(problem && { problem }), seen: new Set([key]) };
}

function all(results: readonly Result[]): Result {
  const wrong = results.find(({ problem }) => problem);
  return wrong ?? { seen: new Set(results.flatMap(({ seen }) => [...seen])) };
}

function listAt(schema: SchemaMap, keyword: string): readonly Json[] {
  const value = schema[keyword];
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function mapAt(schema: SchemaMap, keyword: string): SchemaMap {
  const value = schema[keyword];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as SchemaMap)
    : {};
}

function isList(value: InputValue): value is readonly InputValue[] {
  return Array.isArray(value);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `#`, `#/a/pointer`, `#anchor`, or the `$id` of a schema inside; undefined where nothing is there. */
export function resolveReference(root: Json, reference: string): Json | undefined {
  const [id = '', fragment = ''] = reference.split('#');
  const base = id === '' ? root : found(root, (schema) => schema['$id'] === id);
  if (base === undefined || fragment === '') return base;
  if (!fragment.startsWith('/')) {
    const isAnchored = (schema: SchemaMap) =>
      schema['$anchor'] === fragment || schema['$dynamicAnchor'] === fragment;
    return found(base, isAnchored);
  }
  let at: Json | undefined = base;
  for (const step of fragment.slice(1).split('/')) {
    const key = unescaped(step);
    const isThere: boolean = typeof at === 'object' && at !== null && Object.hasOwn(at, key);
    at = isThere ? (at as SchemaMap)[key] : undefined;
  }
  return at;
}

function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    // No percent-encoding: then it says what it says.
    return step;
  }
}

function found(json: Json, isWanted: (schema: SchemaMap) => boolean): SchemaMap | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  if (!Array.isArray(json) && isWanted(json as SchemaMap)) return json as SchemaMap;
  for (const item of Object.values(json)) {
    const below = found(item as Json, isWanted);
    if (below) return below;
  }
  return undefined;
}
