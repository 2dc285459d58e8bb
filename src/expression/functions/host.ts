/**
 * Functions that the host answers: storage, secrets, key-value stores, the network. Declared here
 * with their parameters; arguments that were not given are left out, so their defaults are the
 * host's (they differ between releases).
 */
import {
  type Args,
  type Call,
  type FunctionDefinition,
  type Parameter,
  parameters,
} from '../definition.ts';
import { argumentError } from '../error.ts';
import { type HostFunctionName, hostFunctionNames } from '../host.ts';
import type { Value } from '../value.ts';

const signatures: Record<HostFunctionName, string> = {
  appLink: 'appId?: string, baseUrl?: boolean',
  credential: 'key: string',
  decrypt: 'key: string, encrypted: string',
  encrypt: 'key: string, plaintext: string',
  env: 'name: string, default?: string',
  errorLogs: '',
  fileExists: 'path: string, namespace?: string',
  fileSize: 'path: string, namespace?: string',
  fileURI: 'path: string, namespace?: string, version?: integer',
  http: 'uri: string, method?: string, query?: map, body?, contentType?: string, headers?: map, options?: map, accept?: string',
  isFileEmpty: 'path: string, namespace?: string',
  isPublicHoliday: 'date: date, countryCode: string, subDivision?: string',
  kv: 'key: string, namespace?: string, errorOnMissing?: boolean',
  read: 'path: string, namespace?: string, version?: integer',
  secret: 'key: string, namespace?: string, subkey?: string',
  subflow: 'namespace: string, flowId: string, inputs?: map, labels?: map',
};

function hosted(name: HostFunctionName): FunctionDefinition {
  const declared = parameters(signatures[name]);
  return {
    parameters: declared,
    isHosted: true,
    apply: (args, call) => call.run.host.call(name, byName(name, declared, args, call)),
  };
}

function byName(
  name: HostFunctionName,
  declared: readonly Parameter[],
  args: Args,
  _call: Call,
): Map<string, Value> {
  const named = new Map<string, Value>();
  declared.forEach((parameter, index) => {
    const value = args[index];
    if (value !== undefined) named.set(parameter.name, value);
    else if (!parameter.optional) throw missing(name, declared);
  });
  return named;
}

function missing(name: HostFunctionName, declared: readonly Parameter[]): Error {
  const needed = declared
    .filter(({ optional }) => !optional)
    .map((parameter) => `'${parameter.name}'`);
  const wanted =
    needed.length === 1 ? `an argument ${needed[0]}` : `two arguments ${needed.join(' and ')}`;
  return argumentError(`The '${name}' function expects ${wanted}.`);
}

export const hostFunctions: readonly (readonly [string, FunctionDefinition])[] =
  hostFunctionNames.map((name) => [name, hosted(name)] as const);
