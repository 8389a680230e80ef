import type { BuildOptions } from 'esbuild'

/** heddle stays in node_modules, and each agent's module is an entry point. */
export const options: BuildOptions = {
  entryPoints: ['main.ts', 'sealer.agent.ts'],
  outdir: 'out',
  bundle: true,
  platform: 'node',
  format: 'esm',
  splitting: true,
  packages: 'external',
}
