import { defineConfig } from 'vitest/config'

/**
 * The tests that need packages of their own, or a browser: `npm run test:integrations`. The
 * packages are installed when they are not there.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['heddle-source', 'node'] } },
  test: {
    include: ['test/integrations/*.test.ts'],
    globalSetup: ['test/integrations/install.ts', 'test/fixtures/temp-folder-is-empty.ts'],
    env: { NODE_DISABLE_COMPILE_CACHE: '1' }, // npm and tsc would leave one in the temporary folder
    pool: 'forks',
    execArgv: ['--conditions=heddle-source', '--wasm-wrapper-tiering-budget=1000000000'],
    maxWorkers: 1, // a browser and lanes use all cores
    testTimeout: 60_000,
    hookTimeout: 60_000,
    watch: false,
    reporters: ['default'],
    silent: 'passed-only',
  },
})
