import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `import 'heddle'` means src/index.ts: in test files by this setting, and in the threads that
  // they start by execArgv.
  ssr: { resolve: { conditions: ['heddle-source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/package/**', 'test/integrations/**'], // which have configurations of their own
    globalSetup: ['test/fixtures/temp-folder-is-empty.ts'],
    pool: 'forks',
    // When threads strip types at the same time, V8 (Node 24.21) crashes once in some hundred
    // starts while it recompiles the wrappers of WebAssembly calls. The budget is so large that it
    // never recompiles them.
    execArgv: ['--conditions=heddle-source', '--wasm-wrapper-tiering-budget=1000000000'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    watch: false,
    reporters: ['default'],
    silent: 'passed-only',
  },
})
