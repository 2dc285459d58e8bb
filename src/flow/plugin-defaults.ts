/**
 * `pluginDefaults` (and its old name `taskDefaults`): a rewriting of the document before anything
 * is checked, so that the rest of the reader sees what the flow means and places stay true.
 *
 * An entry matches every map with a `type` that begins with the entry's type, anywhere in the flow.
 * What the element says itself wins, then the first matching entry; a `forced` entry wins over the
 * element. Maps are merged deeply, lists and single values are taken as a whole. An entry for a
 * whole family of types may set what only some of them have; the others are left as they were.
 */
import { canonicalType } from '../tasks/aliases.ts';
import { isTaskType } from '../tasks/registry.ts';
import {
  child,
  isNull,
  listNode,
  mapNode,
  textOf,
  type DocumentPath,
  type Entry,
  type MapNode,
  type Node,
} from './node.ts';
import { kindOf, type Report } from './report.ts';

interface Default {
  readonly type: string;
  readonly values: MapNode;
  readonly forced: boolean;
}

/** A default aimed at one task type, whose property names the caller may check. */
export interface ConcreteDefault {
  readonly type: string;
  readonly values: MapNode;
  readonly path: DocumentPath;
}

const sections = ['pluginDefaults', 'taskDefaults'] as const;

export interface Rewritten {
  readonly root: MapNode;
  readonly concrete: readonly ConcreteDefault[];
}

export function applyPluginDefaults(root: MapNode, report: Report): Rewritten {
  const defaults: Default[] = [];
  const concrete: ConcreteDefault[] = [];
  for (const section of sections) {
    const list = child(root, section);
    if (list === undefined) continue;
    if (list.type !== 'list') {
      report.error([section], { code: 'wrong-type', expected: 'a list', found: kindOf(list) });
      continue;
    }
    for (const [index, item] of list.items.entries()) {
      const path = [section, index, 'values'];
      const entry = readDefault(item, [section, index], report);
      if (entry === undefined) continue;
      defaults.push(entry);
      if (isTaskType(entry.type)) concrete.push({ type: entry.type, values: entry.values, path });
    }
  }
  if (defaults.length === 0) return { root, concrete };
  const entries = new Map<string, Entry>();
  for (const [key, entry] of root.entries) {
    const isSection = (sections as readonly string[]).includes(key);
    entries.set(key, isSection ? entry : { ...entry, value: rewrite(entry.value, defaults) });
  }
  return { root: mapNode(root.at, entries), concrete };
}

const known: ReadonlySet<string> = new Set(['type', 'values', 'forced', 'version']);

function readDefault(item: Node, path: DocumentPath, report: Report): Default | undefined {
  const owner = 'a plugin default';
  if (item.type !== 'map') {
    report.error(path, {
      code: 'wrong-type',
      expected: 'a map with type and values',
      found: kindOf(item),
    });
    return undefined;
  }
  for (const name of item.entries.keys()) {
    if (!known.has(name))
      report.error([...path, name], { code: 'unknown-property', name, owner }, 'key');
  }
  const type = textOf(child(item, 'type'));
  if (type === undefined) report.error(path, { code: 'missing-property', name: 'type', owner });
  const values = child(item, 'values') ?? versionOnly(item);
  if (values === undefined) {
    report.error(path, { code: 'missing-property', name: 'values', owner });
  } else if (values.type !== 'map') {
    report.error([...path, 'values'], {
      code: 'wrong-type',
      expected: 'a map',
      found: kindOf(values),
    });
  }
  if (type === undefined || values?.type !== 'map') return undefined;
  for (const [name, entry] of values.entries) {
    if (!isNull(entry.value)) continue;
    report.error([...path, 'values', name], {
      code: 'wrong-type',
      expected: 'a value',
      found: 'nothing',
    });
  }
  const forced = child(item, 'forced');
  return {
    type,
    values: marked(values),
    forced: forced?.type === 'scalar' && forced.text === 'true',
  };
}

function marked(values: MapNode): MapNode {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of values.entries) {
    const value = entry.value.type === 'map' ? marked(entry.value) : entry.value;
    entries.set(key, { ...entry, value, fromDefault: true });
  }
  return mapNode(values.at, entries);
}

/** An entry may set nothing but the plugin version, which has no meaning here. */
function versionOnly(item: MapNode): Node | undefined {
  return child(item, 'version') === undefined ? undefined : mapNode(item.at, new Map());
}

function rewrite(node: Node, defaults: readonly Default[]): Node {
  if (node.type === 'list')
    return listNode(
      node.at,
      node.items.map((item) => rewrite(item, defaults)),
    );
  if (node.type !== 'map') return node;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    entries.set(key, { ...entry, value: rewrite(entry.value, defaults) });
  }
  let result = mapNode(node.at, entries);
  const type = textOf(child(node, 'type'));
  if (type === undefined) return result;
  for (const entry of defaults) {
    if (!matches(entry.type, type)) continue;
    result = entry.forced ? merge(entry.values, result, node) : merge(result, entry.values, node);
  }
  return result;
}

function matches(prefix: string, type: string): boolean {
  return type.startsWith(prefix) || canonicalType(type).startsWith(canonicalType(prefix));
}

/** `strong` wins; the result keeps the place of `at`. */
function merge(strong: MapNode, weak: MapNode, at: MapNode): MapNode {
  const entries = new Map(strong.entries);
  for (const [key, entry] of weak.entries) {
    const own = entries.get(key);
    if (own === undefined) entries.set(key, entry);
    else if (own.value.type === 'map' && entry.value.type === 'map') {
      entries.set(key, { ...own, value: merge(own.value, entry.value, own.value) });
    }
  }
  return mapNode(at.at, entries);
}
