/**
 * Paths into what a case has seen so far: `exec1.taskRuns[1].id`, `related(switch).state`,
 * `taskRun(labels).id`, `steps[0].scheduleDate`, `taskRuns[1].outputs.uris['input.txt']`.
 */

export type Lookup = (path: string) => unknown;

/** Answers the first part of a path; `argument` is what stands in its parentheses. */
export type RootOf = (name: string, argument: string | undefined) => unknown;

type Part = { readonly name: string; readonly argument?: string };

export function lookupIn(rootOf: RootOf): Lookup {
  return (path) => {
    const [first, ...rest] = partsOf(path);
    if (first === undefined) throw new Error('an empty reference');
    return follow(rootOf(first.name, first.argument), rest);
  };
}

/** The value at a path below a value; undefined where it leads nowhere. */
export function valueAt(value: unknown, path: string): unknown {
  return follow(value, partsOf(path));
}

function follow(value: unknown, parts: readonly Part[]): unknown {
  let at = value;
  for (const { name, argument } of parts) {
    if (argument !== undefined) throw new Error(`${name}(${argument}) may only stand in front`);
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

const part = /^\.?([\w-]+)(?:\(([^)]*)\))?|^\[(\d+)\]|^\['((?:[^'\\]|\\.)*)'\]/;

function partsOf(path: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = path;
  while (rest !== '') {
    const match = part.exec(rest);
    if (match === null) throw new Error(`"${path}" is no reference: stuck at "${rest}"`);
    const [whole, name, argument, index, quoted] = match;
    parts.push({
      name: name ?? index ?? quoted ?? '',
      ...(argument !== undefined && { argument }),
    });
    rest = rest.slice(whole.length);
  }
  return parts;
}

/** `childs: ${exec1.id}` with its references replaced. */
export function fillTemplate(template: string, lookup: Lookup): string {
  return template.replaceAll(/\$\{([^}]+)\}/g, (_, path: string) => String(lookup(path)));
}
