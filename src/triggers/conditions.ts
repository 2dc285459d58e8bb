/**
 * Whether a condition holds: a pure function of the condition, of what happened, and of what its
 * expressions see. Like rendering it never waits: it throws `Pending` for what is not in memory, and
 * `ExpressionError` where an expression fails.
 */
import type { Condition, Filter } from '../engine/trigger.ts';
import type { State } from '../engine/states.ts';
import { library } from '../expression/pending.ts';
import { regex } from '../expression/libraries.ts';
import { Budget, defaultLimits } from '../expression/limits.ts';
import { isTruthy, render, renderTyped, type Scope } from '../expression/render.ts';
import type { Value } from '../expression/value.ts';
import { type FlowName, holdsForFlow } from './about-flow.ts';

/** The execution whose change of state is looked at. */
export interface Cause extends FlowName {
  readonly state: State;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the flow put anything out. */
  readonly hasOutputs: boolean;
  /** States of all attempts of the task runs that took more than one. May throw `Pending`. */
  retried(): readonly State[];
}

export interface ConditionContext {
  readonly scope: Scope;
  /** What the `when` of a dependency sees; without a cause there is none. */
  readonly dependencyScope?: Scope;
  /** Absent where no execution is the cause: schedules and webhooks. */
  readonly cause?: Cause;
}

const dateConditions = library('date-conditions', () => import('./date-conditions.ts'));

export function allHold(conditions: readonly Condition[], context: ConditionContext): boolean {
  return conditions.every((condition) => holds(condition, context));
}

function holds(condition: Condition, context: ConditionContext): boolean {
  switch (condition.type) {
    // None of them holds.
    case 'not':
      return !condition.conditions.some((inner) => holds(inner, context));
    case 'or':
      return condition.conditions.some((inner) => holds(inner, context));
    case 'and':
      return allHold(condition.conditions, context);
    case 'expression':
      return isTruthy(render(condition.expression, context.scope));
    case 'dependency':
      return isTruthy(render(condition.expression, context.dependencyScope ?? context.scope));
    case 'outputs':
      return (
        context.cause?.hasOutputs === true && isTruthy(render(condition.expression, context.scope))
      );
    case 'flow':
    case 'namespace':
    case 'status':
    case 'has-retry-attempt':
    case 'labels':
      return context.cause !== undefined && holdsFor(condition, context.cause);
    case 'filter':
      return passes(condition, fieldOf(condition, context), context.scope);
    default:
      return holdsAtDate(condition, context.scope);
  }
}

type AboutCause = Extract<
  Condition,
  { type: 'flow' | 'namespace' | 'status' | 'has-retry-attempt' | 'labels' }
>;

function holdsFor(condition: AboutCause, cause: Cause): boolean {
  switch (condition.type) {
    case 'flow':
    case 'namespace':
      return holdsForFlow(condition, cause);
    case 'status':
      return isIn(cause.state, condition);
    case 'has-retry-attempt':
      return cause.retried().some((state) => isIn(state, condition));
    case 'labels':
      return Object.entries(condition.labels).every(
        ([key, value]) => Object.hasOwn(cause.labels, key) && cause.labels[key] === value,
      );
  }
}

function isIn(
  state: State,
  { in: wanted, notIn }: { readonly in?: readonly State[]; readonly notIn?: readonly State[] },
): boolean {
  return wanted?.includes(state) !== false && notIn?.includes(state) !== true;
}

type AboutDate = Extract<Condition, { readonly date: string }>;

function holdsAtDate(condition: AboutDate, scope: Scope): boolean {
  const text = (template: string): string => render(template, scope).trim();
  const date = renderTyped(condition.date, scope);
  switch (condition.type) {
    case 'weekend':
      return dateConditions().isWeekend(date);
    case 'day-of-week':
      return dateConditions().isDayOfWeek(date, text(condition.day));
    case 'day-of-week-in-month': {
      const { day, position } = condition;
      return dateConditions().isDayInMonth(date, text(day), text(position));
    }
    case 'date-time-between':
    case 'time-between': {
      const bounds = {
        ...(condition.after !== undefined && { after: text(condition.after) }),
        ...(condition.before !== undefined && { before: text(condition.before) }),
      };
      return condition.type === 'time-between'
        ? dateConditions().isTimeBetween(date, bounds)
        : dateConditions().isBetween(date, bounds);
    }
  }
}

type FilterCondition = Extract<Condition, { type: 'filter' }>;

function fieldOf(condition: FilterCondition, { cause, scope }: ConditionContext): Value {
  switch (condition.field) {
    case 'FLOW_ID':
      return cause?.flowId ?? null;
    case 'NAMESPACE':
      return cause?.namespace ?? null;
    case 'STATE':
      return cause?.state ?? null;
    case 'EXPRESSION':
      return renderTyped(condition.value ?? '', scope);
  }
}

function passes(
  { operator, value = '', values = [] }: Filter,
  field: Value,
  scope: Scope,
): boolean {
  const text = field === null ? '' : typeof field === 'string' ? field : print(field, scope);
  switch (operator) {
    case 'EQUAL_TO':
      return text === value;
    case 'NOT_EQUAL_TO':
      return text !== value;
    case 'IN':
      return values.includes(text);
    case 'NOT_IN':
      return !values.includes(text);
    case 'IS_TRUE':
      return isTruthy(text);
    case 'IS_FALSE':
      return !isTruthy(text);
    case 'IS_NULL':
      return text === '';
    case 'IS_NOT_NULL':
      return text !== '';
    case 'STARTS_WITH':
      return text.startsWith(value);
    case 'ENDS_WITH':
      return text.endsWith(value);
    case 'CONTAINS':
      return text.includes(value);
    case 'REGEX':
      // The whole text must match, as in Java's `matches`.
      return regex().matches(text, `^(?:${value})$`, new Budget(defaultLimits));
  }
}

function print(value: Value, scope: Scope): string {
  return render('{{ value }}', { ...scope, variables: new Map([['value', value]]) });
}
