/**
 * Walks one template and reports what certainly fails in it, or is suspicious.
 *
 * A missing value is no issue where the template expects it: left of `??`, under `default` and
 * `is defined`, and in what a condition guards that asks for the same value. What only runs when the
 * other side is missing is left alone where the other side cannot be.
 */
import type * as ast from '../expression/ast.ts';
import { filterTable } from '../expression/filters/table.ts';
import { functionTable } from '../expression/functions/table.ts';
import { testTable } from '../expression/tests.ts';
import type { Facts, Severity } from '../flow/issues.ts';
import { nearest } from '../flow/nearest.ts';
import { checkArguments, type Signature } from './calls.ts';
import { type Chain, type ChainNode, chainOf, type Mention, mentionsIn, overlap } from './chain.ts';
import { isMissing, type Known, kindWords, ofKind, unknown } from './known.ts';
import { isNumeric, ofLiteral, resultOfFilter, resultOfOperator } from './results.ts';
import type { Variables } from './variables.ts';

export type TemplateReport = (severity: Severity, at: ast.Place, facts: Facts) => void;

/** What holds around an expression. */
interface Around {
  /** Missing values are expected. */
  readonly tolerant: boolean;
  /** What conditions around it ask for. */
  readonly guards: readonly Mention[];
  readonly variables: Variables;
  /** Rendering may pass it by, so what is missing here may do no harm. */
  readonly mayBePassed: boolean;
}

export interface TemplateScope {
  readonly variables: Variables;
  /** What was asked for before this template is rendered at all. */
  readonly guards: readonly Mention[];
  /** Where a bare name may have been meant: `city` for `inputs.city`. */
  readonly longNames: ReadonlyMap<string, string>;
  /** So much is wrong already that nobody reads on. */
  isFull(): boolean;
}

export function checkTemplate(
  template: ast.Template,
  scope: TemplateScope,
  report: TemplateReport,
): void {
  const assigned = new Map([...assignedIn(template.nodes)].map((name) => [name, unknown]));
  const variables = new Map([...scope.variables, ...assigned]);
  const checker = new TemplateChecker(template, scope, assigned, report);
  const { guards } = scope;
  checker.nodes(template.nodes, { tolerant: false, guards, variables, mayBePassed: false });
}

class TemplateChecker {
  readonly #template: ast.Template;
  readonly #scope: TemplateScope;
  /** Names that the template assigns somewhere; where, and whether before this, is not followed. */
  readonly #assigned: Variables;
  readonly #report: TemplateReport;

  constructor(
    template: ast.Template,
    scope: TemplateScope,
    assigned: Variables,
    report: TemplateReport,
  ) {
    this.#template = template;
    this.#scope = scope;
    this.#assigned = assigned;
    this.#report = report;
  }

  nodes(nodes: readonly ast.Node[], around: Around): void {
    for (const node of nodes) this.#node(node, around);
  }

  #node(node: ast.Node, around: Around): void {
    switch (node.type) {
      case 'text':
        return;
      case 'print':
        this.#value(node.expression, around);
        return;
      case 'set':
        this.#value(node.value, around);
        return;
      case 'if':
        this.#if(node, around);
        return;
      case 'for':
        this.#value(node.iterable, around);
        this.nodes(node.body, { ...around, mayBePassed: true });
        this.nodes(node.otherwise ?? [], { ...around, mayBePassed: true });
        return;
      case 'macro':
        this.#macro(node, around);
        return;
      case 'block':
        this.nodes(node.body, around);
        return;
      case 'filter-block':
        for (const step of node.filters)
          this.#filterArguments(step, step, ofKind('text', false), around);
        this.nodes(node.body, around);
    }
  }

  #if(node: ast.IfNode, around: Around): void {
    let guarded = around;
    for (const { condition, body } of node.arms) {
      this.#value(condition, guarded);
      guarded = guardedBy(guarded, condition);
      this.nodes(body, guarded);
    }
    this.nodes(node.otherwise ?? [], guarded);
  }

  /** A macro sees its parameters and nothing of what is around it. */
  #macro(node: ast.MacroNode, around: Around): void {
    for (const parameter of node.parameters) {
      if (parameter.default !== undefined) {
        this.#value(parameter.default, { ...around, mayBePassed: true });
      }
    }
    const parameters = node.parameters.map(({ name }): [string, Known] => [name, unknown]);
    const variables = new Map([...this.#assigned, ...parameters]);
    this.nodes(node.body, { tolerant: false, guards: [], variables, mayBePassed: true });
  }

  #value(node: ast.Expression, around: Around): Known {
    if (this.#scope.isFull()) return unknown;
    switch (node.type) {
      case 'literal':
        return ofLiteral(node);
      case 'name':
      case 'attribute':
      case 'subscript':
        return this.#chain(node, around);
      case 'call':
        return this.#call(node, around);
      case 'filter':
        return this.#filter(node, around);
      case 'test':
        return this.#test(node, around);
      case 'unary':
        return this.#unary(node, around);
      case 'binary':
        return this.#binary(node, around);
      case 'conditional':
        return this.#conditional(node, around);
      case 'list':
        for (const item of node.items) this.#value(item, around);
        return ofKind('list', false);
      case 'map':
        for (const entry of node.entries) {
          this.#value(entry.key, around);
          this.#value(entry.value, around);
        }
        return ofKind('map', false);
      case 'interpolation':
        for (const part of node.parts) if (typeof part !== 'string') this.#value(part, around);
        return node.parts.length === 1 ? unknown : ofKind('text', false);
    }
  }

  #unary(node: ast.Unary, around: Around): Known {
    const operand = this.#value(node.operand, around);
    if (node.operator === 'not') return ofKind('boolean', false);
    return isNumeric(operand.kind) ? ofKind(operand.kind, false) : unknown;
  }

  #conditional(node: ast.Conditional, around: Around): Known {
    this.#value(node.condition, around);
    const guarded = guardedBy(around, node.condition);
    const yes = this.#value(node.whenTrue, guarded);
    const no = this.#value(node.whenFalse, guarded);
    return yes.kind === no.kind ? ofKind(yes.kind, yes.optional || no.optional) : unknown;
  }

  #binary(node: ast.Binary, around: Around): Known {
    const { operator } = node;
    if (operator === '??' || operator === '???') return this.#fallback(node, around);
    const left = this.#value(node.left, around);
    const isGuard = operator === 'and' || operator === 'or';
    const right = this.#value(node.right, isGuard ? guardedBy(around, node.left) : around);
    if (comparisons.has(operator)) this.#comparison(node, left, right);
    return resultOfOperator(operator, left, right);
  }

  #fallback(node: ast.Binary, around: Around): Known {
    const left = this.#value(node.left, { ...around, tolerant: true });
    if (!left.optional) return left;
    const right = this.#value(node.right, { ...around, mayBePassed: true });
    return left.kind === right.kind ? ofKind(left.kind, right.optional) : unknown;
  }

  #comparison(node: ast.Binary, left: Known, right: Known): void {
    const isMixed =
      (isNumeric(left.kind) && right.kind === 'text') ||
      (left.kind === 'text' && isNumeric(right.kind));
    if (!isMixed) return;
    this.#report('warning', node, {
      code: 'number-with-text',
      operator: node.operator,
      left: kindWords[left.kind],
      right: kindWords[right.kind],
    });
  }

  #chain(node: ChainNode, around: Around): Known {
    const chain = chainOf(node);
    for (const inner of chain.inner) this.#value(inner, around);
    const { method } = chain;
    if (method !== undefined) {
      if (!around.tolerant) {
        const facts = { code: 'unknown-member', of: 'a value', name: `${method.name}()` } as const;
        this.#report(severityIn('error', around), method, facts);
      }
      return unknown;
    }
    if (chain.start.type === 'name') return this.#variable(chain.start, chain, around);
    return this.#follow(this.#value(chain.start, around), chain, [], around);
  }

  #variable(start: ast.Name, chain: Chain, around: Around): Known {
    const root = around.variables.get(start.name);
    if (root !== undefined) return this.#follow(root, chain, [start.name], around);
    if (!isExpected(around, [start.name])) {
      const { name } = start;
      const suggestion =
        nearest(name, [...around.variables.keys()]) ?? this.#scope.longNames.get(name);
      const facts = { code: 'unknown-variable', name, suggestion } as const;
      this.#report(severityIn('error', around), start, facts);
    }
    return unknown;
  }

  #follow(root: Known, { steps }: Chain, start: readonly string[], around: Around): Known {
    let known = root;
    const path: (string | null)[] = [...start];
    for (const [index, step] of steps.entries()) {
      path.push(step.name ?? null);
      const found = known.member(step, steps.slice(index + 1));
      if (isMissing(found)) {
        if (!isExpected(around, path)) {
          this.#report(severityIn(found.severity, around), step, found.missing);
        }
        return unknown;
      }
      known = found;
    }
    return known;
  }

  #call(node: ast.Call, around: Around): Known {
    const definition = functionTable.get(node.name);
    const macro = this.#template.macros.get(node.name);
    const { name } = node;
    if (definition !== undefined) {
      const { parameters, takesMore = false, isHosted = false } = definition;
      const signature = {
        name,
        parameters,
        takesMore,
        isLenient: isHosted,
        severity: 'error' as const,
      };
      this.#arguments(signature, node.arguments, node, around);
    } else if (macro !== undefined) {
      const parameters = macro.parameters.map((parameter) => ({
        name: parameter.name,
        optional: true,
        type: 'any' as const,
      }));
      const signature = {
        name,
        parameters,
        takesMore: false,
        isLenient: true,
        severity: 'error' as const,
      };
      this.#arguments(signature, node.arguments, node, around);
      return ofKind('text', false);
    } else {
      const known = [...functionTable.keys(), ...this.#template.macros.keys()];
      const suggestion =
        nearest(name, known) ?? (filterTable.has(name) ? `… | ${name}` : undefined);
      this.#report('error', node, { code: 'unknown-function', name, suggestion });
      for (const value of node.arguments.positional) this.#value(value, around);
      for (const { value } of node.arguments.named) this.#value(value, around);
    }
    return unknown;
  }

  #filter(node: ast.Filter, around: Around): Known {
    const toleratesMissing = filterTable.get(node.name)?.toleratesMissing === true;
    const tolerant = around.tolerant || toleratesMissing;
    const input = this.#value(node.target, { ...around, tolerant });
    this.#filterArguments(node, node, input, around);
    return resultOfFilter(node.name, input);
  }

  #filterArguments(
    call: { readonly name: string; readonly arguments: ast.Arguments },
    at: ast.Place,
    input: Known,
    around: Around,
  ): void {
    const { name } = call;
    const definition = filterTable.get(name);
    if (definition === undefined) {
      const suggestion =
        nearest(name, [...filterTable.keys()]) ??
        (functionTable.has(name) ? `${name}(…)` : undefined);
      this.#report('error', at, { code: 'unknown-filter', name, suggestion });
    }
    const { parameters = [], takesMore = false } = definition ?? {};
    const severity: Severity = input.optional ? 'warning' : 'error';
    const isLenient = definition === undefined;
    const signature = { name, parameters, takesMore: takesMore || isLenient, isLenient, severity };
    this.#arguments(signature, call.arguments, at, around);
  }

  #test(node: ast.Test, around: Around): Known {
    const { name } = node;
    const definition = testTable.get(name);
    if (definition === undefined) {
      const suggestion = nearest(name, [...testTable.keys()]);
      this.#report('error', node, { code: 'unknown-test', name, suggestion });
    }
    const tolerant = around.tolerant || definition?.toleratesMissing === true;
    this.#value(node.target, { ...around, tolerant });
    for (const value of node.arguments.positional) this.#value(value, around);
    return ofKind('boolean', false);
  }

  #arguments(signature: Signature, given: ast.Arguments, at: ast.Place, around: Around): void {
    const known = new Map<ast.Expression, Known>();
    for (const value of given.positional) known.set(value, this.#value(value, around));
    for (const { value } of given.named) known.set(value, this.#value(value, around));
    const knownOf = (node: ast.Expression): Known => known.get(node) ?? unknown;
    for (const { reason, severity, ...place } of checkArguments(signature, given, at, knownOf)) {
      this.#report(severity, place, { code: 'wrong-arguments', name: signature.name, reason });
    }
  }
}

const comparisons: ReadonlySet<string> = new Set(['==', '!=', 'equals', '>', '<', '>=', '<=']);

/** Below more conditions than this nothing is missed any more, so that checking stays fast. */
const guardsMax = 500;

function guardedBy(around: Around, condition: ast.Expression): Around {
  const guards = [...around.guards, ...mentionsIn(condition)];
  if (guards.length > guardsMax) return { ...around, tolerant: true, mayBePassed: true };
  return { ...around, guards, mayBePassed: true };
}

function severityIn(severity: Severity, { mayBePassed }: Around): Severity {
  return mayBePassed ? 'warning' : severity;
}

function isExpected({ tolerant, guards }: Around, path: Mention): boolean {
  return tolerant || guards.some((guard) => overlap(guard, path));
}

/** Names that tags assign, at any depth; macro parameters are known in their macro only. */
function* assignedIn(nodes: readonly ast.Node[]): Iterable<string> {
  for (const node of nodes) {
    switch (node.type) {
      case 'set':
        yield node.name;
        break;
      case 'for':
        yield node.name;
        yield 'loop';
        yield* assignedIn([...node.body, ...(node.otherwise ?? [])]);
        break;
      case 'if':
        for (const { body } of node.arms) yield* assignedIn(body);
        yield* assignedIn(node.otherwise ?? []);
        break;
      case 'macro':
      case 'block':
      case 'filter-block':
        yield* assignedIn(node.body);
        break;
      default:
        break;
    }
  }
}
