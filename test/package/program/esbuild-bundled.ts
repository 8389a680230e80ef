import type { BuildOptions } from 'esbuild'

/** heddle goes into the bundle, and the file of its lanes is an entry point too. */
export const options: BuildOptions = {
  entryPoints: { main: 'main-bundled.ts', 'sealer.agent': 'sealer.agent.ts', lane: 'heddle/lane' },
  outdir: 'out',
  bundle: true,
  platform: 'node',
  format: 'esm',
  splitting: true,
  external: ['piscina'],
}
