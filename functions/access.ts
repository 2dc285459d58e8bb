/** Who signed a request to the ingest function's URL, and the policy that says what they may do. */
import type { Context } from 'hono';
import type { LambdaEvent } from 'hono/aws-lambda';
import type { Access } from '../src/api/access.ts';
import { type Policy, type Principal, readPolicy } from '../src/api/policy.ts';

/** Changed rules count within this time. */
const keptMs = 60_000;

interface AccessOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly parameter: (path: string) => Promise<string | undefined>;
  readonly now: () => number;
}

/**
 * - `BATON_ACCESS_POLICY`: the document itself; or
 * - `BATON_ACCESS_PARAMETER`: the parameter that holds it. One that is missing allows nobody anything.
 * - `BATON_ALLOW_UNSIGNED`: `webhooks`, or `all` for emulators whose callers cannot sign.
 */
export function accessFrom({ environment, parameter, now }: AccessOptions): Access {
  const document = environment['BATON_ACCESS_POLICY'] || undefined;
  const path = environment['BATON_ACCESS_PARAMETER'] || undefined;
  const written = document === undefined ? undefined : readPolicy(document);
  let kept: { readonly policy: Policy; readonly until: number } | undefined;
  return {
    principalOf,
    unsigned: unsignedFrom(environment['BATON_ALLOW_UNSIGNED'] ?? ''),
    async policy() {
      if (written !== undefined || path === undefined) return written;
      if (kept === undefined || kept.until <= now()) {
        const text = await parameter(path);
        if (text === undefined) throw new Error(`The access policy ${path} is not there.`);
        kept = { policy: readPolicy(text), until: now() + keptMs };
      }
      return kept.policy;
    },
  };
}

function unsignedFrom(text: string): Access['unsigned'] {
  if (text === 'webhooks' || text === 'all') return text;
  if (text === '' || text === 'none') return 'none';
  throw new Error('BATON_ALLOW_UNSIGNED may be none, webhooks or all.');
}

/** Only Lambda writes the request context; no header of a caller gets there. */
function principalOf({ env }: Context): Principal | undefined {
  const { event } = env as { readonly event: LambdaEvent };
  const context = event.requestContext as {
    readonly authorizer?: { readonly iam?: { readonly userArn?: unknown; accountId?: unknown } };
  };
  const { userArn, accountId } = context.authorizer?.iam ?? {};
  if (typeof userArn !== 'string' || userArn === '') return undefined;
  return { arn: userArn, account: typeof accountId === 'string' ? accountId : '' };
}
