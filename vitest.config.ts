import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `import 'heddle'` is src/index.ts: in test files through here, in the threads that they start
  // through execArgv.
  ssr: { resolve: { conditions: ['heddle-source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/package/**'], // vitest.package.config.ts has them
    globalSetup: ['test/fixtures/temp-folder-is-empty.ts'],
    pool: 'forks',
    // Threads that strip types at the same time crash V8 once in some hundred starts, where it
    // compiles the wrappers of
    // WebAssembly calls anew (Node 24.21): it is kept from that.
    execArgv: ['--conditions=heddle-source', '--wasm-wrapper-tiering-budget=1000000000'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    watch: false,
    reporters: ['default'],
    silent: 'passed-only',
  },
})
