import { expect, test } from 'vitest';
import { describeOldNode } from './node-version.ts';

test.each(['24.14.9', '22.22.0', '20.20.2'])('Node %s is too old', (version) => {
  expect(describeOldNode(version)).toContain(`this is Node ${version}, and Keyhold needs 24.15 or later`);
});

test.each(['24.15.0', '24.21.3', '25.0.0', '26.10.0'])('Node %s will do', (version) => {
  expect(describeOldNode(version)).toBeNull();
});
