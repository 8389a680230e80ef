import type { UserConfig } from 'vite'

/** heddle stays in node_modules, and each agent's module is an entry point. */
export default {
  build: {
    ssr: true,
    outDir: 'out',
    rolldownOptions: {
      input: ['main.ts', 'sealer.agent.ts'],
    },
  },
} satisfies UserConfig
