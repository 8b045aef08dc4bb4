import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { isRunOf, mappedTests, readAbuseMap } from './_abuse-map.ts';

/**
 * Closes a run with what a person and a CI runner both need: one line for every reason that tests were left out, with how
 * to add what they need, and `N passed, N failed` last. Where every part has to be there, a case of `docs/abuse-cases.json`
 * whose test was left out fails the run.
 */
export class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const leftOut = new Map<string, number>();
    const skippedTests: TestCase[] = [];
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        else if (result.state === 'failed') failed++;
        else if (result.state === 'skipped') {
          const reason = result.note ?? 'switched off without a reason';
          leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
          skippedTests.push(test);
        }
      }
    }
    for (const [reason, count] of leftOut) console.log(`left out ${count}: ${reason}`);
    if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') {
      const unheld = findUnheldCases(skippedTests);
      for (const line of unheld) console.log(line);
      failed += unheld.length;
      if (unheld.length > 0) process.exitCode = 1;
    }
    const skipped = [...leftOut.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}

/** One line for each case of the map that a skipped test would have held. */
function findUnheldCases(skipped: readonly TestCase[]): string[] {
  return mappedTests(readAbuseMap()).flatMap(({ id, file, name }) => {
    const found = skipped.find((test) =>
      isRunOf({ file, name }, test.module.relativeModuleId, test.fullName),
    );
    return found === undefined
      ? []
      : [`case ${id} of docs/abuse-cases.json is not held: "${found.name}" was left out`];
  });
}
