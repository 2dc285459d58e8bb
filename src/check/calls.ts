/**
 * Whether a filter, function or macro takes the arguments it is given. Filters let null pass whatever
 * their arguments are, so what is wrong with them is only certain for an input that cannot be null.
 */
import type * as ast from '../expression/ast.ts';
import type { Parameter } from '../expression/definition.ts';
import type { Severity } from '../flow/issues.ts';
import { nearest } from '../flow/nearest.ts';
import { type Kind, type Known, kindWords } from './known.ts';

export interface Signature {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly takesMore: boolean;
  /** What it does with a wrong kind of argument is not known here. */
  readonly isLenient: boolean;
  /** How bad a missing or unfit argument is. */
  readonly severity: Severity;
}

export interface Wrong extends ast.Place {
  readonly reason: string;
  readonly severity: Severity;
}

/** Declared without a default, and left out without harm. */
const mayLackArguments: ReadonlySet<string> = new Set(['block', 'merge']);

export function checkArguments(
  signature: Signature,
  given: ast.Arguments,
  at: ast.Place,
  knownOf: (node: ast.Expression) => Known,
): readonly Wrong[] {
  const { parameters, severity } = signature;
  const wrong: Wrong[] = [];
  const { positional, named } = given;
  const surplus = positional[parameters.length];
  if (surplus !== undefined && !signature.takesMore) {
    const reason = `takes ${count(parameters.length)}, not ${positional.length}`;
    wrong.push({ ...placeOf(surplus), reason, severity: 'error' });
  }
  for (const argument of named) {
    if (parameters.some(({ name }) => name === argument.name)) continue;
    const suggestion = nearest(
      argument.name,
      parameters.map(({ name }) => name),
    );
    const hint = suggestion === undefined ? '' : `: did you mean \`${suggestion}\`?`;
    const reason = `has no argument \`${argument.name}\`${hint}`;
    wrong.push({ ...placeOf(argument), reason: reason.replace(/\?$/, ''), severity: 'error' });
  }
  const missing = mayLackArguments.has(signature.name) ? [] : missingIn(parameters, given);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => `\`${name}\``).join(' and ');
    wrong.push({ ...placeOf(at), reason: `needs the argument ${names}`, severity });
  }
  for (const [parameter, value] of bound(parameters, given)) {
    const expected = signature.isLenient ? undefined : unfit(parameter, knownOf(value));
    if (expected === undefined) continue;
    const reason = `wants ${expected} as \`${parameter.name}\`, not ${kindWords[knownOf(value).kind]}`;
    wrong.push({ ...placeOf(value), reason, severity });
  }
  return wrong;
}

function placeOf({ line, column }: ast.Place): ast.Place {
  return { line, column };
}

function count(parameters: number): string {
  if (parameters === 0) return 'no arguments';
  return parameters === 1 ? 'one argument' : `at most ${parameters} arguments`;
}

function missingIn(
  parameters: readonly Parameter[],
  { positional, named }: ast.Arguments,
): readonly Parameter[] {
  return parameters.filter(
    ({ name, optional }, index) =>
      !optional && index >= positional.length && named.every((argument) => argument.name !== name),
  );
}

function* bound(
  parameters: readonly Parameter[],
  { positional, named }: ast.Arguments,
): Iterable<[Parameter, ast.Expression]> {
  for (const [index, value] of positional.entries()) {
    const parameter = parameters[index];
    if (parameter !== undefined) yield [parameter, value];
  }
  for (const argument of named) {
    const parameter = parameters.find(({ name }) => name === argument.name);
    if (parameter !== undefined) yield [parameter, argument.value];
  }
}

/** Texts are not listed: most filters take the text of anything. */
const unfitFor: ReadonlyMap<Parameter['type'], { words: string; kinds: ReadonlySet<Kind> }> =
  new Map([
    ['integer', { words: 'an integer', kinds: new Set<Kind>(['text', 'boolean', 'list', 'map']) }],
    [
      'map',
      { words: 'a map', kinds: new Set<Kind>(['text', 'integer', 'number', 'boolean', 'list']) },
    ],
    [
      'list',
      { words: 'a list', kinds: new Set<Kind>(['text', 'integer', 'number', 'boolean', 'map']) },
    ],
  ]);

/** What is expected instead, where the value certainly does not fit. */
function unfit(parameter: Parameter, { kind, optional }: Known): string | undefined {
  const rule = unfitFor.get(parameter.type);
  return rule !== undefined && !optional && rule.kinds.has(kind) ? rule.words : undefined;
}
