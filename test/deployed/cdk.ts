/**
 * The CDK's command line against the emulator: synthesise, bootstrap, deploy, destroy.
 *
 * An assembly is synthesised first and then adapted to what the emulator lacks (README.md), so that
 * the stacks themselves know nothing of it.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { account, emulatorEnvironment, region } from './aws.ts';
import { root, run } from './process.ts';

export interface Outputs {
  readonly Baton: Readonly<Record<string, string>>;
  readonly BatonSamples: Readonly<Record<string, string>>;
}

/** Resource types without which the stacks work and which the emulator refuses. */
const unknownTypes: ReadonlySet<string> = new Set(['AWS::Logs::QueryDefinition']);

export class Cdk {
  private readonly env: NodeJS.ProcessEnv;

  constructor(endpoint: string) {
    this.env = {
      ...emulatorEnvironment(endpoint),
      CI: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    };
  }

  /** Returns the folder of the assembly. */
  async synthesise(): Promise<string> {
    const assembly = await mkdtemp(path.join(tmpdir(), 'baton-assembly-'));
    await this.cdk(['synth', '--quiet', '--output', assembly, '-c', 'removal=destroy']);
    await removeUnknownTypes(assembly);
    return assembly;
  }

  async bootstrap(): Promise<void> {
    await this.cdk(['bootstrap', `aws://${account}/${region}`]);
  }

  async deploy(assembly: string): Promise<{ outputs: Outputs; log: string }> {
    const file = path.join(assembly, 'outputs.json');
    const approval = ['--require-approval', 'never', '--outputs-file', file];
    const log = await this.cdk(['deploy', '--app', assembly, '--all', ...approval]);
    const outputs = existsSync(file) ? await readFile(file, 'utf8') : '{}';
    return { outputs: JSON.parse(outputs), log };
  }

  async destroy(assembly: string): Promise<void> {
    await this.cdk(['destroy', '--app', assembly, '--all', '--force']);
  }

  private cdk(args: readonly string[]): Promise<string> {
    const program = path.join(root, 'node_modules/aws-cdk/bin/cdk');
    const all = [program, ...args, '--no-notices', '--no-color'];
    return run(process.execPath, all, { env: this.env, timeoutMs: 180_000 });
  }
}

async function removeUnknownTypes(assembly: string): Promise<void> {
  for (const name of await readdir(assembly)) {
    if (!name.endsWith('.template.json')) continue;
    const file = path.join(assembly, name);
    const template = JSON.parse(await readFile(file, 'utf8'));
    for (const [id, resource] of Object.entries<{ Type: string }>(template.Resources)) {
      if (unknownTypes.has(resource.Type)) delete template.Resources[id];
    }
    await writeFile(file, JSON.stringify(template, undefined, 1));
  }
}
