import type { BuildOptions } from 'esbuild'

/** heddle goes into the bundle, and so do the modules of tools and the file of their threads. */
export const options: BuildOptions = {
  entryPoints: {
    main: 'squares-bundled.ts',
    'square.tools': 'square.tools.ts',
    'tool-thread': 'heddle/tool-thread',
  },
  outdir: 'out',
  bundle: true,
  platform: 'node',
  format: 'esm',
  splitting: true,
  external: ['piscina'],
}
