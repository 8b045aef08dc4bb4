import type { Reporter, TestModule } from 'vitest/node';

/**
 * Closes a run with what a person and a CI runner both need: one line for every reason that tests were left out, with how
 * to add what they need, and `N passed, N failed` last.
 */
export class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const leftOut = new Map<string, number>();
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        else if (result.state === 'failed') failed++;
        else if (result.state === 'skipped') {
          const reason = result.note ?? 'switched off without a reason';
          leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
        }
      }
    }
    for (const [reason, count] of leftOut) console.log(`left out ${count}: ${reason}`);
    const skipped = [...leftOut.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}
