/**
 * Draws what each function reads before its first event, by where the bytes come from, from esbuild's
 * metafiles: `npm run bench:bundles` writes `bench/bundles.svg`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleFunctions, type FunctionName, initFiles } from '../infra/bundle.ts';
import { inDataDirectory } from './data-directory.ts';

const drawn = ['step', 'dead-letter', 'sweep', 'ingest'] as const satisfies FunctionName[];

/** The first that fits counts. */
const origins: readonly (readonly [name: string, colour: string, files: RegExp])[] = [
  ['engine and runtime', '#1f6feb', /^src\/(engine|runtime|triggers)\//],
  ['expressions', '#388bfd', /^src\/expression\/|\/nunjucks\//],
  ['flows, checks, API', '#79c0ff', /^src\/(flow|check|api)\//],
  ['tasks, adapters', '#a5d6ff', /^(src|functions)\//],
  ['AWS SDK', '#d29922', /\/@(aws-sdk|smithy|aws)\//],
  ['Powertools', '#e3b341', /\/@aws-lambda-powertools\//],
  ['dates (js-joda)', '#8957e5', /\/@js-joda\//],
  ['schemas (zod)', '#a371f7', /\/zod\//],
  ['patterns (re2js)', '#bc8cff', /\/re2js\//],
  ['YAML', '#d2a8ff', /\/yaml\//],
  ['other', '#8b949e', /./],
];

const unit = 0.0007;
const left = 110;
const row = 34;

/** Bytes by origin. */
function bytesOf({ outputs }: Metafile): ReadonlyMap<string, number> {
  const bytes = new Map(origins.map(([name]) => [name, 0]));
  for (const file of initFiles(outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[file]?.inputs ?? {})) {
      const name = origins.find(([, , files]) => files.test(input))?.[0] ?? 'other';
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return bytes;
}

function bar(name: string, bytes: ReadonlyMap<string, number>, top: number): string {
  let x = left;
  const parts = origins.map(([origin, colour]) => {
    const size = bytes.get(origin) ?? 0;
    const width = size * unit;
    const part = `<rect x="${x.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="22" \
fill="${colour}"><title>${origin}: ${kilobytes(size)}</title></rect>`;
    x += width;
    return size > 0 ? part : '';
  });
  const all = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  return `<text x="${left - 8}" y="${top + 16}" text-anchor="end">${name}</text>${parts.join('')}\
<text x="${(x + 6).toFixed(1)}" y="${top + 16}">${kilobytes(all)}</text>`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024).toLocaleString('en')} KB`;
}

function legend(top: number): string {
  return origins
    .map(([name, colour], at) => {
      const x = left + (at % 4) * 200;
      const y = top + Math.floor(at / 4) * 22;
      return `<rect x="${x}" y="${y}" width="14" height="14" fill="${colour}"/>\
<text x="${x + 20}" y="${y + 12}">${name}</text>`;
    })
    .join('\n');
}

await inDataDirectory(async (output) => {
  await bundleFunctions({ output });
  const bars = drawn.map((name, at) => {
    const metafile = JSON.parse(readFileSync(join(output, 'meta', `${name}.json`), 'utf8'));
    return bar(name, bytesOf(metafile), 10 + at * row);
  });
  const height = 10 + drawn.length * row + 80;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1120 ${height}" \
font-family="sans-serif" font-size="13" fill="#57606a">
${bars.join('\n')}
${legend(20 + drawn.length * row)}
</svg>
`;
  writeFileSync(join(import.meta.dirname, 'bundles.svg'), picture);
});
