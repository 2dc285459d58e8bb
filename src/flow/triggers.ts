/** The triggers of a flow: each type's properties, checked and compiled. */
import type { Json, LogLevel } from '../engine/flow.ts';
import { logLevels } from '../engine/flow.ts';
import { isEnd, type State, states as allStates } from '../engine/states.ts';
import {
  type Condition,
  type Dependencies,
  type MissedSchedules,
  type Trigger,
  triggerTypes,
} from '../engine/trigger.ts';
import { checkProperties, textProperty } from './check.ts';
import { isMultiple, readCondition } from './conditions.ts';
import { claim, mapsOf } from './declarations.ts';
import { readDependsOn, readMultipleCondition, readPreconditions } from './dependencies.ts';
import { durationMs } from './duration.ts';
import { readLabels } from './labels.ts';
import { nearestType } from './nearest.ts';
import { child, type DocumentPath, type MapNode, type Place, textOf, without } from './node.ts';
import { kindOf, type Report } from './report.ts';
import { z, type Shape } from './schema.ts';
import { commonShape as taskShape, reportNoWorkers } from './task-common.ts';
import { cronMistake, dateTime, span, state, timezone } from './trigger-values.ts';

type Read = Readonly<Record<string, Json>>;

const commonShape: Shape = {
  id: taskShape['id'] ?? z.string(),
  type: z.string().min(1),
  version: z.string().optional(),
  description: z.string().optional(),
  disabled: z.boolean().default(false),
  /** Read by those who know their rules. */
  conditions: z.unknown().optional(),
  labels: z.unknown().optional(),
  when: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  stopAfter: z.array(state).optional(),
  failOnTriggerError: z.boolean().default(false),
  allowConcurrent: z.boolean().default(false),
  logLevel: z.enum(logLevels).optional(),
  minLogLevel: z.enum(logLevels).optional(),
  logToFile: z.boolean().optional(),
  workerGroup: z.unknown().optional(),
  workerSelector: z.unknown().optional(),
  assets: z.unknown().optional(),
};

const missed = z.enum(['ALL', 'LAST', 'NONE']).optional();

interface TriggerKind {
  readonly shape: Shape;
  compile(base: Base, read: Read, reader: TriggerReader): Trigger | undefined;
}

type Base = Pick<Trigger, 'id' | 'conditions' | 'when' | 'labels' | 'inputs'>;

interface TriggerReader {
  readonly node: MapNode;
  readonly path: DocumentPath;
  readonly report: Report;
  /** The MultipleConditions among the conditions. */
  readonly multiple: readonly Dependencies[];
}

const kinds: Readonly<Record<string, TriggerKind>> = {
  [triggerTypes.schedule]: {
    shape: {
      cron: z.string(),
      withSeconds: z.boolean().default(false),
      timezone: timezone.optional(),
      lateMaximumDelay: span.optional(),
      recoverMissedSchedules: missed,
      scheduleConditions: z.unknown().optional(),
      backfill: z.unknown().optional(),
    },
    compile: schedule,
  },
  [triggerTypes.dates]: {
    shape: {
      dates: z.array(dateTime).min(1),
      timezone: timezone.optional(),
      recoverMissedSchedules: missed,
    },
    compile: (base, read) => ({
      ...base,
      type: triggerTypes.dates,
      dates: read['dates'] as readonly string[],
      ...scheduling(read),
    }),
  },
  [triggerTypes.webhook]: {
    shape: {
      key: z.string().min(1).max(256),
      wait: z.boolean().default(false),
      returnOutputs: z.boolean().default(false),
      responseContentType: z.enum(['application/json', 'text/plain']).optional(),
      responseCode: z.int().min(200).max(599).optional(),
    },
    compile: webhook,
  },
  [triggerTypes.flow]: {
    shape: {
      states: z.array(state).optional(),
      preconditions: z.unknown().optional(),
      dependsOn: z.unknown().optional(),
      mode: z.enum(['ALL', 'ANY', 'AT_LEAST']).default('ALL'),
      minSatisfied: z.int().min(1).optional(),
      window: z.unknown().optional(),
      onMiss: z.unknown().optional(),
    },
    compile: flowTrigger,
  },
};

const known = Object.keys(kinds);

/** `io.kestra.core.models.triggers.types.Schedule` is the old name of Schedule. */
function canonicalTriggerType(type: string): string {
  return type.replace(
    /^io\.kestra\.core\.models\.triggers\.types\./,
    'io.kestra.plugin.core.trigger.',
  );
}

/** Those that are not disabled and have no issues. */
export function readTriggers(root: MapNode, report: Report): readonly Trigger[] {
  const ids = new Map<string, Place>();
  return mapsOf(child(root, 'triggers'), ['triggers'], report).flatMap(({ item, path }) => {
    const node = child(item, 'id');
    if (node?.type === 'scalar')
      claim(node.text, [...path, 'id'], { ids, report, of: 'trigger', node });
    return readTrigger(item, path, report) ?? [];
  });
}

function readTrigger(node: MapNode, path: DocumentPath, report: Report): Trigger | undefined {
  const written = textOf(child(node, 'type'));
  const type = canonicalTriggerType(written ?? '');
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind === undefined) {
    const common = pick(node, new Set(Object.keys(commonShape)));
    checkProperties(commonShape, common, { path, owner: 'a trigger' }, report);
    if (written !== undefined) refuse(written, path, report);
    return undefined;
  }
  const owner = `a ${type.slice(type.lastIndexOf('.') + 1)} trigger`;
  const read = checkProperties({ ...commonShape, ...kind.shape }, node, { path, owner }, report);
  reportWithoutEffect(node, path, { report, type });
  const labels = readLabels(child(node, 'labels'), [...path, 'labels'], report);
  const { conditions, multiple } = conditionsOf(node, path, { report, type });
  if (read === undefined) return undefined;
  const base = { ...baseOf(read, labels), ...(conditions.length > 0 && { conditions }) };
  const trigger = kind.compile(base, read, { node, path, report, multiple });
  return read['disabled'] === true ? undefined : trigger;
}

const ignored = ['assets', 'backfill', 'logToFile', 'onMiss', 'stopAfter'];

function reportWithoutEffect(
  node: MapNode,
  path: DocumentPath,
  { report, type }: { readonly report: Report; readonly type: string },
): void {
  for (const name of ignored) {
    if (child(node, name) !== undefined)
      report.warning([...path, name], { code: 'unsupported', name }, 'key');
  }
  for (const name of ['workerGroup', 'workerSelector']) {
    if (child(node, name) !== undefined) reportNoWorkers(path, name, report);
  }
  if (type !== triggerTypes.schedule && type !== triggerTypes.dates) return;
  const name = type.slice(type.lastIndexOf('.') + 1);
  const reason = 'no flow is started by the clock yet';
  report.warning([...path, 'type'], { code: 'no-effect', name, reason });
}

/** Triggers of other plugins exist; here they would never fire. */
function refuse(type: string, path: DocumentPath, report: Report): void {
  const suggestion = nearestType(canonicalTriggerType(type), known);
  const at = [...path, 'type'];
  const isElsewhere = /^io\.kestra\.(plugin|core)\./.test(type) && suggestion === undefined;
  if (isElsewhere) report.error(at, { code: 'unsupported', name: type });
  else report.error(at, { code: 'unknown-trigger-type', type, suggestion });
}

function pick(node: MapNode, names: ReadonlySet<string>): MapNode {
  return without(node, new Set([...node.entries.keys()].filter((key) => !names.has(key))));
}

function conditionsOf(
  node: MapNode,
  path: DocumentPath,
  { report, type }: { readonly report: Report; readonly type: string },
): { readonly conditions: readonly Condition[]; readonly multiple: readonly Dependencies[] } {
  const conditions: Condition[] = [];
  const multiple: Dependencies[] = [];
  for (const name of ['conditions', 'scheduleConditions']) {
    for (const { item, path: at } of mapsOf(child(node, name), [...path, name], report)) {
      if (type === triggerTypes.flow && isMultiple(item)) {
        const found = readMultipleCondition(item, at, report);
        if (found !== undefined) multiple.push(found);
      } else {
        const found = readCondition(item, at, report);
        if (found !== undefined) conditions.push(found);
      }
    }
  }
  return { conditions, multiple };
}

function baseOf(read: Read, labels: Readonly<Record<string, string>>): Base {
  const { when, inputs, stopAfter, failOnTriggerError, allowConcurrent } = read;
  const level = read['logLevel'] ?? read['minLogLevel'];
  return {
    id: textProperty(read, 'id'),
    ...(typeof when === 'string' && when !== 'true' && { when }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(inputs !== undefined && { inputs: inputs as { readonly [name: string]: Json } }),
    ...(stopAfter !== undefined && { stopAfter: stopAfter as readonly State[] }),
    ...(failOnTriggerError === true && { failOnTriggerError }),
    ...(allowConcurrent === true && { allowConcurrent }),
    ...(level !== undefined && { logLevel: level as LogLevel }),
  };
}

function schedule(base: Base, read: Read, { path, report }: TriggerReader): Trigger | undefined {
  const cron = textProperty(read, 'cron');
  const withSeconds = read['withSeconds'] === true;
  const reason = cronMistake(cron, withSeconds);
  if (reason !== undefined) {
    report.error([...path, 'cron'], { code: 'invalid-value', value: cron, reason });
    return undefined;
  }
  const late = read['lateMaximumDelay'];
  return {
    ...base,
    type: triggerTypes.schedule,
    cron,
    ...(withSeconds && { withSeconds }),
    ...scheduling(read),
    ...(typeof late === 'string' && { lateMaximumDelayMs: durationMs(late) ?? 0 }),
  };
}

function scheduling(read: Read): {
  readonly timezone?: string;
  readonly recoverMissedSchedules?: MissedSchedules;
} {
  const { timezone: zone, recoverMissedSchedules } = read;
  return {
    ...(typeof zone === 'string' && { timezone: zone }),
    ...(recoverMissedSchedules !== undefined && {
      recoverMissedSchedules: recoverMissedSchedules as MissedSchedules,
    }),
  };
}

function webhook(base: Base, read: Read): Trigger {
  const { responseContentType, responseCode } = read;
  return {
    ...base,
    type: triggerTypes.webhook,
    key: textProperty(read, 'key'),
    ...(read['wait'] === true && { wait: true }),
    ...(read['returnOutputs'] === true && { returnOutputs: true }),
    ...(typeof responseContentType === 'string' && { responseContentType }),
    ...(typeof responseCode === 'number' && { responseCode }),
  };
}

const ends: readonly State[] = allStates.filter(isEnd);
/** From 2.0 on a pause counts as well. */
const endsAndPauses: readonly State[] = [...ends, 'PAUSED'];

function flowTrigger(
  base: Base,
  read: Read,
  { node, path, report, multiple }: TriggerReader,
): Trigger | undefined {
  const all = [...multiple];
  const preconditions = child(node, 'preconditions');
  if (preconditions?.type === 'map') {
    const found = readPreconditions(preconditions, [...path, 'preconditions'], report);
    if (found !== undefined) all.push(found);
  } else if (preconditions !== undefined) {
    const at = [...path, 'preconditions'];
    report.error(at, { code: 'wrong-type', expected: 'a map', found: kindOf(preconditions) });
  }
  const isNew = child(node, 'dependsOn') !== undefined;
  if (isNew) {
    const found = readDependsOn(node, path, {
      report,
      states: endsAndPauses,
      mode: textProperty(read, 'mode'),
      minSatisfied: read['minSatisfied'] as number | undefined,
    });
    if (found !== undefined) all.push(found);
  }
  for (const name of isNew ? [] : ['window', 'minSatisfied']) {
    if (child(node, name) === undefined) continue;
    const reason = 'there is no `dependsOn`';
    report.warning([...path, name], { code: 'no-effect', name, reason }, 'key');
  }
  const states = read['states'] as readonly State[] | undefined;
  const [dependencies, second] = all.filter(({ of }) => of.length > 0);
  if (second !== undefined) {
    report.error(path, { code: 'unsupported', name: 'several multiple conditions in one trigger' });
  }
  return {
    ...base,
    type: triggerTypes.flow,
    states: states ?? (isNew ? endsAndPauses : ends),
    ...(dependencies !== undefined && { dependencies }),
  };
}
