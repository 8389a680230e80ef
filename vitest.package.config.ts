import { defineConfig } from 'vitest/config'

/**
 * Apart from the rest: these tests install a package, which takes its time and a registry, and want
 * the build and not the source.
 */
export default defineConfig({
  test: {
    include: ['test/package/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    watch: false,
  },
})
