/**
 * Which properties of a task are rendered before it runs, and what each then becomes.
 *
 * Derived from the schema and the task's own values together: a union answers with the member that
 * fits what is written, and only properties that are there are listed. Maps and lists wrapped in
 * `expression()` as a whole have one entry; objects that wrap single fields have one for each.
 */
import type { ConversionKind, Json } from '../engine/flow.ts';
import { isTemplate } from './duration.ts';
import { show, unwrap, z, type Schema, type Shape } from './schema.ts';

export type Conversions = Record<string, ConversionKind>;

export function conversionsOf(
  shape: Shape,
  properties: { readonly [name: string]: Json },
): Conversions {
  const found: Conversions = {};
  for (const [name, schema] of Object.entries(shape)) {
    const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (value !== undefined && value !== null) collect(schema, value, name, found);
  }
  return found;
}

function collect(schema: Schema, value: Json, path: string, found: Conversions): void {
  const inner = unwrap(schema);
  if (inner.isExpression) {
    found[path] = kindOf(inner.schema, value);
    return;
  }
  const shown = show(inner.schema);
  if (shown.type === 'object' && isMap(value)) {
    for (const [name, field] of Object.entries(shown.shape)) {
      const below = Object.hasOwn(value, name) ? value[name] : undefined;
      if (below !== undefined && below !== null) collect(field, below, `${path}.${name}`, found);
    }
  } else if (shown.type === 'list' && shown.element !== undefined && isList(value)) {
    if (holdsExpression(shown.element)) found[path] = 'list';
    else
      for (const [index, item] of value.entries())
        collect(shown.element, item, `${path}.${index}`, found);
  } else if (shown.type === 'record' && holdsExpression(shown.value)) {
    found[path] = 'map';
  } else if (shown.type === 'union') {
    const option = fitting(shown.options, value);
    if (option !== undefined) collect(option, value, path, found);
  }
}

function holdsExpression(schema: Schema): boolean {
  return unwrap(schema).isExpression;
}

function kindOf(schema: Schema, value: Json): ConversionKind {
  const { schema: bare } = unwrap(schema);
  const shown = show(bare);
  switch (shown.type) {
    case 'text':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'duration':
    case 'list':
      return shown.type;
    case 'object':
    case 'record':
      return 'map';
    case 'union':
      return kindOfUnion(shown.options, value);
    case 'other':
      return 'any';
  }
}

/** A template may become any member: text if the union takes it, else what all members agree on. */
function kindOfUnion(options: readonly Schema[], value: Json): ConversionKind {
  const kinds = new Set(options.map((option) => kindOf(option, value)));
  const [only] = kinds;
  if (kinds.size === 1 && only !== undefined) return only;
  if (kinds.size === 2 && kinds.has('text') && options.some(isListOfTexts)) return 'texts';
  if (isTemplate(value)) return kinds.has('text') ? 'text' : 'any';
  const option = fitting(options, value);
  return option === undefined ? 'any' : kindOf(option, value);
}

function isListOfTexts(schema: Schema): boolean {
  const shown = show(unwrap(schema).schema);
  if (shown.type !== 'list' || shown.element === undefined) return false;
  return show(unwrap(shown.element).schema).type === 'text';
}

function fitting(options: readonly Schema[], value: Json): Schema | undefined {
  return options.find((option) => z.core.safeParse(option, value).success);
}

function isMap(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
