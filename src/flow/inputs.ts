/**
 * The inputs of one execution: what the caller gave, typed and checked against what the flow
 * declares.
 *
 * Inputs are resolved in the order of the flow, each after those it depends on, whose values are
 * all that its defaults and condition can see. Expressions, files and secrets are for the caller to
 * handle, through `InputPorts`. All issues are collected.
 */
import type { Flow, Input, Json } from '../engine/flow.ts';
import { conditionsOf, dependenciesOf } from './declarations.ts';
import { isTemplate } from './duration.ts';
import { choicesOf, parseInput, Refused, textOf } from './input-values.ts';
import { fromJson, isMap, type InputValue } from './json-text.ts';

export type { InputValue } from './json-text.ts';

/** A file as it came with the request. */
interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the caller gave, by input id. Texts as from a form, or plain JSON data. */
export type Given = ReadonlyMap<string, unknown>;

type MaybePromise<T> = T | Promise<T>;

export interface InputPorts {
  /** The typed result of a template. `variables` has `inputs` and `flow`. Throws where it fails. */
  readonly render?: (
    template: string,
    variables: ReadonlyMap<string, InputValue>,
  ) => MaybePromise<InputValue>;
  /** Stores a file and returns its address. */
  readonly storeFile?: (input: string, file: GivenFile) => MaybePromise<string>;
  /** What is stored in place of a secret. Without it SECRET inputs are refused. */
  readonly protect?: (secret: string) => MaybePromise<InputValue>;
}

export interface InputIssue {
  readonly code: 'missing-input' | 'invalid-input' | 'invalid-condition';
  readonly input: string;
  readonly message: string;
  /** The part of the message that says why. */
  readonly cause?: string;
}

export interface ResolvedInputs {
  /** Nested at the dots of the ids. Present but null: optional and not given. */
  readonly values: ReadonlyMap<string, InputValue>;
  readonly issues: readonly InputIssue[];
  /** Given, but not declared: dropped. */
  readonly undeclared: readonly string[];
}

type Declares = Pick<Flow, 'id' | 'namespace' | 'inputs'>;

export async function resolveInputs(
  flow: Declares,
  given: Given,
  ports: InputPorts = {},
): Promise<ResolvedInputs> {
  const resolver = new Resolver(flow, given, ports);
  for (const input of flow.inputs) await resolver.resolve(input);
  const ids = new Set(flow.inputs.map((input) => input.id));
  const roots = new Set([...ids].map((id) => id.split('.')[0]));
  return {
    values: nested(resolver.values),
    issues: resolver.issues,
    undeclared: [...given.keys()].filter((key) => !ids.has(key) && !roots.has(key)),
  };
}

class Resolver {
  /** By full id; absent: not enabled, or refused. */
  readonly values = new Map<string, InputValue>();
  readonly issues: InputIssue[] = [];
  readonly #flow: Declares;
  readonly #given: Given;
  readonly #ports: InputPorts;
  readonly #done = new Map<string, Promise<void>>();

  constructor(flow: Declares, given: Given, ports: InputPorts) {
    this.#flow = flow;
    this.#given = given;
    this.#ports = ports;
  }

  /** Memoised. The reader refuses circles; one that got here all the same ends the recursion. */
  async resolve(input: Input, around: readonly string[] = []): Promise<void> {
    if (around.includes(input.id)) return;
    const known = this.#done.get(input.id);
    if (known !== undefined) return known;
    const work = this.#resolveOnce(input, [...around, input.id]);
    this.#done.set(input.id, work);
    return work;
  }

  async #resolveOnce(input: Input, around: readonly string[]): Promise<void> {
    for (const id of dependenciesOf(input)) {
      const other = this.#flow.inputs.find((candidate) => candidate.id === id);
      if (other !== undefined) await this.resolve(other, around);
    }
    if (!(await this.#isEnabled(input))) return;
    let received: unknown;
    try {
      const rules = await this.#rules(input);
      received = given(this.#given, input);
      if (received === null || received === undefined) received = await this.#default(input, rules);
      if (received === null || received === undefined) {
        if (input.required) this.#miss(input);
        else this.values.set(input.id, null);
        return;
      }
      this.values.set(input.id, await this.#type({ ...input, rules }, received));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#refuse(input, error.message, received);
    }
  }

  async #isEnabled(input: Input): Promise<boolean> {
    const declared = new Set(this.#flow.inputs.map(({ id }) => id));
    for (const id of dependenciesOf(input)) {
      // Without a value it asks nothing of those that depend on it.
      if (declared.has(id) && (this.values.get(id) ?? null) === null) return false;
    }
    for (const { condition } of conditionsOf(input)) {
      if (condition !== undefined && !(await this.#isMet(condition, input))) return false;
    }
    return true;
  }

  async #isMet(condition: string, input: Input): Promise<boolean> {
    try {
      return (await this.#render(condition, input)) === true;
    } catch (error) {
      const cause = `Invalid condition: ${messageOf(error)}`;
      this.issues.push({ code: 'invalid-condition', input: input.id, message: cause, cause });
      return false;
    }
  }

  /** The rules with `expression` made into `values`. */
  async #rules(input: Input): Promise<Input['rules']> {
    const { expression } = input.rules;
    if (typeof expression !== 'string') return input.rules;
    const choices = await this.#rendered(expression, input);
    if (typeof choices !== 'object' || choices === null || isMap(choices)) {
      throw new Refused('its expression must render to a list');
    }
    const values = choices.filter((choice) => choice !== null);
    return { ...input.rules, values: values.map(choiceOf) };
  }

  async #default(input: Input, rules: Input['rules']): Promise<InputValue> {
    if (input.defaults !== undefined) return this.#renderDeep(input.defaults, input);
    const [first] = choicesOf(rules);
    return rules['autoSelectFirst'] === true ? (first ?? null) : null;
  }

  async #renderDeep(value: Json, input: Input): Promise<InputValue> {
    if (typeof value === 'string') return isTemplate(value) ? this.#rendered(value, input) : value;
    if (typeof value !== 'object' || value === null) return fromJson(value);
    if (Array.isArray(value)) {
      const items: InputValue[] = [];
      for (const item of value as readonly Json[]) items.push(await this.#renderDeep(item, input));
      return items;
    }
    const result = new Map<string, InputValue>();
    for (const [key, item] of Object.entries(value)) {
      result.set(key, await this.#renderDeep(item, input));
    }
    return result;
  }

  async #rendered(template: string, input: Input): Promise<InputValue> {
    try {
      return await this.#render(template, input);
    } catch (error) {
      throw new Refused(messageOf(error), { cause: error });
    }
  }

  async #render(template: string, input: Input): Promise<InputValue> {
    if (!isTemplate(template)) return template;
    const { render } = this.#ports;
    if (render === undefined) throw new Error('expressions cannot be used here');
    const visible = new Set(dependenciesOf(input));
    const inputs = nested(new Map([...this.values].filter(([id]) => visible.has(id))));
    const flow = new Map([
      ['id', this.#flow.id],
      ['namespace', this.#flow.namespace],
    ]);
    return render(
      template,
      new Map<string, InputValue>([
        ['inputs', inputs],
        ['flow', flow],
      ]),
    );
  }

  async #type(input: Input, received: unknown): Promise<InputValue> {
    const { type, rules } = input;
    if (isFile(received)) {
      if (type !== 'FILE') throw new Refused('it must not be a file');
      return this.#storeFile(input, received);
    }
    const value = fromJson(received);
    if (type === 'FILE') return fileAddress(textOf(value), rules);
    if (type === 'SELECT' || type === 'ENUM') return choose(input, textOf(value));
    const parsed = parseInput(type, value, rules);
    if (type !== 'SECRET') return parsed;
    const { protect } = this.#ports;
    if (protect === undefined)
      throw new Refused('no encryption key is configured for SECRET inputs');
    return protect(textOf(parsed));
  }

  async #storeFile(input: Input, file: GivenFile): Promise<string> {
    checkExtension(file.name, input.rules);
    const { storeFile } = this.#ports;
    if (storeFile === undefined) throw new Refused('files cannot be given here');
    return storeFile(input.id, file);
  }

  #miss(input: Input): void {
    const message = `Missing required input:${input.id}`;
    this.issues.push({ code: 'missing-input', input: input.id, message });
  }

  #refuse(input: Input, cause: string, received: unknown): void {
    // A secret must not show up in a message.
    const shown = input.type === 'SECRET' ? '******' : shownText(received);
    const message = `Invalid input for \`${input.id}\`, ${cause}, but received \`${shown}\``;
    this.issues.push({ code: 'invalid-input', input: input.id, message, cause });
  }
}

/** A text, or a map of label and value; what is neither is chosen by its text. */
function choiceOf(choice: InputValue): Json {
  const value = isMap(choice) ? choice.get('value') : undefined;
  return textOf(value ?? choice);
}

/** By its id, or where the caller nested it as the dots of the id say. */
function given(all: Given, input: Input): unknown {
  let value: unknown = all.get(input.id);
  if (!all.has(input.id) && input.id.includes('.')) {
    value = input.id.split('.').reduce<unknown>((at, part) => {
      if (at instanceof Map) return at.get(part);
      const isOwn = typeof at === 'object' && at !== null && Object.hasOwn(at, part);
      return isOwn ? (at as Record<string, unknown>)[part] : undefined;
    }, all);
  }
  // A form sends an empty text for a field that was left alone.
  return value === '' && !textTypes.has(input.type) ? undefined : value;
}

const textTypes: ReadonlySet<string> = new Set(['STRING', 'SECRET', 'EMAIL']);

function choose(input: Input, value: string): string {
  const allowed = choicesOf(input.rules);
  const isFree =
    input.rules['allowCustomValue'] === true || (input.type === 'SELECT' && !input.required);
  if (isFree || allowed.includes(value)) return value;
  throw new Refused(`it must match the values \`[${allowed.join(', ')}]\``);
}

function fileAddress(address: string, rules: Input['rules']): string {
  if (!/^(kestra|file|nsfile):\/\//.test(address)) {
    throw new Refused('it must be a file, or the address of one');
  }
  checkExtension(address, rules);
  return address;
}

function checkExtension(name: string, { allowedFileExtensions: allowed }: Input['rules']): void {
  if (!Array.isArray(allowed)) return;
  const extensions = (allowed as readonly Json[]).map((extension) =>
    textOf(fromJson(extension)).toLowerCase(),
  );
  if (extensions.some((extension) => name.toLowerCase().endsWith(extension))) return;
  throw new Refused(`File type not allowed. Accepted extensions: ${extensions.join(', ')}`);
}

function isFile(value: unknown): value is GivenFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'bytes' in value &&
    value.bytes instanceof Uint8Array
  );
}

function nested(flat: ReadonlyMap<string, InputValue>): ReadonlyMap<string, InputValue> {
  const root = new Map<string, InputValue>();
  for (const [id, value] of flat) {
    const parts = id.split('.');
    const last = parts.pop() ?? id;
    let at = root;
    for (const part of parts) {
      const below = at.get(part);
      const next =
        below instanceof Map ? (below as Map<string, InputValue>) : new Map<string, InputValue>();
      at.set(part, next);
      at = next;
    }
    at.set(last, value);
  }
  return root;
}

const shownCharactersMax = 200;

function shownText(received: unknown): string {
  const whole = isFile(received) ? received.name : textOf(fromJson(received));
  return whole.length > shownCharactersMax ? `${whole.slice(0, shownCharactersMax)}…` : whole;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
