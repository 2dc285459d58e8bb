/**
 * The document tree: plain data that remembers where it stood in the source.
 *
 * Trees are never changed in place: plugin defaults make new maps out of old nodes, and an aliased
 * node is shared. `size` counts a node and everything below it, `height` the levels below it, so
 * that expansion stays bounded.
 */
import type { Json } from '../engine/flow.ts';

/** Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Scalar = null | boolean | number | string;

interface ScalarNode {
  readonly type: 'scalar';
  readonly at: Place;
  readonly size: 1;
  readonly height: 0;
  readonly value: Scalar;
  /** As written, so that `1.10` given where text is wanted stays `1.10`. */
  readonly text: string;
}

export interface ListNode {
  readonly type: 'list';
  readonly at: Place;
  readonly size: number;
  readonly height: number;
  readonly items: readonly Node[];
}

export interface Entry {
  readonly keyAt: Place;
  readonly value: Node;
  /** Put there by a plugin default, which may reach types that do not have the property. */
  readonly fromDefault?: true;
}

export interface MapNode {
  readonly type: 'map';
  readonly at: Place;
  readonly size: number;
  readonly height: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

export type Node = ScalarNode | ListNode | MapNode;
export type DocumentPath = readonly (string | number)[];

export function mapNode(at: Place, entries: ReadonlyMap<string, Entry>): MapNode {
  return { type: 'map', at, ...extent([...entries.values()].map((entry) => entry.value)), entries };
}

export function listNode(at: Place, items: readonly Node[]): ListNode {
  return { type: 'list', at, ...extent(items), items };
}

function extent(below: readonly Node[]): { size: number; height: number } {
  let [size, height] = [1, 0];
  for (const node of below) {
    size += node.size;
    height = Math.max(height, node.height + 1);
  }
  return { size, height };
}

/** The value below a key; a key written with nothing or null behind it counts as absent. */
export function child(map: MapNode, key: string): Node | undefined {
  const value = map.entries.get(key)?.value;
  return value === undefined || isNull(value) ? undefined : value;
}

export function isNull(node: Node): boolean {
  return node.type === 'scalar' && node.value === null;
}

/** The text of a scalar that holds text, or undefined. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.type === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

export function toJson(node: Node): Json {
  switch (node.type) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toJson);
    case 'map': {
      const result: Record<string, Json> = {};
      for (const [key, entry] of node.entries) result[key] = toJson(entry.value);
      return result;
    }
  }
}

export function without(map: MapNode, keys: ReadonlySet<string>): MapNode {
  const entries = [...map.entries].filter(([key]) => !keys.has(key));
  return mapNode(map.at, new Map(entries));
}

export function nodeAt(root: Node, path: DocumentPath): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) node = node === undefined ? undefined : below(node, step)?.value;
  return node;
}

/** Where a path stands: its key (`key`) or its value, or else the nearest thing around it. */
export function placeOf(root: Node, path: DocumentPath, side: 'key' | 'value' = 'value'): Place {
  let node = root;
  let at = root.at;
  for (const [index, step] of path.entries()) {
    const entry = below(node, step);
    if (entry === undefined) return at;
    node = entry.value;
    const isLast = index === path.length - 1;
    at = (isLast && side === 'key') || isNull(node) ? entry.keyAt : node.at;
  }
  return at;
}

function below(node: Node, step: string | number): Entry | undefined {
  if (node.type === 'map') return node.entries.get(String(step));
  if (node.type !== 'list') return undefined;
  const item = node.items[Number(step)];
  return item === undefined ? undefined : { keyAt: item.at, value: item };
}
