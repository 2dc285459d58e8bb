/**
 * What is known of `outputs.*`: which tasks there are, which of them can have run, which loops stand
 * between a task and its outputs, and the outputs that its type declares.
 */
import type { Flow, Json, Task } from '../engine/flow.ts';
import { type Place, placeOfTask, placesOf } from '../engine/tree.ts';
import type * as ast from '../expression/ast.ts';
import { isTemplate } from '../flow/duration.ts';
import { nearest } from '../flow/nearest.ts';
import { hasTemplates } from '../flow/template.ts';
import { type Schema, type Shape, show, unwrap, z } from '../flow/schema.ts';
import {
  type Known,
  list,
  type Missing,
  missing,
  object,
  ofKind,
  type Step,
  scalar,
  unknown,
} from './known.ts';
import { loopsAround, obstacle, type Openings } from './task-order.ts';

export interface FlowFacts {
  readonly flow: Flow;
  readonly openings: Openings;
  /** Declared outputs by task id. */
  readonly outputs: ReadonlyMap<string, Shape>;
  /** Ids of all tasks that the document names, disabled ones included. */
  readonly ids: ReadonlySet<string>;
}

/** `reader` is undefined for an expression that is rendered when everything has ended. */
export function outputsOf(facts: FlowFacts, reader: Place | undefined): Known {
  return {
    kind: 'map',
    optional: false,
    member({ name }) {
      if (name === undefined) return unknown;
      const target = placeOfTask(facts.flow, name);
      return target === undefined
        ? noTask(facts, name)
        : new TaskOutputs(facts, reader, target).known();
    },
  };
}

/** `tasks.*`: the state of each task, which every task has sooner or later. */
export function tasksOf(facts: FlowFacts): Known {
  return {
    kind: 'map',
    optional: false,
    member({ name }) {
      if (name === undefined || placeOfTask(facts.flow, name) !== undefined) return unknown;
      return noTask(facts, name);
    },
  };
}

function noTask({ flow, ids }: FlowFacts, id: string): Known | Missing {
  if (ids.has(id)) return missing({ code: 'disabled-task', id });
  // Whatever it is, a template may have it.
  if (hasTemplates(flow)) return unknown;
  const known = Array.from(placesOf(flow), ({ task }) => task.id);
  return missing({ code: 'unknown-task', id, suggestion: nearest(id, known) });
}

class TaskOutputs {
  readonly #facts: FlowFacts;
  readonly #reader: Place | undefined;
  readonly #target: Place;
  /** The loops that the target and the reader are both in. */
  #common: readonly Place[] = [];

  constructor(facts: FlowFacts, reader: Place | undefined, target: Place) {
    this.#facts = facts;
    this.#reader = reader;
    this.#target = target;
  }

  known(): Known | Missing {
    const { openings } = this.#facts;
    const loops = loopsAround(this.#target, openings);
    if (loops === undefined) return unknown;
    const around = new Set(this.#reader && loopsAround(this.#reader, openings));
    this.#common = loops.filter((loop) => around.has(loop));
    return this.#inLoops(loops, this.#common.length < 2);
  }

  /**
   * Below `outputs.<task>` come the values of the loops around it, outermost first. Of the reader's
   * own rounds only one loop deep is followed; in another round later tasks may have run.
   */
  #inLoops([loop, ...inner]: readonly Place[], isThisRound: boolean): Known | Missing {
    if (loop === undefined) return (isThisRound && this.#tooEarly()) || this.#properties();
    return {
      kind: 'map',
      optional: true,
      member: (step, rest) => {
        const wrong = this.#wrongValue(loop, step, rest);
        if (wrong !== undefined) return (this.#common.length === 0 && this.#tooEarly()) || wrong;
        const isOther = this.#common.includes(loop) && !this.#isCurrent(loop, step);
        return this.#inLoops(inner, isThisRound && !isOther);
      },
    };
  }

  /** A name that is no value of the loop but an output of the task. */
  #wrongValue(loop: Place, { name }: Step, rest: readonly Step[]): Missing | undefined {
    if (name === undefined) return undefined;
    const { task } = this.#target;
    const declared = this.#facts.outputs.get(task.id);
    const opening = this.#facts.openings(loop);
    const values = opening.type === 'loop' ? opening.values : undefined;
    const isOutput = declared !== undefined && Object.hasOwn(declared, name);
    if (values?.includes(name) === true) return undefined;
    if (values === undefined) {
      // A value may be called like an output; then the output itself comes next.
      const next = rest[0]?.name;
      const goesOn = next !== undefined && declared !== undefined && Object.hasOwn(declared, next);
      if (!isOutput || goesOn) return undefined;
    } else if (!isOutput) {
      const suggestion = nearest(name, values);
      return missing({ code: 'unknown-member', of: `outputs.${task.id}`, name, suggestion });
    }
    const inside = this.#reader?.parent === loop;
    return missing({ code: 'loop-value-missing', id: task.id, loop: loop.task.id, name, inside });
  }

  #isCurrent(loop: Place, { key }: Step): boolean {
    return this.#reader?.parent === loop && isTaskrunValue(key);
  }

  #tooEarly(): Missing | undefined {
    if (this.#reader === undefined) return undefined;
    const { flow, openings } = this.#facts;
    const because = obstacle(flow, this.#reader, this.#target, openings);
    if (because === undefined) return undefined;
    const severity = because === 'perhaps-not' ? 'warning' : 'error';
    return missing({ code: 'not-run-yet', id: this.#target.task.id, because }, severity);
  }

  #properties(): Known | Missing {
    const { task } = this.#target;
    const shape = this.#facts.outputs.get(task.id);
    if (shape === undefined) return unknown;
    if (Object.keys(shape).length === 0) {
      return missing({ code: 'unknown-output', task: task.id, name: undefined });
    }
    const path = `outputs.${task.id}`;
    const entries = Object.entries(shape).map(([name, schema]): [string, Known] => [
      name,
      ofSchema(schema, `${path}.${name}`),
    ]);
    const written = writtenValues(task, path);
    return object({
      path,
      entries: new Map([...entries, ...(written === undefined ? [] : [written])]),
      optional: true,
      absent: (name, suggestion) =>
        missing({ code: 'unknown-output', task: task.id, name, suggestion }),
    });
  }
}

function isTaskrunValue(key: ast.Expression | undefined): boolean {
  return (
    key?.type === 'attribute' &&
    key.name === 'value' &&
    key.target.type === 'name' &&
    key.target.name === 'taskrun'
  );
}

const outputValues = 'io.kestra.plugin.core.output.OutputValues';

/** The one task whose output has just the keys that its flow wrote. */
export function writtenKeys(task: Task): readonly string[] | undefined {
  const values: Json | undefined = task.properties['values'];
  if (task.type !== outputValues || typeof values !== 'object' || values === null) return undefined;
  const keys = Array.isArray(values) ? [] : Object.keys(values);
  return keys.length === 0 || keys.some((key) => isTemplate(key)) ? undefined : keys;
}

function writtenValues(task: Task, path: string): [string, Known] | undefined {
  const keys = writtenKeys(task);
  if (keys === undefined) return undefined;
  const entries = new Map(keys.map((key) => [key, unknown]));
  return ['values', object({ path: `${path}.values`, entries, optional: true })];
}

/** Outputs are optional in any case: a task that was skipped has none. */
function ofSchema(schema: Schema, path: string): Known {
  const shown = show(unwrap(schema).schema);
  switch (shown.type) {
    case 'text':
    case 'integer':
    case 'number':
    case 'boolean':
      return isLoose(schema) ? unknown : scalar(shown.type, path, true);
    case 'list':
      return list(path, true);
    case 'record':
      return ofKind('map', true);
    case 'object': {
      if (shown.open) return ofKind('map', true);
      const entries = Object.entries(shown.shape).map(([name, field]): [string, Known] => [
        name,
        ofSchema(field, `${path}.${name}`),
      ]);
      return object({ path, entries: new Map(entries), optional: true });
    }
    default:
      return unknown;
  }
}

/** A literal that is no text shows as text too. */
function isLoose(schema: Schema): boolean {
  const def = (unwrap(schema).schema as z.core.$ZodTypes)._zod.def;
  return def.type === 'literal' || def.type === 'template_literal';
}
