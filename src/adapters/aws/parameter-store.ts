/** Texts of SSM Parameter Store, several with one call. Loaded when the first one is read. */
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { FirstOf } from './secrets.ts';

/** Of one call. */
const namesMax = 10;

export function openParameters(settings: object): FirstOf {
  const client = new SSMClient(settings);
  return async (paths) => {
    for (let at = 0; at < paths.length; at += namesMax) {
      const asked = paths.slice(at, at + namesMax);
      const { Parameters = [] } = await client.send(
        new GetParametersCommand({ Names: asked, WithDecryption: true }),
      );
      const values = new Map(Parameters.map(({ Name, Value }) => [Name, Value]));
      for (const path of asked) {
        const value = values.get(path);
        if (value !== undefined) return value;
      }
    }
    return undefined;
  };
}
