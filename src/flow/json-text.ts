/**
 * JSON text to values of the expression language, exactly: integers of any size become bigints,
 * numbers with a point or an exponent doubles, objects maps.
 */
export type InputValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly InputValue[]
  | ReadonlyMap<string, InputValue>;

const jsonDepthMax = 500;

/** Throws SyntaxError on text that is not JSON, and RangeError on nesting beyond reason. */
export function parseJson(text: string): InputValue {
  if (jsonDepth(text) > jsonDepthMax) {
    throw new RangeError(`JSON nested deeper than ${jsonDepthMax} levels`);
  }
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value === 'number') return numberOf(context?.source ?? String(value));
    // Inner values have been converted already, so an object is one of ours in the making.
    if (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !(value instanceof Map)
    ) {
      return new Map(Object.entries(value));
    }
    return value;
  }) as InputValue;
}

/** The number a text stands for: an integer without a point or exponent, else a double. */
export function numberOf(text: string): bigint | number {
  return /^[-+]?\d+$/.test(text) ? BigInt(text) : Number(text);
}

/** Plain data to values. What is not JSON-like (functions, undefined) becomes null. */
export function fromJson(plain: unknown): InputValue {
  if (Array.isArray(plain)) return plain.map(fromJson);
  if (plain instanceof Map) {
    return new Map([...plain].map(([key, value]) => [String(key), fromJson(value)]));
  }
  switch (typeof plain) {
    case 'number':
      return Number.isSafeInteger(plain) && !Object.is(plain, -0) ? BigInt(plain) : plain;
    case 'boolean':
    case 'string':
    case 'bigint':
      return plain;
    case 'object':
      return plain === null
        ? null
        : new Map(Object.entries(plain).map(([key, value]) => [key, fromJson(value)]));
    default:
      return null;
  }
}

/** Values to JSON text, as messages show them and as a text input takes them. */
export function jsonText(value: InputValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (isMap(value)) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}: ${jsonText(item)}`).join(', ')}}`;
  }
  return `[${value.map(jsonText).join(', ')}]`;
}

export function isMap(value: unknown): value is ReadonlyMap<string, InputValue> {
  return value instanceof Map;
}

/** How deep brackets nest outside of strings: known before parsing, which recurses. */
export function jsonDepth(text: string): number {
  let [depth, deepest, isString] = [0, 0, false];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isString) {
      if (character === '\\') index++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}
