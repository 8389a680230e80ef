import { agentAt, ThreadedRuntime } from 'heddle'
import { seal } from './sealing.ts'

// Both files lie beside the one that this file is bundled into.
const module = new URL('./sealer.agent.js', import.meta.url)
const laneEntry = new URL('./lane.js', import.meta.url)
const sealer = agentAt(module, { type: 'sealer', config: { mark: '#' } })

await seal(sealer, (agents) => ThreadedRuntime.start({ lanes: 2, agents, laneEntry }))
