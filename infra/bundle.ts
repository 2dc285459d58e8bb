/**
 * Bundles `functions/<name>.ts` for Lambda: one folder per function, and what loads at INIT known.
 *
 * ES modules with code splitting, so that what is imported with `import()` becomes a file of its own
 * that costs nothing until it is used. The AWS SDK is bundled in: it starts faster than the one of
 * the runtime, and its version is ours. The output depends on the sources only, so that deploying
 * twice without a change is a no-op. No source maps: they are larger than the code they describe.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

export const functionNames = [
  'ingest',
  'step',
  'sweep',
  'dead-letter',
  'encryption-key',
  'samples/post-item',
  'samples/update-timestamp',
] as const;
export type FunctionName = (typeof functionNames)[number];

export interface Bundle {
  /** Folder with `index.mjs` and its chunks: what is uploaded, and nothing else. */
  readonly directory: string;
  /** Bytes that Lambda reads before the first event: the entry and all it imports statically. */
  readonly initBytes: number;
}

export type Bundles = Readonly<Record<FunctionName, Bundle>>;

interface BundleOptions {
  /** Where `<name>.ts` stand. */
  readonly source: string;
  /** Takes `functions/<name>/` and `meta/<name>.json` (esbuild's metafile, to see what is in it). */
  readonly output: string;
}

const root = path.resolve(import.meta.dirname, '..');

export async function bundleFunctions(options: Partial<BundleOptions> = {}): Promise<Bundles> {
  const source = path.resolve(options.source ?? path.join(root, 'functions'));
  const output = path.resolve(options.output ?? path.join(root, 'dist'));
  const bundles = functionNames.map(
    async (name) => [name, await bundleFunction(name, { source, output })] as const,
  );
  return Object.fromEntries(await Promise.all(bundles)) as Record<FunctionName, Bundle>;
}

async function bundleFunction(
  name: FunctionName,
  { source, output }: BundleOptions,
): Promise<Bundle> {
  const directory = path.join(output, 'functions', name);
  // Chunks carry a hash in their name: those of an earlier build must not be uploaded too.
  await rm(directory, { recursive: true, force: true });
  const lazy = new Set<string>();
  const { metafile } = await build({
    ...settings,
    entryPoints: { index: path.join(source, `${name}.ts`) },
    outdir: directory,
    plugins: [keepApart(lazy), englishOnly, versionOnly],
  });
  await build({
    ...settings,
    entryPoints: Object.fromEntries(
      [...lazy].sort().map((request) => [lazyName(request), request]),
    ),
    outdir: directory,
  });
  await dropBanners(metafile);
  await writeMetafile(path.join(output, 'meta', `${name}.json`), metafile);
  return { directory, initBytes: initBytes(metafile) };
}

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const requireBanner =
  "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);";

const settings = {
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunk-[hash]',
  // Paths in the metafile are relative to it, and so the same on every machine.
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  splitting: true,
  minify: true,
  legalComments: 'none',
  // The SDK's `main` is CommonJS, which cannot be tree-shaken; `module` is the same as ES modules.
  mainFields: ['module', 'main'],
  // DynamoDB's client brings a cache for endpoint discovery, which is off unless one asks for it.
  alias: {
    '@aws-sdk/endpoint-cache': fileURLToPath(import.meta.resolve('./stubs/endpoint-cache.ts')),
  },
  banner: { js: requireBanner },
  metafile: true,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** The schema library brings its messages in fifty languages; ours are written here, in one. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path: file }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: path.dirname(file),
    }));
  },
};

/** Each client brings its whole package.json along, to tell AWS its version. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup(build) {
    const filter = /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/;
    build.onLoad({ filter }, async ({ path: file }) => {
      const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * Bundles the SDK clients that are not needed at once for themselves, beside the function.
 *
 * Splitting alone would put whatever two clients have in common into chunks that the entry loads,
 * even the parts of it that only the lazy client uses: 50 KB in the case of the step function.
 */
function keepApart(found: Set<string>): Plugin {
  return {
    name: 'keep-apart',
    setup(bundler) {
      bundler.onResolve(
        { filter: /^@aws-sdk\/(client|credential-provider)-/ },
        ({ path: request, kind }) => {
          if (eagerClients.has(request)) return undefined;
          // Besides clients: the sources of credentials that are loaded by name, never in Lambda.
          const isClient = request.startsWith('@aws-sdk/client-');
          if (!isClient && kind !== 'dynamic-import') return undefined;
          found.add(request);
          return { path: `./${lazyName(request)}.mjs`, external: true };
        },
      );
    },
  };
}

/** What every step needs. Loading them lazily would only load them later. */
const eagerClients: ReadonlySet<string> = new Set([
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-sqs',
]);

function lazyName(request: string): string {
  return request.replace('@aws-sdk/', 'sdk-');
}

/** Of the fifty files that a step starts with two call `require`. */
async function dropBanners({ outputs }: Metafile): Promise<void> {
  for (const [name, output] of Object.entries(outputs)) {
    const file = path.resolve(root, name);
    const text = await readFile(file, 'utf8');
    const rest = text.replace(`${requireBanner}\n`, '');
    if (/\brequire\b/.test(rest)) continue;
    await writeFile(file, rest);
    output.bytes = Buffer.byteLength(rest);
  }
}

async function writeMetafile(file: string, metafile: Metafile): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(metafile, undefined, 1));
}

/** Size of the entry and of the chunks reachable from it through static imports. */
export function initBytes({ outputs }: Metafile): number {
  return initFiles(outputs).reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
}

export function initFiles(outputs: Metafile['outputs']): readonly string[] {
  const loaded = new Set<string>();
  const waiting = Object.keys(outputs).filter((file) => path.basename(file) === 'index.mjs');
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    for (const { path: imported, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) waiting.push(imported);
    }
  }
  return [...loaded];
}
