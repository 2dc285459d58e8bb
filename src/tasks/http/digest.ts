/** Digest authentication (RFC 7616): the answer to a server's challenge. */
import { createHash } from 'node:crypto';

export interface DigestAccount {
  readonly username: string;
  readonly password: string;
}

interface DigestRequest {
  readonly method: string;
  readonly url: URL;
  /** A text of our own that nobody can foresee. */
  readonly clientNonce: string;
}

/** By what a challenge calls it; the stronger ones first. */
const hashes: readonly (readonly [algorithm: string, hash: string])[] = [
  ['SHA-512-256', 'sha512-256'],
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
];

/** The header `Authorization`, or undefined where no challenge is one that can be answered. */
export function digestAuthorization(
  challenges: readonly string[],
  account: DigestAccount,
  request: DigestRequest,
): string | undefined {
  const all = challenges.filter((text) => /^\s*digest\s/i.test(text)).map(parametersOf);
  for (const [algorithm, hash] of hashes) {
    const challenge = all.find((given) => algorithmOf(given).startsWith(algorithm));
    if (challenge !== undefined && canAnswer(challenge)) {
      return answer(challenge, hash, account, request);
    }
  }
  return undefined;
}

type Challenge = ReadonlyMap<string, string>;

function parametersOf(challenge: string): Challenge {
  const pairs = challenge.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g);
  return new Map(
    Array.from(pairs, ([, name = '', quoted, token = '']): [string, string] => [
      name.toLowerCase(),
      quoted?.replaceAll(/\\(.)/g, '$1') ?? token,
    ]),
  );
}

function algorithmOf(challenge: Challenge): string {
  return (challenge.get('algorithm') ?? 'MD5').toUpperCase();
}

/** Protecting the body too (`auth-int`) is a thing servers offer but do not insist on. */
function canAnswer(challenge: Challenge): boolean {
  const offered = challenge.get('qop')?.split(',');
  return offered === undefined || offered.some((one) => one.trim().toLowerCase() === 'auth');
}

function answer(
  challenge: Challenge,
  hashName: string,
  { username, password }: DigestAccount,
  { method, url, clientNonce }: DigestRequest,
): string {
  const hash = (...parts: readonly string[]): string =>
    createHash(hashName).update(parts.join(':')).digest('hex');
  const [realm = '', nonce = ''] = [challenge.get('realm'), challenge.get('nonce')];
  const uri = `${url.pathname}${url.search}`;
  const count = '00000001';
  const plain = hash(username, realm, password);
  const isSession = algorithmOf(challenge).endsWith('-SESS');
  const secret = isSession ? hash(plain, nonce, clientNonce) : plain;
  const hasQop = challenge.has('qop');
  const response = hasQop
    ? hash(secret, nonce, count, clientNonce, 'auth', hash(method, uri))
    : hash(secret, nonce, hash(method, uri));
  const opaque = challenge.get('opaque');
  const algorithm = challenge.get('algorithm');
  return `Digest ${[
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `uri=${quoted(uri)}`,
    `nonce=${quoted(nonce)}`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(hasQop || isSession ? [`nc=${count}`, `cnonce=${quoted(clientNonce)}`] : []),
    ...(hasQop ? ['qop=auth'] : []),
    `response=${quoted(response)}`,
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ].join(', ')}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
