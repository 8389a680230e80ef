import { defineConfig } from 'vitest/config'

/**
 * The tests of the packed tarball have a config of their own: they install a package, which takes
 * time and a registry, and they need the build instead of the source.
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
