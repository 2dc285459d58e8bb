/**
 * Values of SECRET inputs and outputs: sealed wherever they are kept or sent, opened where an
 * expression reads them, and masked from then on in what the attempt shows.
 *
 * Only inputs the flow declares as SECRET are opened, and outputs that the type of a task declares so.
 * Anything else that has the form of a sealed value is data: whoever copies one out of an answer of
 * the API and hands it in as JSON gets it back as it was.
 *
 * Masked are log lines and failures (message, data, causes). The next task works with outputs, so
 * texts in them are not masked but sealed (sealed-texts.ts), as are loop values, variables, inputs
 * and pairs made of a secret. Without a key nothing can be sealed: they are kept as they are.
 */
import type { KeyObject } from 'node:crypto';
import type { Failure } from '../engine/execution.ts';
import type { Flow, Task } from '../engine/flow.ts';
import { ExpressionError } from '../expression/error.ts';
import { isMap, type Value, type ValueMap } from '../expression/value.ts';
import { decrypt, encrypt } from './crypto.ts';
import { LazyMap } from './lazy-map.ts';
import { createMask, hiddenParts } from './mask.ts';
import { openText, sealText, shownText, withTexts } from './sealed-texts.ts';

export const encryptionKeyVariable = 'BATON_ENCRYPTION_KEY';

/** Kestra's name for it: clients know a sealed value by this type. */
const sealedType = 'io.kestra.datatype:aes_encrypted';

/** The secrets of one attempt: what it has read is masked in what it shows. */
export interface Secrets {
  hide(value: string): void;
  readonly mask: (text: string) => string;
  /** Absent without a key. */
  readonly seal?: (clear: string) => ValueMap;
  /**
   * The value with each text sealed that has something in it which is to be hidden; of a map perhaps
   * only what is below these keys.
   */
  sealTexts<V extends Value>(value: V, below?: readonly string[]): V;
  /** The value with such texts in clear. */
  reveal<V extends Value | undefined>(value: V): V;
  /** The clear value of a SECRET input; `name` is for the message where it cannot be opened. */
  open(value: Value, name: string): Value;
}

export function createSecrets(key: KeyObject | undefined): Secrets {
  const { hide, apply } = createMask();
  return {
    hide,
    mask: apply,
    sealTexts(value, below) {
      if (!key) return value;
      const sealed = (item: Value): Value => withTexts(item, sealing(key, apply));
      if (!below || !isMap(value)) return sealed(value) as typeof value;
      const entries = [...value.entries()].map(
        ([name, item]) => [name, below.includes(name) ? sealed(item) : item] as const,
      );
      return new Map(entries) as Value as typeof value;
    },
    reveal: (value) => {
      if (!key || value === undefined) return value;
      return withTexts(value, revealing(key, hide)) as typeof value;
    },
    ...(key && {
      seal(clear: string) {
        hide(clear);
        return new Map([
          ['type', sealedType],
          ['value', encrypt(key, clear)],
        ]);
      },
    }),
    open(value, name) {
      const sealed = sealedText(value);
      // Started past the checks, with the clear value: it is still not to be shown.
      const clear = sealed === undefined ? value : opened(sealed, name, key);
      if (clear !== null && typeof clear !== 'object') hide(String(clear));
      return clear;
    },
  };
}

function sealing(key: KeyObject, mask: (text: string) => string): (text: string) => string {
  return (text) => {
    const masked = mask(text);
    return masked === text ? text : sealText(key, text, masked);
  };
}

/** Hidden is the text as a whole, and each part of it that the seal says is secret. */
function revealing(key: KeyObject, hide: (value: string) => void): (text: string) => string {
  return (text) => {
    const clear = openText(key, text);
    if (clear === undefined) return text;
    for (const part of hiddenParts(clear, shownText(text))) hide(part);
    return clear;
  };
}

function sealedText(value: Value): string | undefined {
  if (!isMap(value) || value.get('type') !== sealedType) return undefined;
  const text = value.get('value');
  return typeof text === 'string' ? text : undefined;
}

function opened(sealed: string, name: string, key: KeyObject | undefined): string {
  if (key === undefined) {
    const message = `'${name}' is encrypted and there is no key to open it: ${encryptionKeyVariable} is not set`;
    throw new ExpressionError('host', message, { subject: name });
  }
  const clear = decrypt(key, sealed);
  if (clear !== undefined) return clear;
  const message = `'${name}' cannot be decrypted: ${encryptionKeyVariable} is not the key it was encrypted with, or the value was changed`;
  throw new ExpressionError('host', message, { subject: name });
}

/** `inputs` as expressions see them: SECRET inputs are opened when they are read, no earlier. */
export function openedInputs(
  flow: Pick<Flow, 'inputs'>,
  inputs: ValueMap,
  secrets: Pick<Secrets, 'open' | 'reveal'>,
): ValueMap {
  const ids = flow.inputs.filter(({ type }) => type === 'SECRET').map(({ id }) => id);
  const revealed = secrets.reveal(inputs);
  return ids.length === 0 ? revealed : openedBelow(revealed, '', { ids, secrets });
}

/** Outputs of a task run as expressions see them. */
export function openedOutputs(
  { sealedOutputs }: Pick<Task, 'sealedOutputs'>,
  outputs: ValueMap | undefined,
  secrets: Pick<Secrets, 'open' | 'reveal'>,
): ValueMap | undefined {
  const revealed = secrets.reveal(outputs);
  if (sealedOutputs === undefined || revealed === undefined) return revealed;
  return openedBelow(revealed, '', { ids: sealedOutputs, secrets });
}

interface Opening {
  readonly ids: readonly string[];
  readonly secrets: Pick<Secrets, 'open'>;
}

/** An id with dots is a path into nested maps. */
function openedBelow(values: ValueMap, prefix: string, opening: Opening): ValueMap {
  return new LazyMap({
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      const id = prefix + key;
      if (opening.ids.includes(id)) return opening.secrets.open(value, id);
      const leadsOn = opening.ids.some((other) => other.startsWith(`${id}.`));
      return leadsOn && isMap(value) ? openedBelow(value, `${id}.`, opening) : value;
    },
    keys: () => values.keys(),
  });
}

export function maskedTexts(
  texts: Readonly<Record<string, string>>,
  mask: (text: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [mask(key), mask(text)]));
}

/** The failure as it may be recorded and shown. */
export function maskedFailure(failure: Failure, mask: (text: string) => string): Failure {
  const { message, data, cause } = failure;
  return {
    ...failure,
    message: mask(message),
    ...(data && { data: maskedData(data, mask) as typeof data }),
    ...(cause && { cause: maskedFailure(cause, mask) }),
  };
}

function maskedData(data: unknown, mask: (text: string) => string): unknown {
  if (typeof data === 'string') return mask(data);
  if (Array.isArray(data)) return data.map((item) => maskedData(item, mask));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, item]) => [mask(name), maskedData(item, mask)]),
  );
}
