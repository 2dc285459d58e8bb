/**
 * Runs handlers as AWS would, each under its own role: what one asks a service for is noted, and
 * refused where the role does not allow it. Calls from outside a handler are the test's own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { isAllowed, type Need, needsOf, type Roles } from './iam.ts';

/** By role. */
export type Calls = ReadonlyMap<string, readonly Need[]>;

interface Client {
  send(command: { readonly input: Readonly<Record<string, unknown>> }): Promise<unknown>;
}

interface UnderRoles {
  readonly calls: Calls;
  as<A extends unknown[], R>(role: string, handler: (...args: A) => R): (...args: A) => R;
  /** From now on what this is true of gets no answer. */
  failing(isLost: (need: Need) => boolean): void;
  end(): void;
}

export function underRoles(roles: Roles): UnderRoles {
  const current = new AsyncLocalStorage<string>();
  const calls = new Map<string, Need[]>();
  let isLost: (need: Need) => boolean = () => false;
  // What all clients of the SDK have in common.
  const client = Object.getPrototypeOf(SQSClient.prototype) as Client;
  const { send } = client;
  const spy = vi.spyOn(client, 'send').mockImplementation(function (this: Client, ...args) {
    const role = current.getStore();
    if (role === undefined) return send.apply(this, args);
    const [command] = args;
    for (const need of needsOf(command.constructor.name, command.input)) {
      calls.set(role, [...(calls.get(role) ?? []), need]);
      if (!isAllowed(roles[role] ?? [], need)) return Promise.reject(refusal(role, need));
      if (isLost(need)) return Promise.reject(new Error('No answer.'));
    }
    return send.apply(this, args);
  });
  return {
    calls,
    as:
      (role, handler) =>
      (...args) =>
        current.run(role, () => handler(...args)),
    failing(which) {
      isLost = which;
    },
    end: () => spy.mockRestore(),
  };
}

function refusal(role: string, { action, resource }: Need): Error {
  const error = new Error(`${role} is not authorized to perform ${action} on ${resource}`);
  error.name = 'AccessDeniedException';
  return error;
}
