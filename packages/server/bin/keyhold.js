#!/usr/bin/env node
// Plain JavaScript: a Node that is too old cannot load TypeScript, and would say so in no way that helps.
if (!process.features.typescript) {
  process.stderr.write(
    `keyhold: this is Node ${process.versions.node}, and Keyhold needs 24.15 or later; install it, or run "npm start", which brings its own\n`,
  );
  process.exit(1);
}
await import('../src/main.ts');
