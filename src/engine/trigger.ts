/**
 * Compiled triggers: what starts executions of a flow by itself. Plain JSON, checked when the flow is
 * stored; disabled ones are gone. 1.x `conditions`, `preconditions` and 2.0 `dependsOn` all become
 * conditions and dependencies, so that the runtime knows one form.
 */
import type { Json, LogLevel } from './flow.ts';
import type { State } from './states.ts';

const core = 'io.kestra.plugin.core.trigger';

export const triggerTypes = {
  flow: `${core}.Flow`,
  schedule: `${core}.Schedule`,
  dates: `${core}.ScheduleOnDates`,
  webhook: `${core}.Webhook`,
} as const;

export type Trigger = FlowTrigger | ScheduleTrigger | DatesTrigger | WebhookTrigger;

interface TriggerBase {
  readonly id: string;
  /** All of them must hold. */
  readonly conditions?: readonly Condition[];
  /** Must render to something true. */
  readonly when?: string;
  /** Rendered. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Rendered. Absent: the flow starts with its defaults. */
  readonly inputs?: { readonly [name: string]: Json };
  /** Ends of executions it started after which it is disabled. */
  readonly stopAfter?: readonly State[];
  /** Leaves a FAILED execution where it cannot be evaluated. */
  readonly failOnTriggerError?: boolean;
  readonly allowConcurrent?: boolean;
  readonly logLevel?: LogLevel;
}

interface ScheduleTrigger extends TriggerBase {
  readonly type: typeof triggerTypes.schedule;
  /** Five fields, or six with seconds in front. */
  readonly cron: string;
  readonly withSeconds?: boolean;
  readonly timezone?: string;
  readonly lateMaximumDelayMs?: number;
  readonly recoverMissedSchedules?: MissedSchedules;
}

interface DatesTrigger extends TriggerBase {
  readonly type: typeof triggerTypes.dates;
  readonly dates: readonly string[];
  readonly timezone?: string;
  readonly recoverMissedSchedules?: MissedSchedules;
}

export type MissedSchedules = 'ALL' | 'LAST' | 'NONE';

export interface WebhookTrigger extends TriggerBase {
  readonly type: typeof triggerTypes.webhook;
  /** Rendered. */
  readonly key: string;
  readonly wait?: boolean;
  readonly returnOutputs?: boolean;
  readonly responseContentType?: string;
  readonly responseCode?: number;
}

export interface FlowTrigger extends TriggerBase {
  readonly type: typeof triggerTypes.flow;
  readonly states: readonly State[];
  /** Absent: every execution that the conditions let through fires. */
  readonly dependencies?: Dependencies;
}

/** Conditions that different executions may fulfil, one after the other, within a window. */
export interface Dependencies {
  /** Names what has been gathered: another id starts anew. */
  readonly id: string;
  readonly of: readonly Dependency[];
  /** How many of them are enough. */
  readonly needed: number;
  readonly window: Window;
  /**
   * `reset`: it starts anew. `stay`: every further execution that fulfils one of them
   * fires again. `once`: nothing fires any more in this window.
   */
  readonly onceFired: 'reset' | 'stay' | 'once';
}

export interface Dependency {
  readonly id: string;
  readonly conditions: readonly Condition[];
}

/** Aligned to the clock of a time zone (UTC where none is named), so that a day is one of that zone. */
export type Window =
  | ({ readonly type: 'every'; readonly everyMs: number; readonly offsetMs: number } & InZone)
  /** From midnight to this time of day. */
  | ({ readonly type: 'deadline'; readonly timeMs: number } & InZone)
  /** Between two times of day; over midnight where the second comes first. */
  | ({ readonly type: 'between'; readonly fromMs: number; readonly toMs: number } & InZone)
  /** The time before the execution that completes the set. */
  | { readonly type: 'lookback'; readonly ms: number };

interface InZone {
  /** A region or an offset. */
  readonly timezone?: string;
}

/** Texts are rendered where they hold expressions. `date` defaults to `{{ trigger.date }}`. */
export type Condition =
  | { readonly type: 'not' | 'or' | 'and'; readonly conditions: readonly Condition[] }
  | { readonly type: 'expression' | 'outputs'; readonly expression: string }
  /** The variables of a 2.0 dependency: namespace, flowId, state, labels, outputs, … */
  | { readonly type: 'dependency'; readonly expression: string }
  | {
      readonly type: 'date-time-between' | 'time-between';
      readonly date: string;
      readonly after?: string;
      readonly before?: string;
    }
  | { readonly type: 'day-of-week'; readonly date: string; readonly day: string }
  | {
      readonly type: 'day-of-week-in-month';
      readonly date: string;
      readonly day: string;
      readonly position: string;
    }
  | { readonly type: 'weekend'; readonly date: string }
  | { readonly type: 'flow'; readonly namespace?: string; readonly flowId?: string }
  | {
      readonly type: 'namespace';
      readonly namespace: string;
      readonly comparison: NamespaceComparison;
    }
  | {
      readonly type: 'status' | 'has-retry-attempt';
      readonly in?: readonly State[];
      readonly notIn?: readonly State[];
    }
  | { readonly type: 'labels'; readonly labels: Readonly<Record<string, string>> }
  | ({ readonly type: 'filter'; readonly field: FilterField } & Filter);

type NamespaceComparison = 'EQUALS' | 'PREFIX' | 'SUFFIX';

export const filterFields = ['FLOW_ID', 'NAMESPACE', 'STATE', 'EXPRESSION'] as const;
export type FilterField = (typeof filterFields)[number];

export const filterTypes = [
  'EQUAL_TO',
  'NOT_EQUAL_TO',
  'IN',
  'NOT_IN',
  'IS_TRUE',
  'IS_FALSE',
  'IS_NULL',
  'IS_NOT_NULL',
  'STARTS_WITH',
  'ENDS_WITH',
  'REGEX',
  'CONTAINS',
] as const;

export interface Filter {
  readonly operator: (typeof filterTypes)[number];
  /** What the field is compared with; of the field EXPRESSION, the expression itself. */
  readonly value?: string;
  readonly values?: readonly string[];
}
