/**
 * YAML text to the document tree, within bounds.
 *
 * The source's length is checked before anything is parsed; depth and number of values while the
 * tree is built. Aliases share the node they name, and count with its whole size, so that a few
 * lines cannot stand for millions of values. Merge keys (`<<`) are resolved here; what the map says
 * itself wins over what it merges. Repeated keys are errors.
 */
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Alias,
  type Document,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import {
  listNode,
  mapNode,
  type DocumentPath,
  type Entry,
  type MapNode,
  type Node,
  type Place,
  type Scalar,
} from './node.ts';
import type { Report } from './report.ts';

export const documentLimits = {
  bytesMax: 1024 * 1024,
  depthMax: 100,
  nodesMax: 100_000,
  syntaxErrorsShown: 10,
} as const;

/** Keys that JavaScript gives a meaning; no flow needs them, so no later code has to beware. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__']);

export function readDocument(source: string, report: Report): Node | undefined {
  const start = { line: 1, column: 1 };
  const bytes = Buffer.byteLength(source);
  if (bytes > documentLimits.bytesMax) {
    report.errorAt(start, [], { code: 'source-too-large', bytes, limit: documentLimits.bytesMax });
    return undefined;
  }
  const lines = new LineCounter();
  const document = parse(source, lines, report);
  if (document === undefined) return undefined;
  return new Builder(lines, report).build(document);
}

function tooDeep(report: Report): undefined {
  const limit = documentLimits.depthMax;
  report.errorAt({ line: 1, column: 1 }, [], { code: 'too-deep', limit });
}

function parse(source: string, lines: LineCounter, report: Report): Document.Parsed | undefined {
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(source, {
      lineCounter: lines,
      // The reader's own check of keys is quadratic; Builder has a linear one.
      uniqueKeys: false,
      prettyErrors: false,
      intAsBigInt: true,
      resolveKnownTags: false,
      logLevel: 'silent',
    });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    // Only a stack overflow on hostile nesting gets here; the reader collects syntax errors itself.
    if (!(error instanceof RangeError)) throw error;
    return tooDeep(report);
  }
  const [document, second] = documents;
  if (document === undefined) {
    report.errorAt({ line: 1, column: 1 }, [], { code: 'not-a-flow', found: 'nothing' });
    return undefined;
  }
  // The parser of the library may run out of stack before our own limit is reached.
  if (document.errors.some(({ message }) => message.includes('call stack'))) {
    return tooDeep(report);
  }
  for (const error of document.errors.slice(0, documentLimits.syntaxErrorsShown)) {
    const reason = error.message;
    report.errorAt(placeAt(lines, error.pos[0]), [], { code: 'not-yaml', reason });
  }
  if (document.errors.length > 0) return undefined;
  if (second !== undefined) {
    const at = placeAt(lines, second.range[0]);
    report.errorAt(at, [], { code: 'several-documents' });
    return undefined;
  }
  return document;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: 1 } : { line, column: col };
}

/** Thrown inside Builder to leave the recursion once a bound is passed; never leaves the file. */
class Stop extends Error {}

class Builder {
  readonly #lines: LineCounter;
  readonly #report: Report;
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;

  constructor(lines: LineCounter, report: Report) {
    this.#lines = lines;
    this.#report = report;
  }

  build(document: Document.Parsed): Node | undefined {
    try {
      return this.#node(document.contents, 0, { line: 1, column: 1 });
    } catch (error) {
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  #node(source: unknown, depth: number, around: Place): Node {
    if (isAlias(source)) return this.#alias(source, depth);
    const parsed = source as ParsedNode | null;
    const at = parsed?.range ? placeAt(this.#lines, parsed.range[0]) : around;
    this.#checkDepth(depth, at);
    this.#count(1, at);
    const node = isCollection(parsed) ? this.#collection(parsed, depth, at) : scalar(parsed, at);
    this.#checkDepth(depth + node.height, at);
    const anchor = isScalar(parsed) || isCollection(parsed) ? parsed.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #collection(source: YAMLMap | YAMLSeq, depth: number, at: Place): Node {
    if (isMap(source)) return this.#map(source, depth, at);
    return listNode(
      at,
      source.items.map((item) => this.#node(item, depth + 1, at)),
    );
  }

  #map(source: YAMLMap, depth: number, at: Place): MapNode {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const pair of source.items) {
      const key = this.#node(pair.key, depth + 1, at);
      const value = this.#node(pair.value, depth + 1, key.at);
      if (key.type !== 'scalar') {
        this.#report.errorAt(key.at, [], {
          code: 'wrong-type',
          expected: 'text as key',
          found: `a ${key.type}`,
        });
        continue;
      }
      if (key.text === '<<') merged.push(value);
      else this.#put(entries, key.text, { keyAt: key.at, value });
    }
    for (const value of merged) this.#merge(entries, value);
    return mapNode(at, entries);
  }

  #put(entries: Map<string, Entry>, name: string, entry: Entry): void {
    const first = entries.get(name);
    if (forbiddenKeys.has(name)) {
      this.#report.errorAt(entry.keyAt, [name], { code: 'forbidden-key', name });
    } else if (first !== undefined) {
      const firstLine = first.keyAt.line;
      this.#report.errorAt(entry.keyAt, [name], { code: 'duplicate-key', name, firstLine });
    } else entries.set(name, entry);
  }

  /** A map, or a list of maps of which the first wins. */
  #merge(entries: Map<string, Entry>, source: Node): void {
    const maps = source.type === 'list' ? source.items : [source];
    for (const map of maps) {
      if (map.type !== 'map') {
        const found = map.type === 'list' ? 'a list' : 'a single value';
        this.#report.errorAt(map.at, ['<<'], {
          code: 'wrong-type',
          expected: 'a map to merge',
          found,
        });
        continue;
      }
      this.#count(map.size, map.at);
      for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  #alias(alias: Alias, depth: number): Node {
    const at = placeAt(this.#lines, (alias as Alias.Parsed).range[0]);
    const node = this.#anchors.get(alias.source);
    if (node === undefined) this.#stop(at, { code: 'unknown-alias', name: alias.source });
    this.#count(node.size, at);
    this.#checkDepth(depth + node.height, at);
    return node;
  }

  #checkDepth(depth: number, at: Place): void {
    const limit = documentLimits.depthMax;
    if (depth > limit) this.#stop(at, { code: 'too-deep', limit });
  }

  #count(nodes: number, at: Place): void {
    this.#nodes += nodes;
    if (this.#nodes > documentLimits.nodesMax) {
      this.#stop(at, { code: 'too-many-nodes', limit: documentLimits.nodesMax });
    }
  }

  #stop(at: Place, facts: Parameters<Report['errorAt']>[2], path: DocumentPath = []): never {
    this.#report.errorAt(at, path, facts);
    throw new Stop();
  }
}

function scalar(source: ParsedNode | null, at: Place): Node {
  if (!isScalar(source)) return { type: 'scalar', at, size: 1, height: 0, value: null, text: '' };
  const text = source.source ?? String(source.value);
  return { type: 'scalar', at, size: 1, height: 0, value: scalarValue(source.value, text), text };
}

function scalarValue(value: unknown, text: string): Scalar {
  switch (typeof value) {
    case 'bigint': {
      const narrow = Number(value);
      // A double would lose digits; as text the number prints as it was written.
      return Number.isSafeInteger(narrow) ? narrow : text;
    }
    case 'number':
      // JSON has no words for .nan and .inf.
      return Number.isFinite(value) ? value : text;
    case 'boolean':
    case 'string':
      return value;
    default:
      return null;
  }
}
