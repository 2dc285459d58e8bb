/** The name of a file that was downloaded. */
import type { HeaderMap } from './header-map.ts';

const charsMax = 200;

/** What the flow says, else what the server says, else what the address ends with. */
export function fileNameOf(
  saveAs: string | undefined,
  headers: HeaderMap,
  address: string,
): string {
  const path = URL.parse(address)?.pathname ?? '';
  return (
    plain(saveAs ?? '') ||
    plain(namedBy(headers.get('content-disposition') ?? '')) ||
    plain(decoded(path.split('/').at(-1) ?? '')) ||
    'download'
  );
}

/** `filename*` has a charset and percent signs and wins; `filename` may stand in quotes. */
function namedBy(disposition: string): string {
  const [, extended] = /;\s*filename\*\s*=\s*[\w-]*'[^']*'([^;\s]+)/i.exec(disposition) ?? [];
  if (extended !== undefined) return decoded(extended);
  const [, quoted, token] =
    /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition) ?? [];
  return quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Another charset than UTF-8, or a percent sign that means itself.
    return text;
  }
}

/** A server names a file, not a place: folders are cut off, and so is what no name should hold. */
function plain(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const kept = last.replaceAll(/\p{Cc}/gu, '').trim();
  return /^\.*$/.test(kept) ? '' : kept.slice(-charsMax);
}
