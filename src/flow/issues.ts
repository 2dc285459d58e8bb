/**
 * What is wrong with a flow: data first, words last.
 *
 * An issue carries its place and the facts of its code. `sentence` and `describe` are the only
 * functions that word them.
 */
import {
  type ExpressionFacts,
  expressionSentence,
  isExpressionFacts,
} from './expression-issues.ts';
import type { DocumentPath, Place } from './node.ts';

export type Severity = 'error' | 'warning';

export type Facts =
  | ExpressionFacts
  | { readonly code: 'source-too-large'; readonly bytes: number; readonly limit: number }
  | { readonly code: 'not-yaml'; readonly reason: string }
  | { readonly code: 'several-documents' }
  | { readonly code: 'not-a-flow'; readonly found: string }
  | { readonly code: 'too-deep'; readonly limit: number }
  | { readonly code: 'too-many-nodes'; readonly limit: number }
  | { readonly code: 'unknown-alias'; readonly name: string }
  | { readonly code: 'duplicate-key'; readonly name: string; readonly firstLine: number }
  | { readonly code: 'forbidden-key'; readonly name: string }
  | ({ readonly code: 'unknown-property'; readonly name: string; readonly owner: string } & Hint)
  | { readonly code: 'missing-property'; readonly name: string; readonly owner: string }
  | { readonly code: 'wrong-type'; readonly expected: string; readonly found: string }
  | ({
      readonly code: 'unknown-value';
      readonly value: string;
      readonly allowed: readonly string[];
    } & Hint)
  | { readonly code: 'invalid-value'; readonly value: string; readonly reason: string }
  | ({ readonly code: 'unknown-task-type'; readonly type: string } & Hint)
  | ({ readonly code: 'unknown-trigger-type'; readonly type: string } & Hint)
  | ({ readonly code: 'unknown-condition-type'; readonly type: string } & Hint)
  | { readonly code: 'misplaced-condition'; readonly name: string }
  | {
      readonly code: 'duplicate-id';
      readonly id: string;
      readonly of: 'task' | 'trigger' | 'input' | 'output' | 'quota';
      readonly firstLine: number;
    }
  | { readonly code: 'empty-list'; readonly name: string }
  | {
      readonly code: 'not-less-than';
      readonly name: string;
      readonly other: string;
      readonly value: string;
    }
  | { readonly code: 'system-label'; readonly label: string }
  | ({ readonly code: 'unknown-input'; readonly id: string } & Hint)
  | { readonly code: 'cyclic-inputs'; readonly ids: readonly string[] }
  | ({ readonly code: 'unknown-dependency'; readonly id: string } & Hint)
  | { readonly code: 'cyclic-tasks'; readonly ids: readonly string[] }
  | { readonly code: 'not-runnable'; readonly owner: string }
  | { readonly code: 'recursive-flow'; readonly name: string }
  | { readonly code: 'unsupported'; readonly name: string }
  | { readonly code: 'enterprise-only'; readonly name: string }
  | { readonly code: 'illegal-update'; readonly name: string; readonly was: string }
  | { readonly code: 'no-effect'; readonly name: string; readonly reason: string }
  | { readonly code: 'too-many-issues'; readonly limit: number };

interface Hint {
  /** The nearest known name. */
  readonly suggestion?: string | undefined;
}

export type Issue = Place & {
  readonly severity: Severity;
  readonly path: DocumentPath;
} & Facts;

/** `flows/nightly.yaml:14:13  unknown-task-type  "core.lgo" is not a task type. Did you mean …?` */
export function describe(issue: Issue, file?: string): string {
  const place = `${file === undefined ? '' : `${file}:`}${issue.line}:${issue.column}`;
  const mark = issue.severity === 'warning' ? ' (warning)' : '';
  return `${place}  ${issue.code}${mark}  ${sentence(issue)}`;
}

/** The issue in words, without its place. */
export function sentence(issue: Facts & { readonly severity?: Severity }): string {
  if (isExpressionFacts(issue)) return oneLine(expressionSentence(issue));
  switch (issue.code) {
    case 'source-too-large':
      return `The flow has ${issue.bytes} bytes; ${issue.limit} are allowed.`;
    case 'not-yaml':
      return `This is not YAML: ${issue.reason}`;
    case 'several-documents':
      return 'A flow is one YAML document; a second one starts here.';
    case 'not-a-flow':
      return `A flow is a map with id, namespace and tasks; this is ${issue.found}.`;
    case 'too-deep':
      return `The document is nested deeper than ${issue.limit} levels.`;
    case 'too-many-nodes':
      return `The document has more than ${issue.limit} values, aliases expanded.`;
    case 'unknown-alias':
      return `No anchor named ${quote(issue.name)} stands before this alias.`;
    case 'duplicate-key':
      return `The key ${quote(issue.name)} is there already, on line ${issue.firstLine}.`;
    case 'forbidden-key':
      return `The key ${quote(issue.name)} is not allowed.`;
    case 'duplicate-id':
      return `Duplicate ${issue.of} id ${quote(issue.id)}: it is taken on line ${issue.firstLine}.`;
    case 'not-runnable':
      return `Only runnable tasks are allowed as children of a ${issue.owner} task.`;
    case 'recursive-flow':
      return `Recursive call to flow [${issue.name}]: it would start itself without end.`;
    case 'unsupported':
      return issue.severity === 'warning'
        ? `\`${issue.name}\` is not supported yet and has no effect.`
        : `\`${issue.name}\` is not supported yet.`;
    case 'enterprise-only':
      return `\`${issue.name}\` is for Kestra's Enterprise Edition only.`;
    case 'illegal-update':
      return `Illegal flow ${issue.name} update: it is ${quote(issue.was)} and cannot change.`;
    case 'no-effect':
      return `\`${issue.name}\` has no effect here: ${issue.reason}.`;
    case 'too-many-issues':
      return `There are more than ${issue.limit} issues; the rest is not shown.`;
    default:
      return propertySentence(issue);
  }
}

type PropertyCode =
  | 'unknown-property'
  | 'missing-property'
  | 'wrong-type'
  | 'unknown-value'
  | 'invalid-value'
  | 'unknown-task-type'
  | 'unknown-trigger-type'
  | 'unknown-condition-type'
  | 'misplaced-condition'
  | 'empty-list'
  | 'not-less-than'
  | 'system-label'
  | 'unknown-input'
  | 'cyclic-inputs'
  | 'unknown-dependency'
  | 'cyclic-tasks';

function propertySentence(issue: Extract<Facts, { code: PropertyCode }>): string {
  switch (issue.code) {
    case 'unknown-property':
      return `${quote(issue.name)} is not a property of ${issue.owner}.${hint(issue)}`;
    case 'missing-property':
      return `${capital(issue.owner)} needs the property ${quote(issue.name)}.`;
    case 'wrong-type':
      return `Expected ${issue.expected}, found ${issue.found}.`;
    case 'unknown-value':
      return `${quote(issue.value)} is not one of ${issue.allowed.join(', ')}.${hint(issue)}`;
    case 'invalid-value':
      return `${quote(issue.value)} ${issue.reason}.`;
    case 'unknown-task-type':
      return `${quote(issue.type)} is not a task type.${hint(issue)}`;
    case 'unknown-trigger-type':
      return `${quote(issue.type)} is not a trigger type.${hint(issue)}`;
    case 'unknown-condition-type':
      return `${quote(issue.type)} is not a condition type.${hint(issue)}`;
    case 'misplaced-condition':
      return `A ${issue.name} can only stand among the conditions of a Flow trigger, not here.`;
    case 'empty-list':
      return `${quote(issue.name)} must have at least one entry.`;
    case 'not-less-than':
      return `'${issue.name}' must be less than '${issue.other}' but is ${issue.value}.`;
    case 'system-label':
      return `System labels can only be set by the engine itself, offending label: ${issue.label}.`;
    case 'unknown-input':
      return `${quote(issue.id)} is not an input of this flow.${hint(issue)}`;
    case 'unknown-dependency':
      return `${quote(issue.id)} is not a task of this graph.${hint(issue)}`;
    case 'cyclic-tasks':
      return `These tasks depend on each other in a circle: ${issue.ids.join(', ')}.`;
    case 'cyclic-inputs':
      return `These inputs depend on each other in a circle: ${issue.ids.join(', ')}.`;
  }
}

function hint(issue: Hint): string {
  return issue.suggestion === undefined ? '' : ` Did you mean ${quote(issue.suggestion)}?`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** In double quotes, on one line, and short enough for one. */
function quote(text: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 119)}…` : text;
  return `"${oneLine(shown)}"`;
}

const sentenceCharactersMax = 600;

function oneLine(text: string): string {
  const shown =
    text.length > sentenceCharactersMax ? `${text.slice(0, sentenceCharactersMax - 1)}…` : text;
  return shown.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}
