/** The declared inputs and outputs of a flow: their shape by type, and their rules among each other. */
import type { Input, Json, Output } from '../engine/flow.ts';
import { canonicalInputType, inputShapes, inputTypes } from './input-shapes.ts';
import { checkProperties, textProperty } from './check.ts';
import { circleFrom } from './circle.ts';
import { badSchema } from './json-schema-shape.ts';
import { nearest } from './nearest.ts';
import {
  child,
  textOf,
  toJson,
  without,
  type DocumentPath,
  type MapNode,
  type Node,
  type Place,
} from './node.ts';
import { kindOf, type Report } from './report.ts';
import { valueAt, z } from './schema.ts';

interface Declared {
  readonly input: Input;
  readonly path: DocumentPath;
}

/** `at`: where the list stands, `inputs` of a flow or a list of its own kind in a task. */
export function readInputs(
  node: Node | undefined,
  at: DocumentPath,
  report: Report,
): readonly Input[] {
  const ids = new Map<string, Place>();
  const declared: Declared[] = [];
  for (const { item, path } of mapsOf(node, at, report)) {
    readInput(item, path, { report, ids, declared, prefix: '' });
  }
  checkDependencies(declared, report);
  return declared.map(({ input }) => input);
}

interface InputReader {
  readonly report: Report;
  readonly ids: Map<string, Place>;
  readonly declared: Declared[];
  /** Id of the surrounding form, with its dot. */
  readonly prefix: string;
  /** What the surrounding form depends on. */
  readonly form?: Json;
}

function readInput(node: MapNode, path: DocumentPath, reader: InputReader): void {
  const { report, ids, declared, prefix, form } = reader;
  const idKey =
    child(node, 'id') === undefined && child(node, 'name') !== undefined ? 'name' : 'id';
  const idNode = child(node, idKey);
  const id = idNode?.type === 'scalar' ? `${prefix}${idNode.text}` : undefined;
  if (id !== undefined) claim(id, [...path, idKey], { ids, report, of: 'input', node: idNode });
  const type = readType(node, path, { report, owner: 'an input' });
  if (type === undefined) {
    const alone = without(node, new Set([...node.entries.keys()].filter((key) => key !== idKey)));
    checkProperties({ [idKey]: inputId }, alone, { path, owner: 'an input' }, report);
    return;
  }
  const shape = inputShapes.get(type) ?? {};
  const owner = `an input of type ${type}`;
  const read = checkProperties({ ...shape, [idKey]: inputId }, node, { path, owner }, report);
  if (type === 'FORM') {
    const within = read?.['dependsOn'];
    readForm(node, path, { ...reader, prefix: `${id ?? ''}.`, ...(within && { form: within }) });
  }
  if (read === undefined || id === undefined) return;
  if (!keepsDefaultRules(node, path, report) || type === 'FORM') return;
  if (!keepsSchema(read['jsonSchema'], path, report)) return;
  const { id: _id, name: _name, type: _type, required, defaults, ...rules } = read;
  declared.push({
    path,
    input: {
      id,
      type,
      required: required !== false,
      ...(defaults === undefined ? {} : { defaults }),
      rules: { ...rules, ...choices(rules), ...(form && { form }) },
    },
  });
}

const inputId = z
  .string()
  .regex(
    /^[a-zA-Z0-9][.a-zA-Z0-9_-]*$/,
    'is not allowed: letters, digits, ".", "_" and "-" are, the first two in front',
  );

/** `options` is the old name of `values`. */
function choices(rules: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  const { values = rules['options'] } = rules;
  return values === undefined ? {} : { values };
}

function readType(
  node: MapNode,
  path: DocumentPath,
  { report, owner }: { readonly report: Report; readonly owner: string },
): string | undefined {
  const value = child(node, 'type');
  const written = textOf(value);
  if (written === undefined) {
    if (value === undefined) {
      report.error(path, { code: 'missing-property', name: 'type', owner });
    } else {
      const found = kindOf(value);
      report.error([...path, 'type'], { code: 'wrong-type', expected: 'text', found });
    }
    return undefined;
  }
  const type = canonicalInputType(written);
  if (type !== undefined) return type;
  const suggestion = nearest(written, inputTypes);
  const facts = { value: written, allowed: inputTypes, suggestion };
  report.error([...path, 'type'], { code: 'unknown-value', ...facts });
  return undefined;
}

function readForm(node: MapNode, path: DocumentPath, reader: InputReader): void {
  const children = child(node, 'inputs');
  for (const { item, path: at } of mapsOf(children, [...path, 'inputs'], reader.report)) {
    const type = textOf(child(item, 'type'))?.toUpperCase();
    if (type === 'FORM') {
      const reason = 'cannot be there inside of another form';
      reader.report.error([...at, 'type'], { code: 'invalid-value', value: type, reason });
    } else readInput(item, at, reader);
  }
}

function keepsSchema(schema: Json | undefined, path: DocumentPath, report: Report): boolean {
  const bad = schema === undefined ? undefined : badSchema(schema);
  if (bad === undefined) return true;
  const at = [...path, 'jsonSchema', ...bad.path];
  const found = valueAt(schema, bad.path);
  const value = typeof found === 'string' ? found : (JSON.stringify(found) ?? '');
  report.error(at, { code: 'invalid-value', value, reason: bad.reason });
  return false;
}

function keepsDefaultRules(node: MapNode, path: DocumentPath, report: Report): boolean {
  if (child(node, 'defaults') === undefined) return true;
  const required = child(node, 'required');
  if (required?.type === 'scalar' && required.value === false) {
    // Releases before 1.0 take it, later ones refuse it; it cannot do harm.
    const reason = 'an input with defaults always has a value';
    report.warning([...path, 'required'], { code: 'no-effect', name: 'required: false', reason });
  }
  if (child(node, 'prefill') === undefined) return true;
  const reason = 'cannot be there together with defaults';
  report.error([...path, 'prefill'], { code: 'invalid-value', value: 'prefill', reason }, 'key');
  return false;
}

function checkDependencies(declared: readonly Declared[], report: Report): void {
  const dependencies = new Map(declared.map(({ input }) => [input.id, dependenciesOf(input)]));
  for (const { input, path } of declared) {
    for (const id of dependenciesOf(input)) {
      if (dependencies.has(id)) continue;
      const suggestion = nearest(id, [...dependencies.keys()]);
      const index = indexIn(input.rules['dependsOn'], id);
      // The form's own are said at the form, which is two steps up.
      const from = index < 0 ? path.slice(0, -2) : path;
      const at = [...from, 'dependsOn', 'inputs', Math.max(0, index)];
      report.error(at, { code: 'unknown-input', id, suggestion });
    }
    const circle = circleFrom(input.id, dependencies);
    if (circle !== undefined) {
      report.error([...path, 'dependsOn'], { code: 'cyclic-inputs', ids: circle }, 'key');
    }
  }
}

function indexIn(dependsOn: Json | undefined, id: string): number {
  return isDependence(dependsOn) ? dependsOn.inputs.indexOf(id) : -1;
}

/** What an input depends on: itself, and by the form it stands in. */
export function conditionsOf({ rules }: Input): readonly Dependence[] {
  return [rules['form'], rules['dependsOn']].flatMap((one) => (isDependence(one) ? [one] : []));
}

interface Dependence {
  readonly inputs: readonly string[];
  readonly condition?: string;
}

/** The schema has made sure of the rest. */
function isDependence(value: unknown): value is Dependence {
  return typeof value === 'object' && value !== null && 'inputs' in value;
}

export function dependenciesOf(input: Input): readonly string[] {
  return [...new Set(conditionsOf(input).flatMap(({ inputs }) => inputs))];
}

const outputShape = {
  id: inputId,
  // Looked at apart from the rest.
  type: z.unknown().optional(),
  value: z.unknown().optional(),
  description: z.string().optional(),
  displayName: z.string().optional(),
  required: z.boolean().default(true),
};

export function readOutputs(node: Node | undefined, report: Report): readonly Output[] {
  const ids = new Map<string, Place>();
  const outputs: Output[] = [];
  for (const { item, path } of mapsOf(node, ['outputs'], report)) {
    const idNode = child(item, 'id');
    if (idNode?.type === 'scalar') {
      claim(idNode.text, [...path, 'id'], { ids, report, of: 'output', node: idNode });
    }
    const type = readType(item, path, { report, owner: 'an output' });
    const read = checkProperties(outputShape, item, { path, owner: 'an output' }, report);
    const value = item.entries.get('value')?.value;
    if (value === undefined) {
      report.error(path, { code: 'missing-property', name: 'value', owner: 'an output' });
    }
    if (read === undefined || type === undefined) continue;
    outputs.push({
      id: textProperty(read, 'id'),
      type,
      required: read['required'] !== false,
      value: value === undefined ? null : toJson(value),
    });
  }
  return outputs;
}

export interface Claim {
  readonly ids: Map<string, Place>;
  readonly report: Report;
  readonly of: 'input' | 'output' | 'quota' | 'trigger';
  readonly node: Node | undefined;
}

export function claim(id: string, path: DocumentPath, { ids, report, of, node }: Claim): void {
  const first = ids.get(id);
  if (first !== undefined) {
    report.error(path, { code: 'duplicate-id', id, of, firstLine: first.line });
  } else if (node !== undefined) ids.set(id, node.at);
}

/** The maps of a list; anything else in it is an issue. */
export function mapsOf(
  node: Node | undefined,
  path: DocumentPath,
  report: Report,
): readonly { readonly item: MapNode; readonly path: DocumentPath }[] {
  if (node === undefined) return [];
  if (node.type !== 'list') {
    report.error(path, { code: 'wrong-type', expected: 'a list', found: kindOf(node) });
    return [];
  }
  return node.items.flatMap((item, index) => {
    const at = [...path, index];
    if (item.type === 'map') return [{ item, path: at }];
    report.error(at, { code: 'wrong-type', expected: 'a map', found: kindOf(item) });
    return [];
  });
}
