import { readFileSync } from 'node:fs';

/** What works against Jinja2, Nunjucks, Twig, Pebble, Velocity, Freemarker, Handlebars and EJS. */
export const escapes: readonly string[] = readFileSync(
  new URL('escapes.txt', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('# '));
