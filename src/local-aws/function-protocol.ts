/** What the endpoint and a function's worker thread say to each other. */

export interface FunctionStart {
  /** Address of the handler's module. */
  readonly module: string;
  readonly name: string;
  readonly arn: string;
}

export interface FunctionCall {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

export interface FunctionResult {
  readonly requestId: string;
  /** JSON text: what the handler returned, or what it threw. */
  readonly payload: string;
  readonly failed: boolean;
  /** What the handler wrote to standard output and standard error. */
  readonly log: string;
}

/** A thrown value in the shape in which Lambda's Node.js runtime reports it. */
export function errorPayload(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return JSON.stringify({ errorType: typeof thrown, errorMessage: String(thrown), trace: [] });
  }
  const trace = (thrown.stack ?? '').split('\n');
  return JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message, trace });
}

/** The JSON text of a handler's result; Lambda answers `null` where there is none. */
export function resultPayload(result: unknown): string {
  // The signature of stringify hides that it gives undefined for undefined and for functions.
  const text: string | undefined = JSON.stringify(result);
  return text ?? 'null';
}
