/**
 * Regular expressions of flow authors, on an engine whose time is linear in the text. What cannot be
 * matched in linear time (look-around, back references, possessive quantifiers) is refused with a
 * message. Loaded on first use.
 */
import { type Matcher, RE2JS, RE2JSException } from 're2js';
import { evaluationError } from './error.ts';
import type { Budget } from './limits.ts';
import type { Value } from './value.ts';

/** Characters times states of a pattern that count as one step. */
const characterStatesPerStep = 50;

const patternsMax = 200;
const patterns = new Map<string, RE2JS>();

function compile(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const compiled = compileNew(pattern);
  if (patterns.size >= patternsMax) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

function compileNew(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw evaluationError(`Invalid regular expression '${pattern}': ${error.message}`, error);
  }
}

function matcherFor(text: string, pattern: string, budget: Budget): Matcher {
  budget.text(text.length);
  budget.text(pattern.length);
  const compiled = compile(pattern);
  // Matching costs text times compiled pattern, which is what linear time means here.
  budget.spend(Math.ceil((text.length * compiled.programSize()) / characterStatesPerStep));
  return compiled.matcher(text);
}

/** Whether the pattern is found anywhere in the text. */
export function matches(text: string, pattern: string, budget: Budget): boolean {
  return matcherFor(text, pattern, budget).find();
}

export function extract(text: string, pattern: string, group: number, budget: Budget): Value {
  const matcher = matcherFor(text, pattern, budget);
  if (group < 0 || group > matcher.groupCount()) throw evaluationError(`No group ${group}`);
  return matcher.find() ? (matcher.group(group) ?? null) : null;
}

/**
 * Splits like Java: limit 0 drops trailing empty texts, a negative limit keeps them, a positive one
 * leaves the rest in the last part. An empty match at the very start yields nothing.
 */
export function split(text: string, pattern: string, limit: number, budget: Budget): string[] {
  const matcher = matcherFor(text, pattern, budget);
  const parts: string[] = [];
  let from = 0;
  while ((limit <= 0 || parts.length < limit - 1) && matcher.find()) {
    budget.spend(1);
    const start = matcher.start();
    const end = matcher.end();
    if (end === 0) continue;
    if (start === end && start === text.length) break;
    parts.push(text.slice(from, start));
    from = end;
  }
  if (from === 0 && parts.length === 0) return [text];
  parts.push(text.slice(from));
  if (limit === 0) while (parts.length > 0 && parts.at(-1) === '') parts.pop();
  budget.list(parts.length);
  return parts;
}

/** Replaces every match; `$1` and `${name}` stand for groups, a backslash takes the next literally. */
export function replaceAll(
  text: string,
  pattern: string,
  replacement: string,
  budget: Budget,
): string {
  const matcher = matcherFor(text, pattern, budget);
  const pieces = readReplacement(replacement, matcher.groupCount());
  let result = '';
  let from = 0;
  while (matcher.find()) {
    result += text.slice(from, matcher.start());
    for (const piece of pieces) {
      result += typeof piece === 'string' ? piece : (matcher.group(piece.group) ?? '');
    }
    from = matcher.end();
    budget.spend(1);
    if (result.length > budget.limits.outputCharacters) budget.text(result.length);
  }
  return result + text.slice(from);
}

type Piece = string | { readonly group: number | string };

function readReplacement(replacement: string, groups: number): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < replacement.length; index++) {
    const char = replacement.charAt(index);
    if (char === '\\') {
      index++;
      if (index >= replacement.length) throw evaluationError('character to be escaped is missing');
      pieces.push(replacement.charAt(index));
    } else if (char === '$') {
      const reference = readReference(replacement, index + 1, groups);
      pieces.push({ group: reference.group });
      index = reference.end - 1;
    } else pieces.push(char);
  }
  return pieces;
}

/** A group number takes as many digits as still name a group. */
function readReference(
  text: string,
  from: number,
  groups: number,
): { group: number | string; end: number } {
  const name = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(text.slice(from, from + 100));
  if (name?.[1] !== undefined) return { group: name[1], end: from + name[0].length };
  if (!/[0-9]/.test(text.charAt(from))) throw evaluationError('Illegal group reference');
  let group = Number(text.charAt(from));
  if (group > groups) throw evaluationError(`No group ${group}`);
  let end = from + 1;
  while (/[0-9]/.test(text.charAt(end)) && group * 10 + Number(text.charAt(end)) <= groups) {
    group = group * 10 + Number(text.charAt(end));
    end++;
  }
  return { group, end };
}
