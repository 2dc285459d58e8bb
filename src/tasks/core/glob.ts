/**
 * Globs as Kestra's are, which are Java's: `*` and `?` stay within a folder, `**` does not, `[a-z]`
 * and `[!a-z]` are one character, `{a,b}` is either. Matched on an engine whose time is linear.
 */
import { RE2JS, RE2JSException } from 're2js';
import { TaskFailure } from '../define.ts';

const globCharactersMax = 1_000;

/** Whether a path fits one of the globs; both begin at the top, with or without a slash. */
export function globs(patterns: readonly string[]): (path: string) => boolean {
  return fitting(patterns.map(fromTop));
}

/** For files of namespaces: what begins with a name or with `**` fits below any folder. */
export function globsAnywhere(patterns: readonly string[]): (path: string) => boolean {
  return fitting(
    patterns.map((glob) => {
      if (/^\w/.test(glob)) return `**/${glob}`;
      return glob.startsWith('**') ? glob : fromTop(glob);
    }),
  );
}

function fitting(patterns: readonly string[]): (path: string) => boolean {
  const compiled = patterns.map(globOf);
  return (path) => compiled.some((glob) => glob.matches(fromTop(path)));
}

function fromTop(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function globOf(glob: string): RE2JS {
  try {
    if (glob.length > globCharactersMax) throw wrong(glob.slice(0, 100), 'it is too long');
    return RE2JS.compile(sourceOf(glob), RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw wrong(glob, error.message);
  }
}

function wrong(glob: string, why: string): TaskFailure {
  const message = `'${glob}' is not a glob: ${why}`;
  return new TaskFailure({ code: 'glob', message, retryable: false });
}

function sourceOf(glob: string): string {
  let source = '';
  let isInGroup = false;
  for (const part of glob.match(/\\.|\*\*|\[!?\]?[^\]]*\]|[^]/gu) ?? []) {
    if (part === '**') source += '.*';
    else if (part === '*') source += '[^/]*';
    else if (part === '?') source += '[^/]';
    else if (part === '{' && !isInGroup) [source, isInGroup] = [`${source}(?:`, true];
    else if (part === '}' && isInGroup) [source, isInGroup] = [`${source})`, false];
    else if (part === ',' && isInGroup) source += '|';
    else if (part.length > 1 && part.startsWith('[')) source += characters(part.slice(1, -1));
    else source += RE2JS.quote(part.startsWith('\\') ? part.slice(1) : part);
  }
  return isInGroup ? `${source}(` : source;
}

function characters(inside: string): string {
  const isNot = inside.startsWith('!');
  const these = (isNot ? inside.slice(1) : inside).replaceAll(/[\\^[\]&]/g, String.raw`\$&`);
  return `[${isNot ? '^/' : ''}${these}]`;
}
