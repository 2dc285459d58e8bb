/**
 * Checks the expressions of a flow before anything runs.
 *
 * An error is something that certainly fails once the expression is reached; a warning is legal but
 * suspicious. What only running can tell (dynamic keys, `render()`, what the caller gives) is left
 * alone. The step function never loads this folder: `baton check`, the API and editors do.
 */
import type { Flow } from '../engine/flow.ts';
import { ancestorsOf, type Place, placesOf } from '../engine/tree.ts';
import type { Facts, Issue, Severity } from '../flow/issues.ts';
import { child, type Node, nodeAt, placeOf } from '../flow/node.ts';
import { type FlowDocument, inOrder, readFlow, type ReadResult } from '../flow/read.ts';
import { issuesMax, type ReportOptions } from '../flow/report.ts';
import { expression, type Shape, z } from '../flow/schema.ts';
import type { TaskDefinition } from '../tasks/define.ts';
import { findTask } from '../tasks/registry.ts';
import { textThatHolds } from './conditions.ts';
import { expressionsOf, type Found } from './expressions.ts';
import { type Opening, openingOf } from './opening.ts';
import { SourceMap } from './scalar-place.ts';
import { readTemplate } from './syntax.ts';
import { checkTemplate } from './template-check.ts';
import { unusedIn } from './unused.ts';
import { type CheckFacts, variablesAt } from './variables.ts';

/** Reads a flow and checks its expressions as well. */
export async function checkFlow(source: string, options?: ReportOptions): Promise<ReadResult> {
  const read = await readFlow(source, options);
  const found = await checkExpressions(source, read);
  return { ...read, issues: inOrder([...read.issues, ...found]) };
}

/** The issues of the expressions of a flow that `readFlow` has read; none where it could not. */
export async function checkExpressions(
  source: string,
  { flow, document }: ReadResult,
): Promise<readonly Issue[]> {
  if (flow === undefined || document === undefined) return [];
  const issues = new Issues(source, document);
  const pinned: Flow = { ...flow, revision: 1 };
  const facts = await factsOf(pinned, document);
  for (const found of expressionsOf(pinned, document)) {
    if (issues.isFull()) break;
    checkOne(found, facts, issues);
  }
  for (const { path, facts: unused } of unusedIn(pinned, document)) {
    issues.add('warning', { path, side: 'key' }, unused);
  }
  return inOrder(issues.all);
}

function checkOne(found: Found, facts: CheckFacts, issues: Issues): void {
  const { text, guards, condition } = found;
  const read = readTemplate(text);
  const error: Severity = mayFail(found) ? 'warning' : 'error';
  if (read.template === undefined) {
    issues.add(error, found, read.facts, read.at);
    return;
  }
  const variables = variablesAt(facts, found.position);
  const scope = { variables, guards, longNames: longNames(facts), isFull: () => issues.isFull() };
  checkTemplate(read.template, scope, (severity, at, wrong) => {
    issues.add(severity === 'error' ? error : severity, found, wrong, at);
  });
  if (condition === undefined) return;
  const certain = textThatHolds(read.template, condition.trims);
  if (certain === undefined) return;
  issues.add('warning', found, { code: 'always-true', name: condition.name, text: certain });
}

/** Where failure is allowed, one can be meant. */
function mayFail({ position }: Found): boolean {
  if (position.type !== 'task') return false;
  const { place } = position;
  return [place, ...ancestorsOf(place)].some(({ task }) => task.allowFailure === true);
}

const longNamesOf = new WeakMap<CheckFacts, ReadonlyMap<string, string>>();

/** What a name alone may have been meant to say: `city` for `inputs.city`. */
function longNames(facts: CheckFacts): ReadonlyMap<string, string> {
  const known = longNamesOf.get(facts);
  if (known !== undefined) return known;
  const names = new Map<string, string>();
  for (const { task } of placesOf(facts.flow)) names.set(task.id, `outputs.${task.id}`);
  for (const name of Object.keys(facts.flow.variables)) names.set(name, `vars.${name}`);
  for (const { id } of facts.flow.inputs) names.set(id, `inputs.${id}`);
  longNamesOf.set(facts, names);
  return names;
}

async function factsOf(flow: Flow, document: FlowDocument): Promise<CheckFacts> {
  const openings = new Map<Place, Opening>();
  const outputs = new Map<string, Shape>();
  const shapes = new Map<TaskDefinition, Shape>();
  for (const place of placesOf(flow)) {
    const definition = await findTask(place.task.type);
    if (definition === undefined) continue;
    openings.set(place, openingOf(place.task, definition));
    if (definition.kind === 'runnable' && definition.hasFurtherOutputs === true) continue;
    const shape = shapes.get(definition) ?? definition.outputs(z, expression);
    shapes.set(definition, shape);
    outputs.set(place.task.id, shape);
  }
  const { root, tasks } = document;
  return {
    flow,
    openings: (flowable) => openings.get(flowable) ?? { type: 'unknown' },
    outputs,
    ids: new Set(tasks.keys()),
    hasOtherTriggers: countOf(child(root, 'triggers')) > (flow.triggers?.length ?? 0),
  };
}

function countOf(list: Node | undefined): number {
  return list?.type === 'list' ? list.items.length : 0;
}

class Issues {
  readonly all: Issue[] = [];
  readonly #counts = new Map<Severity, number>();
  readonly #map: SourceMap;
  readonly #document: FlowDocument;

  constructor(source: string, document: FlowDocument) {
    this.#map = new SourceMap(source);
    this.#document = document;
  }

  isFull(): boolean {
    return (this.#counts.get('error') ?? 0) > issuesMax;
  }

  /** `inside` is a place in the text that stands at the path. */
  add(
    severity: Severity,
    at: Pick<Found, 'path' | 'side'> & { readonly text?: string },
    facts: Facts,
    inside?: Issue | { readonly line: number; readonly column: number },
  ): void {
    const count = (this.#counts.get(severity) ?? 0) + 1;
    this.#counts.set(severity, count);
    // Warnings must not crowd out errors, so each kind has its own bound.
    if (count > issuesMax + 1) return;
    const shown: Facts = count > issuesMax ? { code: 'too-many-issues', limit: issuesMax } : facts;
    const { root } = this.#document;
    const { path, side, text } = at;
    const start = placeOf(root, path, side);
    const isWritten = side === 'key' || nodeAt(root, path)?.type === 'scalar';
    const place =
      inside === undefined || text === undefined || !isWritten
        ? start
        : this.#map.place(start, text, inside);
    this.all.push({ severity, path, ...shown, line: place.line, column: place.column });
  }
}
