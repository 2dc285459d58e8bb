/** Which properties an input may have, by its type. */
import { RE2JS } from 're2js';
import { durationMs } from './duration.ts';
import { z, type Shape } from './schema.ts';

const common = {
  type: z.string(),
  description: z.string().optional(),
  displayName: z.string().optional(),
  required: z.boolean().default(true),
  defaults: z.unknown().optional(),
  prefill: z.unknown().optional(),
  dependsOn: z
    .object({ inputs: z.array(z.string()).min(1), condition: z.string().optional() })
    .optional(),
};

export const notRegex = 'is an invalid pattern (look-around and back references are not supported)';

/** Java's syntax as far as it can be matched in linear time: no look-around, no back references. */
const regex = z.string().refine(isRegex, notRegex);

export function isRegex(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

const isoDuration = z
  .string()
  .refine(
    (text) => durationMs(text) !== undefined,
    'is not an ISO-8601 duration such as PT30S or P1D',
  );

const range = { min: z.number().optional(), max: z.number().optional() };
const moments = { after: z.string().optional(), before: z.string().optional() };
const choice = z.union([z.string(), z.object({ label: z.string(), value: z.string() })]);
const choices = {
  values: z.array(choice).optional(),
  expression: z.string().optional(),
  allowCustomValue: z.boolean().optional(),
  isRadio: z.boolean().optional(),
  autoSelectFirst: z.boolean().optional(),
};
const singleTypes =
  'STRING INT FLOAT BOOL BOOLEAN DATETIME DATE TIME DURATION JSON YAML EMAIL URI FILE'.split(' ');
const itemType = z.enum(singleTypes);
const fileAddress = z
  .string()
  .regex(/^(file|nsfile):/, 'is no default of a FILE input: it must be a file: or nsfile: address');

export const inputShapes: ReadonlyMap<string, Shape> = new Map<string, Shape>(
  Object.entries({
    STRING: { ...common, validator: regex.optional() },
    INT: { ...common, ...range },
    FLOAT: { ...common, ...range },
    BOOL: common,
    DATETIME: { ...common, ...moments },
    DATE: { ...common, ...moments },
    TIME: { ...common, ...moments },
    DURATION: { ...common, min: isoDuration.optional(), max: isoDuration.optional() },
    SELECT: choices,
    MULTISELECT: {
      ...choices,
      options: z.array(choice).optional(),
      itemType: itemType.default('STRING'),
    },
    ENUM: { ...common, values: z.array(z.string()).min(1) },
    ARRAY: { ...common, itemType },
    JSON: { ...common, jsonSchema: z.unknown().optional() },
    YAML: common,
    EMAIL: common,
    URI: common,
    FILE: {
      ...common,
      defaults: fileAddress.optional(),
      extension: z.string().optional(),
      allowedFileExtensions: z.array(z.string()).optional(),
    },
    SECRET: { ...common, validator: regex.optional() },
    FORM: { ...common, inputs: z.array(z.unknown()).min(1) },
  }).map(([type, shape]): [string, Shape] => [type, { ...common, ...shape }]),
);

export const inputTypes: readonly string[] = [...inputShapes.keys()];

/** The type by its name of today (`BOOLEAN` is `BOOL`), or undefined for an unknown one. */
export function canonicalInputType(written: string): string | undefined {
  const upper = written.toUpperCase();
  if (upper === 'BOOLEAN') return 'BOOL';
  return inputShapes.has(upper) ? upper : undefined;
}
