import { agentAt } from 'heddle'
import { seal } from './sealing.ts'

// Both beside the file that this one becomes.
const module = new URL('./sealer.agent.js', import.meta.url)
const laneEntry = new URL('./lane.js', import.meta.url)

await seal(agentAt(module, { type: 'sealer', config: { mark: '#' } }), { laneEntry })
