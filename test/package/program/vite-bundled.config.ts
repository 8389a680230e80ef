import type { UserConfig } from 'vite'

/** heddle goes into the bundle, and the file of its lanes is an entry point too. */
export default {
  ssr: { noExternal: true, external: ['piscina'] },
  build: {
    ssr: true,
    outDir: 'out',
    rolldownOptions: {
      input: { main: 'main-bundled.ts', 'sealer.agent': 'sealer.agent.ts', lane: 'heddle/lane' },
    },
  },
} satisfies UserConfig
