/**
 * The house rules that a machine can hold: who may import whom, how long files and functions get,
 * which names stay out. ARCHITECTURE.md shows the same import table.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findTask, taskTypes } from '../src/tasks/registry.ts';

const root = resolve(import.meta.dirname, '..');

/** Folder → what its files may import: folders of ours, `node:` and packages. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/expression': [
    'src/expression',
    '@js-joda/',
    'jq-wasm',
    'nunjucks/',
    're2js',
    'yaml',
    'ksuid',
  ],
  'src/engine': ['src/engine', 'src/expression'],
  'src/tasks/define.ts': ['src/engine', 'zod'],
  'src/tasks': ['src/tasks', 'src/engine', 'node:', '@aws-sdk/', 'aws4fetch', 're2js'],
  'src/triggers': ['src/triggers', 'src/engine', 'src/expression', '@js-joda/'],
  'src/flow': [
    'src/flow',
    'src/triggers',
    'src/tasks',
    'src/engine',
    'src/expression',
    'yaml',
    'zod',
    're2js',
    '@js-joda/',
  ],
  'src/check': ['src/check', 'src/flow', 'src/tasks', 'src/engine', 'src/expression', 'zod'],
  'src/runtime': [
    'src/runtime',
    'src/triggers',
    'src/engine',
    'src/expression',
    'src/flow',
    'src/tasks',
    'node:',
  ],
  'src/adapters/embedded': ['src/adapters/embedded', 'src/engine', 'node:'],
  'src/adapters/simulated': ['src/adapters/simulated', 'src/engine'],
  'src/adapters/aws': [
    'src/adapters/aws',
    'src/engine',
    '@aws-sdk/',
    '@aws-lambda-powertools/',
    '@smithy/',
    'node:',
  ],
  'src/local-aws': [
    'src/local-aws',
    'functions/samples',
    '@aws-sdk/',
    'dynalite',
    'fauxqs',
    'node:',
  ],
  'src/api': [
    'src/api',
    'src/check',
    'src/runtime',
    'src/flow',
    'src/engine',
    'src/expression',
    'hono',
  ],
  'src/cli': ['src/', '@hono/node-server', 'node:'],
  functions: [
    'functions',
    'src/engine/baton.ts',
    'src/adapters/aws',
    'src/api',
    'src/runtime',
    'src/tasks/define.ts',
    'hono',
    '@aws-sdk/',
    'ksuid',
    'aws-lambda',
    'node:',
  ],
};

/** Of the engine, adapters see the ports and the records they name. */
const portsOnly = /^src\/engine\/(ports|execution|flow|states|limits)\.ts$/;

/** A task may use helpers of its own folder, never another task. */
const taskFiles = new Set(
  filesBelow('src/tasks').filter((file) =>
    readFileSync(join(root, file), 'utf8').includes('export default'),
  ),
);

const sources = ['src', 'functions'].flatMap(filesBelow);

describe('imports', () => {
  test.each(sources)('%s', (file) => {
    const rule = Object.keys(mayImport)
      .filter((folder) => file === folder || file.startsWith(`${folder}/`))
      .toSorted((a, b) => b.length - a.length)[0];
    expect(rule, 'a rule of the import table applies').toBeDefined();
    for (const imported of importsOf(file)) {
      const allowed = mayImport[rule ?? '']?.some((prefix) => imported.startsWith(prefix));
      expect(allowed, `${file} may import ${imported}`).toBe(true);
      if (rule?.startsWith('src/adapters/') && imported.startsWith('src/engine/')) {
        expect(imported, `${file} sees the ports only`).toMatch(portsOnly);
      }
      if (taskFiles.has(file))
        expect(taskFiles.has(imported), `${file} imports another task`).toBe(false);
    }
  });
  test('only one file knows nunjucks', () => {
    const knowing = sources
      .filter((file) => !file.endsWith('.d.ts'))
      .filter((file) => [...importsOf(file)].some((name) => name.startsWith('nunjucks')));
    expect(knowing.length).toBeLessThanOrEqual(1);
  });
});

test('no regular expression is made at run time but by the linear-time engine', () => {
  // Those of users go through re2js; what is written in the source is read by whoever reviews it.
  const making = sources.filter((file) =>
    /\bRegExp\(|\.(match|matchAll|search)\((?!\/)/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(making).toEqual([]);
});

test('no text becomes code', () => {
  const making = sources.filter((file) =>
    /\beval\(|new Function\(|node:vm|setTimeout\(['"`]/.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  );
  expect(making).toEqual([]);
});

describe('the lock file', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<
      string,
      {
        hasInstallScript?: true;
        resolved?: string;
        integrity?: string;
        link?: true;
        inBundle?: true;
        optional?: true;
        dev?: true;
        cpu?: readonly string[];
        version: string;
      }
    >;
  };
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string | boolean>
  >;
  test('has install scripts in three packages, of which two may run', () => {
    const scripted = Object.keys(packages).filter((name) => packages[name]?.hasInstallScript);
    expect(scripted.map((name) => name.replace('node_modules/', '')).toSorted()).toEqual(
      Object.keys(manifest['allowScripts'] ?? {}).toSorted(),
    );
    const allowed = Object.entries(manifest['allowScripts'] ?? {}).filter(([, may]) => may);
    expect(allowed.map(([name]) => name).toSorted()).toEqual(['esbuild', 'node']);
  });
  test('takes packages from the registry alone, each by its digest', () => {
    for (const [name, { resolved, integrity, link, ...about }] of Object.entries(packages)) {
      expect([name, link]).toEqual([name, undefined]);
      // Of the package itself, and of what comes inside another's archive, there is no digest; of
      // tools built for other machines the registry that wrote this file had none.
      const isForOthers = about.optional === true && about.dev === true && about.cpu !== undefined;
      if (name !== '' && about.inBundle !== true && !isForOthers) {
        expect([name, integrity]).toEqual([name, expect.stringMatching(/^sha512-.{88}$/)]);
      }
      // Left out, it is the registry that npm is told to use, and the digest decides.
      if (resolved !== undefined) expect(resolved).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });
  test('has every package that is asked for, at the version that is asked for', () => {
    for (const kind of ['dependencies', 'devDependencies']) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
      }
    }
  });
});

describe('size', () => {
  const measured = [...sources, ...filesBelow('infra'), ...filesBelow('test')];
  test.each(measured)('%s', (file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    expect(lines.length, 'lines of a file').toBeLessThanOrEqual(500);
    if (file.startsWith('test/')) return;
    for (const { name, length } of functionsIn(lines)) {
      expect(length, `lines of ${name} in ${file}`).toBeLessThanOrEqual(70);
    }
  });
});

describe('names', () => {
  test.each(sources)('%s', (file) => {
    const name = file.split('/').at(-1) ?? '';
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/);
    expect(name).not.toMatch(/^(utils?|helpers?|misc|common)\.ts$/);
  });
});

test('every task file is in the registry', async () => {
  const definitions = await Promise.all(
    [...taskFiles].map(async (file) => ((await import(join(root, file))) as TaskFile).default),
  );
  const named = definitions.filter(({ isInternal }) => isInternal !== true);
  expect(named.map(({ type }) => type).toSorted()).toEqual([...taskTypes]);
  // Parts of other tasks are found by their type, too.
  for (const { type } of definitions) expect((await findTask(type))?.type).toBe(type);
});

interface TaskFile {
  readonly default: { readonly type: string; readonly isInternal?: true };
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** Static and dynamic imports: our files by their path from the root, packages by name. */
function* importsOf(file: string): Iterable<string> {
  const text = readFileSync(join(root, file), 'utf8');
  for (const [, name = ''] of text.matchAll(
    /(?:^(?:import|export|\}).* from |^import |\bimport\()'([^']+)'/gm,
  )) {
    yield name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name;
  }
}

/** Functions and methods by indentation, which the formatter guarantees. */
function functionsIn(lines: readonly string[]): { name: string; length: number }[] {
  const found: { name: string; length: number }[] = [];
  // Not the members of an interface, which end with a semicolon or open a type.
  const start = /^(\s*)(?:export )?(?:async )?(?:function\*? (\w+)|#?(\w+)\(.*\)[^()]* \{$)/;
  for (const [index, line] of lines.entries()) {
    const match = line.endsWith(';') ? null : start.exec(line);
    if (!match || /^\s*(if|for|while|switch|catch|return)\b/.test(line)) continue;
    const end = lines.findIndex(
      (other, at) => at > index && (other === `${match[1]}}` || other === `${match[1]}},`),
    );
    if (end > 0) found.push({ name: match[2] ?? match[3] ?? line.trim(), length: end - index + 1 });
  }
  return found;
}
