/**
 * Evaluates one template for a person: its typed value, on request every step on the way, and of a
 * failure the place. Secrets are masked in all of it.
 */
import { ExpressionError } from '../expression/error.ts';
import { settle } from '../expression/pending.ts';
import { renderTyped } from '../expression/render.ts';
import { type Showing, showValue, showValueTall, typeName } from '../expression/show.ts';
import { Trace, type TraceOutcome } from '../expression/trace.ts';
import type { Value } from '../expression/value.ts';
import type { Standpoint } from '../runtime/standpoint.ts';
import { pointAt } from './point-at.ts';

export interface Evaluation {
  /** Lines for standard output. */
  readonly shown: readonly string[];
  /** Lines for standard error; absent when the expression gave a value. */
  readonly failure?: readonly string[];
}

export interface EvaluationOptions {
  readonly isTraced: boolean;
  /** Values that are not to be shown, besides those the expression itself reads as secrets. */
  readonly secrets: readonly string[];
}

const resultCharactersMax = 1_000_000;

export async function evaluation(
  template: string,
  { variables, host }: Standpoint,
  { isTraced, secrets }: EvaluationOptions,
): Promise<Evaluation> {
  const mask = masking(host.secrets.mask, secrets);
  let trace = new Trace();
  const traced = (): readonly string[] => (isTraced ? traceLines(trace, mask) : []);
  try {
    const value = await settle(() => {
      // A round that ended for want of a value is evaluated again from its start.
      trace = new Trace();
      return renderTyped(template, { variables, host, ...(isTraced && { observer: trace }) });
    });
    const showing = { mask, charactersMax: resultCharactersMax };
    const shown = await settle(() => showValueTall(value, showing));
    return { shown: [...traced(), typed(value, shown)] };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { shown: traced(), failure: failureLines(error, template).map(mask) };
  }
}

/** What is short would be found everywhere; it is masked only where the expression has read it. */
const secretCharactersMin = 4;
const masked = '********';

function masking(
  maskRead: (text: string) => string,
  secrets: readonly string[],
): (text: string) => string {
  const hidden = secrets
    .filter(({ length }) => length >= secretCharactersMin)
    .toSorted((a, b) => b.length - a.length);
  return (text) => hidden.reduce((shown, one) => shown.replaceAll(one, masked), maskRead(text));
}

/** `integer 3`; null says it all. */
function typed(value: Value, shown: string): string {
  return value === null ? shown : `${typeName(value)} ${shown}`;
}

const expressionCharactersMax = 160;
const traceValueCharactersMax = 200;

function traceLines(trace: Trace, mask: (text: string) => string): readonly string[] {
  const showing = { mask, charactersMax: traceValueCharactersMax, asIs: true };
  const told = new Set<ExpressionError>();
  const lines = trace.entries().map(({ expression, depth, outcome }) => {
    const text = shortened(mask(expression).replaceAll(/\s+/g, ' '), expressionCharactersMax);
    return `${'  '.repeat(depth)}${text} ${outcomeText(outcome, showing, told)}`;
  });
  if (trace.omitted > 0) lines.push(`… and ${trace.omitted} more`);
  return lines.length > 0 ? [...lines, ''] : lines;
}

/** An error passes through everything around it; what it is, is told where it came up. */
function outcomeText(outcome: TraceOutcome, showing: Showing, told: Set<ExpressionError>): string {
  if (outcome.type === 'missing') return 'does not exist';
  if (outcome.type === 'value') {
    return `= ${typed(outcome.value, showValue(outcome.value, showing))}`;
  }
  const { error } = outcome;
  const isTold = told.has(error);
  told.add(error);
  if (isTold) return 'failed';
  const message = showing.mask?.(error.message) ?? error.message;
  return `failed: ${shortened(message, traceValueCharactersMax)}`;
}

function failureLines(error: ExpressionError, template: string): readonly string[] {
  const { kind, message } = error;
  const { line, column = 1, template: source = template } = innermost(error);
  // What was to be fetched and could not be has no place.
  if (line === 0) return [`${kind}  ${message}`];
  const head = `${line}:${column}  ${kind}  ${message}`;
  return [head, ...pointAt(source, { line, column })];
}

/** An operator reports the failure of its operand as its own; the place to look at is the operand. */
function innermost(error: ExpressionError): ExpressionError {
  const { cause } = error;
  return cause instanceof ExpressionError && cause.line > 0 ? innermost(cause) : error;
}

function shortened(text: string, charactersMax: number): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}
