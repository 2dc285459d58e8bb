/** Facts about flows that must be accepted: what the compiled flow says of each. */
import { placesOf } from '../../src/engine/tree.ts';
import type { ReadableFlow } from '../../src/flow/read.ts';
import type { ParseCase } from './cases.ts';
import { describeIssues, type FlowSources, missingIn, wrongIn } from './flow-sources.ts';
import { compare } from './matchers.ts';
import { valueAt } from './references.ts';
import { failed, passed, type Result, skipped } from './result.ts';

type Read = (flow: ReadableFlow) => unknown;

const facts: Readonly<Record<string, Read>> = {
  id: ({ id }) => id,
  valid: () => true,
  taskCount: ({ branches }) => branches['tasks']?.length,
  taskAndTriggerIdCount: (flow) =>
    [...placesOf({ ...flow, revision: 1 })].length + (flow.triggers?.length ?? 0),
  inputCount: ({ inputs }) => inputs.length,
  required: ({ inputs }) => inputs.filter(({ required }) => required).length,
  notRequired: ({ inputs }) => inputs.filter(({ required }) => !required).length,
  withDefaults: ({ inputs }) => inputs.filter(({ defaults }) => defaults !== undefined).length,
  stringInputsWithValidator: ({ inputs }) =>
    inputs.filter(({ type, rules }) => type === 'STRING' && rules['validator'] !== undefined)
      .length,
};

/** `inputs[0]` is a path into the flow, of which the given properties are asserted. */
function readOf(name: string): Read | undefined {
  if (Object.hasOwn(facts, name)) return facts[name];
  return name.includes('[') ? (flow) => valueAt(flow, name) : undefined;
}

export async function runParseCase(item: ParseCase, sources: FlowSources): Promise<Result> {
  const about = { id: `parse/${item.id}`, area: 'parsing', source: item.source };
  const unknown = Object.keys(item.expect).filter((name) => readOf(name) === undefined);
  if (unknown.length > 0)
    return skipped(
      about,
      unknown.map((name) => `parse fact ${name}`),
    );
  const { flow, issues } = await sources.read(item.file);
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
  const mismatches = Object.entries(item.expect).flatMap(([name, expected]) => {
    const actual = readOf(name)?.(flow);
    return name.includes('[')
      ? Object.entries(expected as object).flatMap(([key, value]) =>
          compare(value, valueAt(actual, key), world, `${name}.${key}`),
        )
      : compare(expected, actual, world, name);
  });
  return mismatches.length === 0 ? passed(about) : failed(about, mismatches);
}
