/**
 * What can be wrong with the expressions of a flow, in facts and in words.
 *
 * The flow reader knows nothing of these; `src/check` reports them.
 */

export type ExpressionFacts =
  | { readonly code: 'expression-syntax'; readonly reason: string }
  | ({
      readonly code:
        | 'unknown-filter'
        | 'unknown-function'
        | 'unknown-tag'
        | 'unknown-test'
        | 'unknown-variable';
      readonly name: string;
    } & Suggested)
  | ({ readonly code: 'unknown-task'; readonly id: string } & Suggested)
  | { readonly code: 'disabled-task'; readonly id: string }
  | ({
      readonly code: 'unknown-output';
      readonly task: string;
      readonly name: string | undefined;
    } & Suggested)
  | ({ readonly code: 'unknown-member'; readonly of: string; readonly name: string } & Suggested)
  | {
      readonly code: 'no-members';
      readonly of: string;
      readonly kind: string;
      readonly name: string | undefined;
    }
  | { readonly code: 'not-run-yet'; readonly id: string; readonly because: Because }
  | {
      readonly code: 'loop-value-missing';
      readonly id: string;
      readonly loop: string;
      readonly name: string;
      /** True for an expression inside the same loop. */
      readonly inside: boolean;
    }
  | { readonly code: 'no-loop-value'; readonly name: string; readonly inLoop: boolean }
  | { readonly code: 'hidden-input'; readonly id: string }
  | { readonly code: 'undeclared-label'; readonly name: string }
  | { readonly code: 'wrong-arguments'; readonly name: string; readonly reason: string }
  | {
      readonly code: 'number-with-text';
      readonly operator: string;
      readonly left: string;
      readonly right: string;
    }
  | { readonly code: 'always-true'; readonly name: string; readonly text: string }
  | { readonly code: 'unused-input'; readonly id: string }
  | { readonly code: 'unused-output'; readonly task: string; readonly name: string };

/** Why the outputs of a task cannot be there. */
export type Because =
  | 'itself'
  | 'inside'
  | 'later'
  | 'errors'
  | 'other-branch'
  | 'side-by-side'
  | 'perhaps-not';

interface Suggested {
  /** The nearest known name. */
  readonly suggestion?: string | undefined;
}

const codes: ReadonlySet<string> = new Set<ExpressionFacts['code']>([
  'expression-syntax',
  'unknown-filter',
  'unknown-function',
  'unknown-tag',
  'unknown-test',
  'unknown-variable',
  'unknown-task',
  'disabled-task',
  'unknown-output',
  'unknown-member',
  'no-members',
  'not-run-yet',
  'loop-value-missing',
  'no-loop-value',
  'hidden-input',
  'undeclared-label',
  'wrong-arguments',
  'number-with-text',
  'always-true',
  'unused-input',
  'unused-output',
]);

export function isExpressionFacts<T extends { readonly code: string }>(
  facts: T,
): facts is Extract<T, ExpressionFacts> {
  return codes.has(facts.code);
}

export function expressionSentence(facts: ExpressionFacts): string {
  switch (facts.code) {
    case 'expression-syntax':
      return facts.reason;
    case 'unknown-filter':
      return `"${facts.name}" is not a filter.${hint(facts)}`;
    case 'unknown-function':
      return `"${facts.name}" is not a function.${hint(facts)}`;
    case 'unknown-tag':
      return `"${facts.name}" is not a tag.${hint(facts)}`;
    case 'unknown-test':
      return `"${facts.name}" is not a test.${hint(facts)}`;
    case 'unknown-variable':
      return `There is no variable "${facts.name}" here.${hint(facts)}`;
    case 'undeclared-label':
      return `The flow sets no label \`${facts.name}\`: only who starts it can.`;
    case 'wrong-arguments':
      return `\`${facts.name}\` ${facts.reason}.`;
    case 'number-with-text':
      return `\`${facts.operator}\` compares ${facts.left} with ${facts.right}: they are never equal and have no order.`;
    case 'always-true':
      return `\`${facts.name}\` is always true, because of ${textWords(facts.text)} outside \`{{ … }}\`.`;
    case 'unused-input':
      return `The input \`${facts.id}\` is never used.`;
    case 'unused-output':
      return `The output \`${facts.name}\` of \`${facts.task}\` is never used.`;
    default:
      return missingSentence(facts);
  }
}

type MissingCode =
  | 'unknown-task'
  | 'disabled-task'
  | 'unknown-output'
  | 'unknown-member'
  | 'no-members'
  | 'not-run-yet'
  | 'loop-value-missing'
  | 'no-loop-value'
  | 'hidden-input';

function missingSentence(facts: Extract<ExpressionFacts, { code: MissingCode }>): string {
  switch (facts.code) {
    case 'unknown-task':
      return `"${facts.id}" is not a task of this flow.${hint(facts)}`;
    case 'disabled-task':
      return `\`${facts.id}\` is disabled, so it has no outputs.`;
    case 'unknown-output':
      return facts.name === undefined
        ? `\`${facts.task}\` has no outputs.`
        : `\`${facts.task}\` has no output \`${facts.name}\`${shortHint(facts)}`;
    case 'unknown-member':
      return `\`${facts.of}\` has no \`${facts.name}\`${shortHint(facts)}`;
    case 'no-members':
      return `\`${facts.of}\` is ${facts.kind} and has no ${facts.name === undefined ? 'members' : `\`${facts.name}\``}.${readingHint(facts)}`;
    case 'not-run-yet':
      return `\`${facts.id}\` ${becauseWords[facts.because]}.`;
    case 'loop-value-missing':
      return `\`${facts.id}\` runs once for each value of \`${facts.loop}\`: write \`outputs.${facts.id}[${facts.inside ? 'taskrun.value' : '…'}].${facts.name}\`${facts.inside ? '' : ', with one of the values in the brackets'}.`;
    case 'no-loop-value':
      return facts.inLoop
        ? `\`taskrun.${facts.name}\` is only there directly below a loop. Did you mean \`parent.taskrun.${facts.name}\`?`
        : `\`taskrun.${facts.name}\` is only there in a loop, and this task is in none.`;
    case 'hidden-input':
      return `\`inputs.${facts.id}\` is only known here when \`dependsOn.inputs\` names it.`;
  }
}

const becauseWords: Readonly<Record<Because, string>> = {
  itself: 'is this very task, which has no outputs before it has run',
  inside: 'runs inside this task, so it has no outputs yet',
  later: 'runs later, so it has no outputs yet',
  errors: 'only runs after a failure, and then this does not run',
  'other-branch': 'is in another branch, and only one of them runs',
  'side-by-side': 'starts at the same time, so it has no outputs yet',
  'perhaps-not': 'runs side by side with this and may not have ended',
};

function textWords(text: string): string {
  return text.trim() === '' ? 'the white space' : `the text \`${text.trim()}\``;
}

function readingHint({ kind }: { readonly kind: string }): string {
  return kind === 'text' ? ' Text that holds JSON is read with `fromJson()` or `jq`.' : '';
}

function hint({ suggestion }: Suggested): string {
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}

function shortHint({ suggestion }: Suggested): string {
  return suggestion === undefined ? '.' : `: did you mean \`${suggestion}\`?`;
}
