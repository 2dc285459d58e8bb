/**
 * Who may do what in which namespaces: a document of the operator, as JSON or YAML.
 *
 *   rules:
 *     - principals: ["arn:aws:sts::123456789012:assumed-role/team-deployer/*"]
 *       namespaces: [company.team, company.team.*]
 *       verbs: [read, run, write, control]
 *
 * A principal is the ARN that signed the request, or its account by 12 digits; `*` in a pattern
 * stands for any text. What no rule allows is refused.
 */
import { readYaml } from '../expression/yaml.ts';
import { toPlain } from '../expression/value.ts';

/** `write` stores flows, `run` starts executions, `control` changes their course or forgets them. */
const verbs = ['read', 'run', 'write', 'control'] as const;
export type Verb = (typeof verbs)[number];

export interface Principal {
  readonly arn: string;
  readonly account: string;
}

export interface Policy {
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly principals: readonly string[];
  readonly namespaces: readonly string[];
  readonly verbs: readonly Verb[];
}

class InvalidPolicy extends Error {
  override readonly name = 'InvalidPolicy';
}

/** Throws `InvalidPolicy`: a document that is half understood allows nothing. */
export function readPolicy(text: string): Policy {
  const document = parsed(text);
  const { rules, ...others } = mapOf(document, 'the policy');
  nothingElse(others, 'the policy');
  if (!Array.isArray(rules)) throw new InvalidPolicy('rules must be a list');
  return { rules: rules.map((rule, index) => readRule(rule, `rules[${index}]`)) };
}

/** `namespace` absent: all of them. */
export function isAllowed(
  policy: Policy,
  { arn, account }: Principal,
  verb: Verb,
  namespace?: string,
): boolean {
  return policy.rules.some(
    (rule) =>
      rule.verbs.includes(verb) &&
      rule.principals.some((pattern) => fits(pattern, arn) || pattern === account) &&
      rule.namespaces.some((pattern) =>
        namespace === undefined ? pattern === '*' : fits(pattern, namespace),
      ),
  );
}

/** Each part between two stars is found at the first place it can be: linear, and never wrong. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return pattern === text;
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  if (!text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function parsed(text: string): unknown {
  try {
    return toPlain(readYaml(text));
  } catch (error) {
    throw new InvalidPolicy(`not JSON or YAML: ${error instanceof Error ? error.message : ''}`);
  }
}

function readRule(value: unknown, place: string): Rule {
  const { principals, namespaces, verbs: given, ...others } = mapOf(value, place);
  nothingElse(others, place);
  const asked = texts(given, `${place}.verbs`);
  const known = asked.filter((verb): verb is Verb => verbs.some((one) => one === verb));
  if (known.length < asked.length) {
    throw new InvalidPolicy(`${place}.verbs may be ${verbs.join(', ')}`);
  }
  return {
    principals: texts(principals, `${place}.principals`),
    namespaces: texts(namespaces, `${place}.namespaces`),
    verbs: known,
  };
}

function mapOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidPolicy(`${place} must be a map`);
}

function nothingElse(others: object, place: string): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new InvalidPolicy(`${place} has no property "${unknown}"`);
}

function texts(value: unknown, place: string): readonly string[] {
  const isText = (item: unknown): item is string => typeof item === 'string' && item !== '';
  if (Array.isArray(value) && value.length > 0 && value.every(isText)) return value;
  throw new InvalidPolicy(`${place} must be a list of texts`);
}
