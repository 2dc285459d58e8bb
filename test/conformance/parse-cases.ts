/** Facts about flows that must be accepted: what the compiled flow says of each. */
import { flowJson } from '../../src/flow/flow-json.ts';
import { child, type MapNode } from '../../src/flow/node.ts';
import { type ReadableFlow, readFlow } from '../../src/flow/read.ts';
import type { ParseCase } from './cases.ts';
import {
  describeIssues,
  type FlowSource,
  type FlowSources,
  missingIn,
  wrongIn,
} from './flow-sources.ts';
import { compare, compareSubset } from './matchers.ts';
import { valueAt } from './references.ts';
import { failed, passed, type Result, skipped } from './result.ts';

type Read = (flow: ReadableFlow, source: FlowSource) => unknown;

const facts: Readonly<Record<string, Read>> = {
  id: ({ id }) => id,
  valid: () => true,
  taskCount: ({ branches }) => branches['tasks']?.length,
  inputCount: ({ inputs }) => inputs.length,
  required: ({ inputs }) => inputs.filter(({ required }) => required).length,
  notRequired: ({ inputs }) => inputs.filter(({ required }) => !required).length,
  taskAndTriggerIdCount: (_, { document }) =>
    (document?.tasks.size ?? 0) + triggersIn(document?.root).length,
  json: (_, { source }) => flowJson(source),
  jsonContains: (_, { source }) => JSON.stringify(flowJson(source)),
  jsonNotContains: (_, { source }) => JSON.stringify(flowJson(source)),
  withDefaults: ({ inputs }) => inputs.filter(({ defaults }) => defaults !== undefined).length,
  stringInputsWithValidator: ({ inputs }) =>
    inputs.filter(({ type, rules }) => type === 'STRING' && rules['validator'] !== undefined)
      .length,
};

function triggersIn(root: MapNode | undefined): readonly unknown[] {
  const triggers = root && child(root, 'triggers');
  return triggers?.type === 'list' ? triggers.items : [];
}

/** What must hold of a text, as matchers. */
const patterns: Readonly<Record<string, (texts: readonly unknown[]) => unknown>> = {
  jsonContains: (texts) => ({ $containsAll: texts }),
  jsonNotContains: (texts) => ({ $not: { $anyOf: texts.map((text) => ({ $contains: text })) } }),
};

/** How to read the flow, and how to compare. */
const settings: ReadonlySet<string> = new Set(['strict', 'exact']);

/** `inputs[0]` is a path into the flow, of which the given properties are asserted. */
function readOf(name: string): Read | undefined {
  if (Object.hasOwn(facts, name)) return facts[name];
  return name.includes('[') ? (flow) => valueAt(flow, name) : undefined;
}

export async function runParseCase(item: ParseCase, sources: FlowSources): Promise<Result> {
  const about = { id: `parse/${item.id}`, area: 'parsing', source: item.source };
  const names = Object.keys(item.expect).filter((name) => !settings.has(name));
  const unknown = names.filter((name) => readOf(name) === undefined);
  if (unknown.length > 0)
    return skipped(
      about,
      unknown.map((name) => `parse fact ${name}`),
    );
  const strict = await sources.read(item.file);
  const isLenient = item.expect['strict'] === false;
  const source = isLenient
    ? { ...strict, ...(await readFlow(strict.source, { strict: false })) }
    : strict;
  const { flow, issues } = source;
  const missing = missingIn(issues);
  if (missing.length > 0) return skipped(about, missing);
  if (flow === undefined) {
    return failed(
      about,
      [],
      [`valid flow refused:\n${describeIssues(wrongIn(issues), item.file)}`],
    );
  }
  const world = { lookup: () => undefined, now: Date.now() };
  const mismatches = names.flatMap((name) => {
    const expected = item.expect[name];
    const actual = readOf(name)?.(flow, source);
    const pattern = Object.hasOwn(patterns, name) ? patterns[name] : undefined;
    if (pattern) return compare(pattern(expected as readonly unknown[]), actual, world, name);
    // Of an object some properties are asserted, unless the case says that it is all of them.
    const isPart = name.includes('[') || item.expect['exact'] === false;
    return (isPart ? compareSubset : compare)(expected, actual, world, name);
  });
  return mismatches.length === 0 ? passed(about) : failed(about, mismatches);
}
