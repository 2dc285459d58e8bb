/**
 * The schema library as task definitions meet it, and the few questions asked of a schema.
 *
 * `expression(inner)` is a schema type of its own: a text with `{{` or `{%` passes unchecked, at the
 * top or anywhere inside, and anything else is checked by the inner schema, whose issues keep their
 * paths. The inner schema stays reachable through `innerOf` for whoever derives something from it.
 */
import { z } from 'zod';
import type { ExpressionWrapper, TaskDefinition } from '../tasks/define.ts';
import { durationMs, isTemplate } from './duration.ts';

export { z };
export type Schema = z.core.$ZodType;
type RawIssue = z.core.$ZodRawIssue;

interface ExpressionDef extends z.core.$ZodTypeDef {
  readonly expression: Schema;
}

const ExpressionType: z.core.$constructor<z.ZodType, ExpressionDef> = z.core.$constructor(
  'BatonExpression',
  (instance: z.ZodType, def: ExpressionDef) => {
    z.ZodType.init(instance, def);
    const inner = def.expression;
    const internals = instance._zod;
    // A missing key is for the inner schema to judge: it may be optional or have a default.
    Object.defineProperty(internals, 'optin', { get: () => inner._zod.optin });
    Object.defineProperty(internals, 'optout', { get: () => inner._zod.optout });
    internals.parse = (payload, context) => {
      const value: unknown = payload.value;
      if (isTemplate(value)) return payload;
      const result = inner._zod.run({ value, issues: [] }, context);
      if (result instanceof Promise) throw new TypeError('task schemas must not be asynchronous');
      if (result.issues.length === 0) payload.value = result.value;
      for (const issue of result.issues) {
        if (!comesFromTemplate(issue, value)) payload.issues.push(issue);
      }
      return payload;
    };
  },
);

/** Refused only because a text inside still has to be rendered. */
function comesFromTemplate(issue: RawIssue, value: unknown): boolean {
  const at = valueAt(value, issue.path ?? []);
  if (isTemplate(at)) return true;
  if (issue.code !== 'invalid_union') return false;
  const branches = (issue.errors ?? []) as readonly (readonly RawIssue[])[];
  return branches.some(
    (branch) => branch.length > 0 && branch.every((cause) => comesFromTemplate(cause, at)),
  );
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}

export const expression: ExpressionWrapper = (schema) =>
  new ExpressionType({ type: 'custom', expression: schema }) as ReturnType<
    typeof expression<typeof schema>
  >;

/** Durations in tasks are those of expressions, which take `PT5m` as Java does. */
const duration = () => z.stringFormat('duration', (text) => durationMs(text) !== undefined);
const ofTasks = { ...z, iso: { ...z.iso, duration } } as unknown as typeof z;

const shapes = new WeakMap<TaskDefinition, Shape>();

/** The properties of a task type, made once. */
export function shapeOf(definition: TaskDefinition): Shape {
  const known = shapes.get(definition);
  if (known !== undefined) return known;
  const made = definition.properties(ofTasks, expression);
  shapes.set(definition, made);
  return made;
}

/** The schema inside an `expression()`, or undefined where the schema is none. */
export function innerOf(schema: Schema): Schema | undefined {
  return (schema._zod.def as Partial<ExpressionDef>).expression;
}

interface Wrapping {
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly getter?: () => Schema;
}

/** The schema below optional, default, nullable, lazy and the like, and below `expression()` too. */
export function unwrap(schema: Schema): { schema: Schema; isExpression: boolean } {
  let [current, isExpression] = [schema, false];
  for (;;) {
    const def = current._zod.def as Wrapping;
    const expressed = innerOf(current);
    if (expressed !== undefined) isExpression = true;
    const next = expressed ?? def.innerType ?? def.in ?? def.getter?.();
    if (next === undefined) return { schema: current, isExpression };
    current = next;
  }
}

/** A schema by the parts that this folder looks at. */
export type Shown =
  | { readonly type: 'object'; readonly shape: Shape; readonly open: boolean }
  | { readonly type: 'list'; readonly element: Schema | undefined }
  | { readonly type: 'record'; readonly value: Schema }
  | { readonly type: 'union'; readonly options: readonly Schema[] }
  | { readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'duration' | 'other' };

export type Shape = Readonly<Record<string, Schema>>;

export function show(schema: Schema): Shown {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'object':
      return {
        type: 'object',
        shape: def.shape,
        open: def.catchall !== undefined && def.catchall._zod.def.type !== 'never',
      };
    case 'array':
      return { type: 'list', element: def.element };
    case 'tuple':
      return { type: 'list', element: undefined };
    case 'record':
      return { type: 'record', value: def.valueType };
    case 'union':
      return { type: 'union', options: def.options };
    case 'string': {
      const format: unknown = Reflect.get(def, 'format');
      return { type: format === 'duration' ? 'duration' : 'text' };
    }
    case 'number': {
      const checks = (def.checks ?? []).map((check) => check._zod.def);
      const formats = [def, ...checks].map((part) => String(Reflect.get(part, 'format')));
      return { type: formats.some((format) => format.includes('int')) ? 'integer' : 'number' };
    }
    case 'enum':
    case 'literal':
    case 'template_literal':
      return { type: 'text' };
    case 'boolean':
      return { type: 'boolean' };
    default:
      return { type: 'other' };
  }
}
