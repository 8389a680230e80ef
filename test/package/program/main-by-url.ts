import { agentAt, ThreadedRuntime } from 'heddle'
import { seal } from './sealing.ts'

// It lies beside the file that this one is bundled into.
const module = new URL('./sealer.agent.js', import.meta.url)
const sealer = agentAt(module, { type: 'sealer', config: { mark: '#' } })

await seal(sealer, (agents) => ThreadedRuntime.start({ lanes: 2, agents }))
