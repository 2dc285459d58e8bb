/**
 * `secret(key, namespace?, subkey?)` of expressions: from the environment, then of the flow's own
 * namespace, then of the ones above it. Names are in upper case wherever secrets are kept.
 *
 * A namespace that is named must be the own one or above it: what a neighbour keeps is not for
 * everybody who may store a flow.
 */
import { readJson } from '../expression/json.ts';
import { ExpressionError } from '../expression/error.ts';
import { Pending } from '../expression/pending.ts';
import { isMap, type Value } from '../expression/value.ts';
import { type Answer, optionalText, textOf } from './host-answer.ts';
import type { Runtime } from './runtime.ts';
import type { Secrets } from './secrets.ts';

/** What was read stays for the rounds of a render, and is masked. */
export function secretFunction(
  { settings, secretStore }: Pick<Runtime, 'settings' | 'secretStore'>,
  own: string,
  secrets: Pick<Secrets, 'hide'>,
): Answer {
  const found = new Map<string, string | undefined>();
  const read = (name: string, namespaces: readonly string[]): string | undefined => {
    if (Object.hasOwn(settings.secrets, name)) return settings.secrets[name];
    if (secretStore === undefined || !/^[A-Z0-9_.-]{1,256}$/.test(name)) return undefined;
    const key = `secret:${namespaces[0]}:${name}`;
    if (found.has(key)) return found.get(key);
    throw new Pending(key, async () => {
      try {
        found.set(key, await secretStore.find(namespaces, name));
      } catch (error) {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
        throw new ExpressionError('host', `Secrets cannot be read: ${reason}`, { subject: name });
      }
    });
  };
  return (args) => {
    const key = textOf(args, 'key');
    const value = read(key.toUpperCase(), namespacesFrom(optionalText(args, 'namespace'), own));
    if (value === undefined)
      throw new ExpressionError('host', `Cannot find secret for key '${key}'.`, { subject: key });
    secrets.hide(value);
    const subkey = optionalText(args, 'subkey');
    return subkey === undefined ? value : below(value, key, subkey);
  };
}

function namespacesFrom(named: string | undefined, own: string): readonly string[] {
  const start = named ?? own;
  if (start !== own && !own.startsWith(`${start}.`)) {
    const message = `Secrets of the namespace '${start}' are not for flows of '${own}': only those of their own and of the ones above it`;
    throw new ExpressionError('argument', message, { subject: start });
  }
  const parts = start.split('.');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
}

/** A field of a secret that is a JSON object. */
function below(value: string, key: string, subkey: string): Value {
  const object = parsed(value);
  const field = isMap(object) ? object.get(subkey) : undefined;
  if (field !== undefined) return field;
  throw new ExpressionError('host', `Cannot find subkey '${subkey}' of secret '${key}'.`, {
    subject: subkey,
  });
}

function parsed(text: string): Value {
  try {
    return readJson(text);
  } catch {
    // Its message would quote the secret.
    return null;
  }
}
