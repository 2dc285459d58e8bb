/** Counts checks and prints each as it is known. */
export class Report {
  private passed = 0;
  private failed = 0;

  get failures(): number {
    return this.failed;
  }

  /** A check that throws has failed, and the ones after it still run. */
  async check(title: string, body: () => void | Promise<void>): Promise<void> {
    const start = performance.now();
    try {
      await body();
      this.passed += 1;
      console.log(`ok    ${title} (${seconds(start)})`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL  ${title} (${seconds(start)})`);
      console.log(indent(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    }
  }

  /** The last line, and whether all is well. */
  close(): boolean {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 && this.passed > 0;
  }
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '      ');
}
