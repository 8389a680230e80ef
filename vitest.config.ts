import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `import 'heddle'` is src/index.ts: in test files through here, in the threads that they start through execArgv.
  ssr: { resolve: { conditions: ['heddle-source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/package/**'], // vitest.package.config.ts has them
    pool: 'forks',
    execArgv: ['--conditions=heddle-source'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    watch: false,
    reporters: ['default'],
    silent: 'passed-only',
  },
})
