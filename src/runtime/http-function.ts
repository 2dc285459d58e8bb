/**
 * `http()`: asks once for the same arguments, by the same rules as the http tasks, and gives JSON as
 * a value and anything else as text. Bounded, because an expression may ask anywhere.
 */
import { createHash } from 'node:crypto';
import { ExpressionError } from '../expression/error.ts';
import { readJson, writeJson } from '../expression/json.ts';
import { Budget, defaultLimits } from '../expression/limits.ts';
import { Pending } from '../expression/pending.ts';
import { toPlain, type Value, type ValueMap } from '../expression/value.ts';
import { durationMs } from '../flow/duration.ts';
import { type ExpressionWrapper, TaskFailure } from '../tasks/define.ts';
import type { AskContext, GivenRequest } from '../tasks/http/ask.ts';
import type { Answer, HostPlace } from './host-answer.ts';
import type { Runtime } from './runtime.ts';

const requestsMax = 20;
const requestMsMax = 10_000;
const bodyBytesMax = 5 * 1024 * 1024;

type Surroundings = Pick<Runtime, 'settings' | 'clock'>;

/** What was answered stays for the rounds of a render. */
export function httpFunction({ settings, clock }: Surroundings, place: HostPlace): Answer {
  const answers = new Map<string, Value>();
  return (args) => {
    const key = writeJson(args);
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (answers.size >= requestsMax) {
      throw new ExpressionError('limit', `http() asks for at most ${requestsMax} things`);
    }
    throw new Pending(`http:${key}`, async () => {
      const asked = createHash('sha256').update(key).digest('base64url');
      const context: AskContext = {
        aws: settings.aws,
        networks: settings.networks,
        // Expressions do not log.
        log: () => undefined,
        getFile: () => Promise.reject(new Error('http() sends no files')),
        now: () => clock.now(),
        signal: AbortSignal.timeout(requestMsMax),
        token: `${place.execution?.id ?? ''}/http/${asked}`,
      };
      answers.set(key, await answerTo(args, context));
    });
  };
}

async function answerTo(args: ValueMap, context: AskContext): Promise<Value> {
  const [{ ask }, { checkedText }] = await Promise.all([
    import('../tasks/http/ask.ts'),
    import('../tasks/http/response-text.ts'),
  ]);
  try {
    const { response } = await ask(await requestOf(args), context, { bodyBytesMax });
    const text = checkedText(response);
    const isJson = /[/+]json\b/i.test(response.headers.get('content-type') ?? '');
    return isJson && text.trim() !== '' ? readJson(text, new Budget(defaultLimits)) : text;
  } catch (error) {
    throw asExpressionError(error, context);
  }
}

/** The arguments come out of expressions: they are checked as the properties of a task are. */
async function requestOf(args: ValueMap): Promise<GivenRequest> {
  const [{ z }, { requestProperties }] = await Promise.all([
    import('../flow/schema.ts'),
    import('../tasks/http/ask.ts'),
  ]);
  const { query, accept = 'application/json', headers, ...given } = plainArguments(args);
  const properties = requestProperties(z, asIs);
  const parsed = z.object(properties).safeParse({
    ...given,
    ...(query !== undefined && { params: query }),
    headers: { Accept: accept, ...(headers as object | undefined) },
  });
  if (parsed.success) return { ...parsed.data, options: withMilliseconds(parsed.data.options) };
  const [issue] = parsed.error.issues;
  const message = `http(): ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong arguments'}`;
  throw new ExpressionError('argument', message);
}

/** Nothing here is rendered any more. */
const asIs = ((schema) => schema) as ExpressionWrapper;

function plainArguments(args: ValueMap): Readonly<Record<string, unknown>> {
  const given = Object.entries(toPlain(args) as Record<string, unknown>);
  return Object.fromEntries(given.filter(([, value]) => value !== null));
}

/** Tasks get their durations converted; here they are still text. */
function withMilliseconds(options: GivenRequest['options']): GivenRequest['options'] {
  if (options === undefined) return undefined;
  const { timeout, connectTimeout, readTimeout, ...rest } = options;
  const connect = msOf(timeout?.connectTimeout ?? connectTimeout);
  const readIdle = msOf(timeout?.readIdleTimeout ?? readTimeout);
  return {
    ...rest,
    timeout: {
      ...(connect !== undefined && { connectTimeout: connect }),
      ...(readIdle !== undefined && { readIdleTimeout: readIdle }),
    },
  };
}

function msOf(duration: string | number | undefined): number | undefined {
  return typeof duration === 'string' ? durationMs(duration) : duration;
}

function asExpressionError(error: unknown, { signal }: AskContext): unknown {
  if (signal.aborted) {
    return new ExpressionError('host', `http() had no answer within ${requestMsMax} ms`);
  }
  if (!(error instanceof TaskFailure)) return error;
  const { data, message } = error.failure;
  const status = data?.['status'];
  return new ExpressionError(
    'host',
    typeof status === 'number'
      ? `Failed to execute HTTP Request, server respond with status ${status}`
      : `Failed to execute HTTP request: ${message}`,
  );
}
