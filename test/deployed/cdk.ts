/**
 * The CDK's command line against the emulator: synthesise, bootstrap, deploy, destroy.
 *
 * An assembly is synthesised first and then adapted to what the emulator lacks (gaps.ts), so that the
 * stacks themselves know nothing of it.
 */
import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { account, emulatorEnvironment, region } from './aws.ts';
import { adaptTemplates, allowHttpToAssets, tagBucket } from './gaps.ts';
import { root, run } from './process.ts';

export interface Outputs {
  readonly Baton: Readonly<Record<string, string>>;
  readonly BatonSamples: Readonly<Record<string, string>>;
}

export class Cdk {
  private readonly endpoint: string;
  private readonly work: string;
  private readonly env: NodeJS.ProcessEnv;

  /** `work`: a folder for assemblies. */
  constructor(endpoint: string, work: string) {
    this.endpoint = endpoint;
    this.work = work;
    this.env = {
      ...emulatorEnvironment(endpoint),
      CI: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    };
  }

  /** Returns the folder of the assembly. */
  async synthesise(): Promise<string> {
    const assembly = await mkdtemp(path.join(this.work, 'assembly-'));
    // The emulator's URLs are on loopback, and it tells nobody who signed.
    await this.cdk([
      'synth',
      '--quiet',
      '--output',
      assembly,
      '-c',
      'removal=destroy',
      '-c',
      'allowedNetworks=loopback,private',
      '-c',
      'allowUnsigned=all',
    ]);
    await adaptTemplates(assembly);
    return assembly;
  }

  async bootstrap(assembly: string): Promise<void> {
    await this.cdk(['bootstrap', '--app', assembly, `aws://${account}/${region}`]);
    await allowHttpToAssets(this.endpoint);
  }

  async deploy(assembly: string): Promise<{ outputs: Outputs; log: string }> {
    const file = path.join(assembly, 'outputs.json');
    const approval = ['--require-approval', 'never', '--outputs-file', file];
    const log = await this.cdk(['deploy', '--app', assembly, '--all', ...approval]);
    const outputs: Outputs = JSON.parse(await readFile(file, 'utf8'));
    await tagBucket(this.endpoint, outputs.Baton['BucketName']!);
    return { outputs, log };
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
