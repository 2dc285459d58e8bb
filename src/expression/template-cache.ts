/**
 * Parsed templates, kept by their text; the oldest unused one makes room for the next. The parser is
 * an argument, because rendering loads it on first use and analysis has it at hand.
 */
import type { Dialect, Template } from './ast.ts';

const templatesMax = 1_000;
/** Longer templates are parsed each time, so that the cache stays small in bytes too. */
const cachedCharactersMax = 50_000;

const caches: Record<Dialect, Map<string, Template>> = { '1.x': new Map(), '2.0': new Map() };

export type Parse = (source: string, dialect: Dialect) => Template;

export function templateOf(source: string, parse: Parse, dialect: Dialect = '1.x'): Template {
  const cache = caches[dialect];
  const known = cache.get(source);
  if (known !== undefined) {
    // Re-inserting moves the entry to the young end of the map.
    if (cache.size > templatesMax / 2) {
      cache.delete(source);
      cache.set(source, known);
    }
    return known;
  }
  const template = parse(source, dialect);
  if (source.length <= cachedCharactersMax) {
    if (cache.size >= templatesMax) {
      const oldest = cache.keys().next();
      if (oldest.done !== true) cache.delete(oldest.value);
    }
    cache.set(source, template);
  }
  return template;
}
