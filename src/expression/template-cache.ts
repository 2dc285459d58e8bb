/** Parsed templates, kept by their text; the oldest unused one makes room for the next. */
import type { Dialect, Template } from './ast.ts';
import { parseTemplate } from './parser.ts';

const templatesMax = 1_000;
/** Longer templates are parsed each time, so that the cache stays small in bytes too. */
const cachedCharactersMax = 50_000;

const caches: Record<Dialect, Map<string, Template>> = { '1.x': new Map(), '2.0': new Map() };

export function templateOf(source: string, dialect: Dialect = '1.x'): Template {
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
  const template = parseTemplate(source, dialect);
  if (source.length <= cachedCharactersMax) {
    if (cache.size >= templatesMax) {
      const oldest = cache.keys().next();
      if (oldest.done !== true) cache.delete(oldest.value);
    }
    cache.set(source, template);
  }
  return template;
}
