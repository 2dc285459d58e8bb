/**
 * What a client reads when something is wrong: problem JSON (RFC 9457) with the issues of the flow
 * or the inputs, each with place, code and sentence. Nothing is stored or started then.
 */
import type { InputIssue } from '../flow/inputs.ts';
import { type Issue, sentence } from '../flow/issues.ts';

export interface ProblemIssue {
  readonly code: string;
  readonly message: string;
  readonly severity?: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: readonly (string | number)[];
}

/** Thrown by routes; the app turns it into the answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly issues: readonly ProblemIssue[];

  constructor(status: number, code: string, detail: string, issues: readonly ProblemIssue[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.issues = issues;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not a valid flow or input',
  500: 'Internal error',
};

export function problemResponse(problem: Problem): Response {
  const body = {
    type: 'about:blank',
    title: titles[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.issues.length > 0 && { issues: problem.issues }),
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

/** What a key has started is not started again. */
export function deletedSince(): Problem {
  const detail = 'The execution of this Idempotency-Key has been deleted; nothing was started.';
  return new Problem(410, 'execution-deleted', detail);
}

/** Inputs of an execution that was to be started. */
export function invalidInputs(issues: readonly InputIssue[]): Problem {
  return new Problem(
    422,
    'invalid-inputs',
    'The inputs do not fit the flow; nothing was started.',
    issues.map(({ code, message, input }) => ({ code, message, path: [input] })),
  );
}

export function issuesOf(issues: readonly Issue[]): readonly ProblemIssue[] {
  return issues.map((issue) => ({
    code: issue.code,
    message: sentence(issue),
    severity: issue.severity,
    line: issue.line,
    column: issue.column,
    path: issue.path,
  }));
}
